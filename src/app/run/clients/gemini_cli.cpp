#include "run/base_url.hpp"
#include "run/client.hpp"
#include "run/settings_file.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>
#include <map>
#include <utility>

/// gemini-cli 0.61 (github.com/google-gemini/gemini-cli, packages/core/src/core/contentGenerator.ts and
/// packages/cli/src/config/settings.ts). How it is signed in decides which of three services it asks, and
/// which variable tells it another base URL. That sign-in is left as it is: a base URL alone would make it a
/// gateway's.
namespace tapes::app::run {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view gemini_flag = "--gemini-upstream";

/// A service, by how one is signed in there.
struct gemini_service {
    const char* variable;  ///< that gives another base URL
    const char* fallback;
};

constexpr gemini_service gemini_api{"GOOGLE_GEMINI_BASE_URL", gemini_default};
constexpr gemini_service vertex_ai{"GOOGLE_VERTEX_BASE_URL", "https://aiplatform.googleapis.com"};
constexpr gemini_service code_assist{"CODE_ASSIST_ENDPOINT", "https://cloudcode-pa.googleapis.com"};

/// How its settings say that it is signed in; "" where they do not. A later file counts before an earlier
/// one.
std::string chosen_sign_in(const invocation& client) {
    std::string chosen;
    for (const auto& path : {fs::path{client.world.home} / ".gemini/settings.json",
                             fs::path{client.world.working_directory} / ".gemini/settings.json",
                             fs::path{client.world.root} / "etc/gemini-cli/settings.json"}) {
        const settings_file file{path, gemini_flag};
        const auto settings = file.json();
        for (const auto* const place : {"/selectedAuthType", "/security/auth/selectedType"}) {
            const json::json_pointer at{place};
            if (!settings || !settings->contains(at) || settings->at(at).is_null()) {
                continue;
            }
            if (!settings->at(at).is_string()) {
                file.refuse("has a " + at.to_string() + " that is no text");
            }
            chosen = settings->at(at).get<std::string>();
        }
    }
    return chosen;
}

/// The variables of its `.env` file: the first that is found from the directory upward, then in the home.
std::map<std::string, std::string> env_file(const invocation& client) {
    const auto file = nearest_settings_file(client.world.working_directory, client.world.home,
                                            {".gemini/.env", ".env"}, gemini_flag);
    return file ? file->variables() : std::map<std::string, std::string>{};
}

/// What gemini-cli finds in its environment.
class gemini_environment {
public:
    explicit gemini_environment(const invocation& client) : client_{client}, file_{env_file(client)} {}

    /// A variable, else what the `.env` file gives it.
    std::string value(const std::string& name) const {
        if (auto own = client_.variable(name); !own.empty()) {
            return own;
        }
        const auto found = file_.find(name);
        if (found != file_.end() && found->second == unclear_value) {
            throw usage_error{"gemini's .env file gives " + name +
                              " a value that refers to others: name it with " + std::string{gemini_flag} +
                              " URL"};
        }
        return found == file_.end() ? std::string{} : found->second;
    }

private:
    const invocation& client_;
    std::map<std::string, std::string> file_;
};

const gemini_service& service_of(const invocation& client, const gemini_environment& environment) {
    const auto chosen = chosen_sign_in(client);
    if (chosen == "gemini-api-key" || chosen == "gateway") {
        return gemini_api;
    }
    if (chosen == "vertex-ai") {
        return vertex_ai;
    }
    if (!chosen.empty()) {
        return code_assist;  // oauth-personal, cloud-shell, compute-default-credentials
    }
    if (environment.value("GOOGLE_GENAI_USE_GCA") == "true") {
        return code_assist;
    }
    if (environment.value("GOOGLE_GENAI_USE_VERTEXAI") == "true") {
        return vertex_ai;
    }
    if (!environment.value("GEMINI_API_KEY").empty()) {
        // With a base URL beside it, it takes the key for a gateway's, and then refuses that.
        throw usage_error{
            "gemini has a key in its environment alone, and takes no other base URL then: choose the key as "
            "its sign-in, with /auth or as security.auth.selectedType \"gemini-api-key\" in "
            "~/.gemini/settings.json"};
    }
    throw usage_error{"gemini is not signed in, so nobody knows where its requests would go: sign in first"};
}

/// Where Vertex AI is asked: with an API key alone everywhere, else in a project's region.
std::string vertex_url(const gemini_environment& environment) {
    const auto region = environment.value("GOOGLE_CLOUD_LOCATION");
    if (region.empty() || region == "global") {
        return vertex_ai.fallback;
    }
    return region == "us" || region == "eu" ? "https://aiplatform." + region + ".rep.googleapis.com"
                                            : "https://" + region + "-aiplatform.googleapis.com";
}

}  // namespace

plan plan_gemini_cli(const invocation& client, const named_upstreams& named) {
    const gemini_environment environment{client};
    const auto& service = service_of(client, environment);
    auto url = named.gemini.empty() ? environment.value(service.variable) : named.gemini;
    const std::string setting = named.gemini.empty() ? service.variable : std::string{gemini_flag};
    if (url.empty()) {
        url = &service == &vertex_ai ? vertex_url(environment) : service.fallback;
    }
    plan made;
    made.agent = "gemini";
    made.upstreams["gemini"] = {base_url(url, setting), "gemini"};
    made.point = [variable = std::string{service.variable}](const base_urls& at, launch& to) {
        to.environment[variable] = at("gemini");
    };
    return made;
}

}  // namespace tapes::app::run
