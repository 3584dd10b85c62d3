#include "run/base_url.hpp"
#include "run/client.hpp"
#include "run/settings_file.hpp"
#include "run/words.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <filesystem>
#include <set>
#include <utility>
#include <vector>

/// qwen-code 0.15. Its flag --openai-base-url counts before all else. What counts of a variable, a `.env`
/// file and settings that differ is not asked for here: then a person must say it
/// (qwenlm.github.io/qwen-code-docs/en/users/configuration/settings).
namespace tapes::app::run {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view qwen_flag = "--openai-upstream";
constexpr const char* qwen_variable = "OPENAI_BASE_URL";
constexpr std::array<std::string_view, 1> qwen_option{"--openai-base-url"};

/// What its settings say of where requests go.
struct qwen_settings {
    std::set<std::string> urls;
    std::string sign_in;  ///< "qwen-oauth", "openai", …; "" where it is not chosen
};

std::string text_at(const json& settings, const json::json_pointer& place, const settings_file& file) {
    if (!settings.contains(place)) {
        return {};
    }
    const auto& value = settings.at(place);
    if (!value.is_string()) {
        file.refuse("has a " + place.to_string() + " that is no text");
    }
    return value.get<std::string>();
}

void add_qwen_file(qwen_settings& to, const fs::path& path) {
    const settings_file file{path, qwen_flag};
    const auto settings = file.json();
    if (!settings) {
        return;
    }
    if (settings->contains("modelProviders")) {
        throw usage_error{path.string() +
                          " names base URLs of models (modelProviders), which tapes run cannot put "
                          "anything before"};
    }
    for (const auto* const place : {"/security/auth/baseUrl", "/env/OPENAI_BASE_URL"}) {
        if (auto url = text_at(*settings, json::json_pointer{place}, file); !url.empty()) {
            to.urls.insert(std::move(url));
        }
    }
    const auto sign_in = text_at(*settings, json::json_pointer{"/security/auth/selectedType"}, file);
    to.sign_in = sign_in.empty() ? to.sign_in : sign_in;
}

/// Its `.env` file: the first that is found from the directory upward, then in the home.
std::string env_file_url(const invocation& client) {
    const auto file = nearest_settings_file(client.world.working_directory, client.world.home,
                                            {".qwen/.env", ".env"}, qwen_flag);
    if (!file) {
        return {};
    }
    const auto found = file->variables();
    const auto url = found.find(qwen_variable);
    if (url != found.end() && url->second == unclear_value) {
        file->refuse("refers to other values");
    }
    return url == found.end() ? std::string{} : url->second;
}

std::string qwen_url(const invocation& client) {
    qwen_settings settings;
    settings.sign_in = client.variable("OPENAI_API_KEY").empty() ? "" : "openai";
    add_qwen_file(settings, fs::path{client.world.root} / "etc/qwen-code/settings.json");
    add_qwen_file(settings, fs::path{client.world.home} / ".qwen/settings.json");
    add_qwen_file(settings, fs::path{client.world.working_directory} / ".qwen/settings.json");
    if (settings.sign_in != "openai") {
        throw usage_error{
            "qwen-code is " +
            (settings.sign_in.empty() ? std::string{"not signed in"} : "signed in with " + settings.sign_in) +
            ", and tapes run stands before its OpenAI API alone (security.auth.selectedType openai)"};
    }
    const auto given = find_options(client.words, client.program, qwen_option);
    if (!given.empty()) {
        return given.back().value;
    }
    auto url = client.variable(qwen_variable);
    url = url.empty() ? env_file_url(client) : url;
    if (!url.empty()) {
        settings.urls.insert(url);
    }
    if (settings.urls.size() > 1) {
        throw usage_error{
            "qwen-code is given different base URLs by its settings and its environment: name it with "
            "--openai-upstream URL"};
    }
    return settings.urls.empty() ? std::string{openai_default} : *settings.urls.begin();
}

}  // namespace

plan plan_qwen_code(const invocation& client, const named_upstreams& named) {
    const auto found = named.openai.empty() ? qwen_url(client) : named.openai;
    plan made;
    made.agent = "qwen";
    made.upstreams["openai"] = {
        base_url(found, named.openai.empty() ? "the base URL of qwen-code" : qwen_flag), "openai"};
    made.point = [client](const base_urls& at, launch& to) {
        for (const auto& one : find_options(client.words, client.program, qwen_option)) {
            auto& word = to.command[one.at + one.words - 1];
            word = one.words == 2 ? at("openai") : std::string{qwen_option.front()} + "=" + at("openai");
        }
        if (find_options(client.words, client.program, qwen_option).empty()) {
            const auto behind = to.command.begin() + static_cast<std::ptrdiff_t>(client.program) + 1;
            to.command.insert(behind, {std::string{qwen_option.front()}, at("openai")});
        }
        to.environment[qwen_variable] = at("openai");
    };
    return made;
}

}  // namespace tapes::app::run
