#include "run/base_url.hpp"
#include "run/client.hpp"
#include "run/settings_file.hpp"
#include "run/words.hpp"

#include <array>
#include <filesystem>
#include <utility>
#include <vector>

/// aider 0.86. It loads `.env` of the home, of the top of the git tree and of the directory over the
/// environment, then the one of --env-file; --openai-api-base counts before AIDER_OPENAI_API_BASE, that
/// before .aider.conf.yml (aider.chat/docs/config). LiteLLM then takes OPENAI_BASE_URL before
/// OPENAI_API_BASE, and ANTHROPIC_API_BASE before ANTHROPIC_BASE_URL.
namespace tapes::app::run {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view aider_flag = "--upstream";
constexpr std::array<std::string_view, 1> api_base_option{"--openai-api-base"};
constexpr std::array<std::string_view, 1> env_file_option{"--env-file"};
constexpr std::array<std::string_view, 2> config_option{"--config", "-c"};
constexpr std::array<std::string_view, 1> set_env_option{"--set-env"};

/// What aider's settings come to.
struct aider_settings {
    std::map<std::string, std::string> variables;  ///< with those of the .env files
    std::string api_base;                          ///< of --openai-api-base and what takes its place
    std::string env_file;                          ///< that the user names, "" for none

    std::string variable(const std::string& name) const {
        const auto found = variables.find(name);
        if (found != variables.end() && found->second == unclear_value) {
            throw usage_error{name +
                              " in a .env file refers to other values, so nobody knows where requests would "
                              "go; name it with --upstream URL"};
        }
        return found == variables.end() ? std::string{} : found->second;
    }
};

/// The folders in which aider looks, the weakest first.
std::vector<fs::path> aider_folders(const invocation& client) {
    const fs::path here{client.world.working_directory};
    std::vector<fs::path> made{fs::path{client.world.home}};
    for (const auto& one : {git_root(here).value_or(here), here}) {
        if (one != made.back()) {
            made.push_back(one);
        }
    }
    return made;
}

std::string last_value(const invocation& client, std::span<const std::string_view> names) {
    const auto found = find_options(client.words, client.program, names);
    return found.empty() ? std::string{} : found.back().value;
}

/// Returns the value of a key in its configuration files, the strongest.
std::string configured(const invocation& client, std::string_view key) {
    std::string value;
    auto files = aider_folders(client);
    for (auto& one : files) {
        one /= ".aider.conf.yml";
    }
    if (const auto given = last_value(client, config_option); !given.empty()) {
        files.push_back(fs::path{client.world.working_directory} / given);
    }
    for (const auto& one : files) {
        const auto found = settings_file{one, aider_flag}.yaml_value(key);
        value = found.empty() ? value : found;
    }
    return value;
}

void refuse_set_env(const invocation& client) {
    constexpr std::array<std::string_view, 5> names{
        "OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL", "OLLAMA_API_BASE"};
    auto texts = std::vector<std::string>{};
    for (const auto& option : find_options(client.words, client.program, set_env_option)) {
        texts.push_back(option.value);
    }
    for (const auto& folder : aider_folders(client)) {
        texts.push_back(settings_file{folder / ".aider.conf.yml", aider_flag}.text().value_or(""));
    }
    for (const auto& text : texts) {
        for (const auto name : names) {
            if (text.find(std::string{name} + "=") != std::string::npos) {
                throw usage_error{"aider is told " + std::string{name} +
                                  " by set-env, which nothing can be put before: set the variable instead"};
            }
        }
    }
}

aider_settings settings_of_aider(const invocation& client) {
    aider_settings made{client.environment, {}, {}};
    made.env_file = last_value(client, env_file_option);
    if (made.env_file.empty()) {
        made.env_file = client.variable("AIDER_ENV_FILE");
    }
    if (made.env_file.empty()) {
        made.env_file = configured(client, "env-file");
    }
    std::vector<fs::path> files{fs::path{client.world.home} / ".aider/oauth-keys.env"};
    for (const auto& folder : aider_folders(client)) {
        files.push_back(folder / ".env");
    }
    if (!made.env_file.empty()) {
        files.push_back(fs::path{client.world.working_directory} / made.env_file);
    }
    for (const auto& one : files) {
        for (auto& [name, value] : settings_file{one, aider_flag}.variables()) {
            made.variables[name] = value;
        }
    }
    made.api_base = last_value(client, api_base_option);
    if (made.api_base.empty()) {
        made.api_base = made.variable("AIDER_OPENAI_API_BASE");
    }
    if (made.api_base.empty()) {
        made.api_base = configured(client, "openai-api-base");
    }
    return made;
}

std::string first_of(std::initializer_list<std::string> texts) {
    for (const auto& text : texts) {
        if (!text.empty()) {
            return text;
        }
    }
    return {};
}

/// Puts a value in the place of the user's own, and of the option before the others where there is none.
/// What was put in before stands before the user's own words.
void point_option(const invocation& client, std::span<const std::string_view> option,
                  const std::string& value, launch& to) {
    const auto added = to.command.size() - client.words.size();
    const auto given = find_options(client.words, client.program, option);
    for (const auto& one : given) {
        auto& word = to.command[one.at + added + one.words - 1];
        word = one.words == 2 ? value : std::string{option.front()} + "=" + value;
    }
    if (given.empty()) {
        const auto behind = to.command.begin() + static_cast<std::ptrdiff_t>(client.program) + 1;
        to.command.insert(behind, {std::string{option.front()}, value});
    }
}

}  // namespace

plan plan_aider(const invocation& client, const named_upstreams& named) {
    refuse_set_env(client);
    const auto settings = settings_of_aider(client);
    plan made;
    made.agent = "aider";
    made.upstreams["openai"] = {
        base_url(first_of({named.openai, settings.variable("OPENAI_BASE_URL"), settings.api_base,
                           settings.variable("OPENAI_API_BASE"), openai_default}),
                 "the base URL of aider"),
        "openai"};
    made.upstreams["anthropic"] = {
        base_url(first_of({named.anthropic, settings.variable("ANTHROPIC_API_BASE"),
                           settings.variable("ANTHROPIC_BASE_URL"), anthropic_default}),
                 "the base URL of aider for Anthropic"),
        "anthropic"};
    made.upstreams["ollama"] = {
        ollama_url(first_of({named.ollama, settings.variable("OLLAMA_API_BASE")}), "OLLAMA_API_BASE"),
        "ollama"};
    const auto env_file = settings.env_file;
    made.point = [client, env_file](const base_urls& at, launch& to) {
        // The last of the .env files beats the others, and the environment.
        const auto folder = make_private_folder();
        std::string text;
        if (!env_file.empty()) {
            const settings_file own{fs::path{client.world.working_directory} / env_file, aider_flag};
            text = own.text().value_or("") + "\n";
        }
        for (const auto& [name, key] : {std::pair{"OPENAI_BASE_URL", "openai"},
                                        {"OPENAI_API_BASE", "openai"},
                                        {"ANTHROPIC_API_BASE", "anthropic"},
                                        {"ANTHROPIC_BASE_URL", "anthropic"},
                                        {"OLLAMA_API_BASE", "ollama"}}) {
            text += std::string{name} + "=" + at(key) + "\n";
            to.environment[name] = at(key);
        }
        write_private(folder / "env", text);
        to.clean_up = [folder] {
            std::error_code ignored;
            fs::remove_all(folder, ignored);
        };
        point_option(client, api_base_option, at("openai"), to);
        point_option(client, env_file_option, (folder / "env").string(), to);
    };
    return made;
}

}  // namespace tapes::app::run
