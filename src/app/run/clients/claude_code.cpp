#include "run/base_url.hpp"
#include "run/client.hpp"
#include "run/settings_file.hpp"
#include "run/words.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

/// Claude Code 2.1. `env` in its settings beats the environment: managed settings (which nothing beats), then
/// --settings, .claude/settings.local.json, .claude/settings.json, settings.json in its own folder
/// (code.claude.com/docs/en/settings).
namespace tapes::app::run {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view claude_flag = "--anthropic-upstream";
constexpr const char* base_variable = "ANTHROPIC_BASE_URL";

/// With any of these it speaks another API, to somewhere else.
constexpr std::array<std::pair<const char*, const char*>, 9> other_providers{{
    {"CLAUDE_CODE_USE_BEDROCK", "Amazon Bedrock"},
    {"CLAUDE_CODE_USE_VERTEX", "Google Vertex AI"},
    {"CLAUDE_CODE_USE_FOUNDRY", "Microsoft Foundry"},
    {"CLAUDE_CODE_USE_MANTLE", "Amazon Bedrock Mantle"},
    {"CLAUDE_CODE_USE_ANTHROPIC_AWS", "Claude on AWS"},
    {"CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD", "Claude on Google Cloud"},
    {"CLAUDE_CODE_USE_GATEWAY", "a gateway that it signs in to"},
    {"CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST", "a provider that its host manages"},
    {"ANTHROPIC_UNIX_SOCKET", "a Unix socket"},
}};

/// A source of variables: a file's `env`, the environment.
struct variable_source {
    std::string name;
    std::map<std::string, std::string> values;
};

bool is_on(const std::string& value) {
    return !value.empty() && value != "0" && value != "false" && value != "no" && value != "off";
}

std::map<std::string, std::string> env_of(const json& settings, const settings_file& file) {
    std::map<std::string, std::string> made;
    const auto env = settings.find("env");
    if (env == settings.end()) {
        return made;
    }
    if (!env->is_object()) {
        file.refuse("has an \"env\" that is no object");
    }
    for (const auto& [name, value] : env->items()) {
        made[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
    return made;
}

void add_claude_file(std::vector<variable_source>& to, const fs::path& path) {
    const settings_file file{path, claude_flag};
    if (const auto settings = file.json()) {
        to.push_back({path.string(), env_of(*settings, file)});
    }
}

fs::path config_folder(const invocation& client) {
    const auto own = client.variable("CLAUDE_CONFIG_DIR");
    return own.empty() ? fs::path{client.world.home} / ".claude" : fs::path{own};
}

/// What an administrator decides. On Linux below /etc; what a server of the maker's gave is kept beside the
/// user's settings.
std::vector<variable_source> managed_sources(const invocation& client) {
    std::vector<variable_source> made;
    const auto own = client.variable("CLAUDE_CODE_MANAGED_SETTINGS_PATH");
    const auto folder = fs::path{client.world.root} / "etc/claude-code";
    add_claude_file(made, own.empty() ? folder / "managed-settings.json" : fs::path{own});
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator{folder / "managed-settings.d", failed}) {
        if (entry.path().extension() == ".json") {
            add_claude_file(made, entry.path());
        }
    }
    add_claude_file(made, config_folder(client) / "remote-settings.json");
    return made;
}

/// The settings given by --settings: JSON, or a file of it.
struct given_settings {
    std::optional<option_word> option;
    json value = json::object();
};

given_settings settings_on_line(const invocation& client) {
    constexpr std::array<std::string_view, 1> names{"--settings"};
    const auto found = find_options(client.words, client.program, names);
    given_settings made;
    if (found.empty()) {
        return made;
    }
    if (found.size() > 1) {
        throw usage_error{"--settings is given twice, so nobody knows which of them counts"};
    }
    made.option = found.front();
    const auto& text = made.option->value;
    if (text.find_first_not_of(" \t\n") != std::string::npos &&
        text[text.find_first_not_of(" \t\n")] == '{') {
        made.value = json::parse(text, nullptr, false);
    } else {
        const settings_file file{fs::path{client.world.working_directory} / text, claude_flag};
        auto value = file.json();
        made.value = value ? *std::move(value) : json{};
    }
    if (!made.value.is_object()) {
        throw usage_error{"--settings is no JSON object, and no file of one"};
    }
    return made;
}

/// Those that count, the strongest first.
std::vector<variable_source> sources_of(const invocation& client, const given_settings& given) {
    std::vector<variable_source> made;
    const settings_file line{"--settings", claude_flag};
    made.push_back({"--settings", env_of(given.value, line)});
    constexpr std::array<std::string_view, 1> names{"--setting-sources"};
    const auto chosen = find_options(client.words, client.program, names);
    const auto counts = [&chosen](std::string_view source) {
        return chosen.empty() ||
               ("," + chosen.back().value + ",").find("," + std::string{source} + ",") != std::string::npos;
    };
    const fs::path here{client.world.working_directory};
    if (counts("local")) {
        add_claude_file(made, here / ".claude/settings.local.json");
    }
    if (counts("project")) {
        add_claude_file(made, here / ".claude/settings.json");
    }
    if (counts("user")) {
        add_claude_file(made, config_folder(client) / "settings.json");
    }
    made.push_back({"the environment", client.environment});
    return made;
}

/// Returns the strongest source that has the variable; null where none has.
const variable_source* source_of(const std::vector<variable_source>& sources, const std::string& name) {
    const auto found = std::ranges::find_if(
        sources, [&name](const variable_source& one) { return one.values.contains(name); });
    return found == sources.end() ? nullptr : &*found;
}

void require_anthropic(const std::vector<variable_source>& sources) {
    for (const auto& [name, provider] : other_providers) {
        const auto* const source = source_of(sources, name);
        if (source != nullptr && is_on(source->values.at(name))) {
            throw usage_error{std::string{"Claude Code is set to use "} + provider + " (" + name + " in " +
                              source->name + "), which tapes run cannot stand before; take it out to record"};
        }
    }
}

void refuse_managed(const std::vector<variable_source>& managed) {
    require_anthropic(managed);
    if (const auto* const source = source_of(managed, base_variable)) {
        throw usage_error{
            "managed settings decide where Claude Code sends its requests (" + source->name +
            "), and nothing can be put before that; record at that place with tapes serve proxy"};
    }
}

/// The settings of a project may be read from the top of the git tree instead of from the directory.
void refuse_other_root(const invocation& client, const std::string& found) {
    const fs::path here{client.world.working_directory};
    const auto root = git_root(here);
    if (!root || *root == here) {
        return;
    }
    std::vector<variable_source> at_root;
    add_claude_file(at_root, *root / ".claude/settings.local.json");
    add_claude_file(at_root, *root / ".claude/settings.json");
    const auto* const source = source_of(at_root, base_variable);
    if (source != nullptr && source->values.at(base_variable) != found) {
        throw usage_error{source->name +
                          " and the settings of this directory name different base URLs: name it "
                          "with --anthropic-upstream URL, or start in " +
                          root->string()};
    }
    require_anthropic(at_root);
}

}  // namespace

plan plan_claude_code(const invocation& client, const named_upstreams& named) {
    refuse_managed(managed_sources(client));
    const auto given = settings_on_line(client);
    const auto sources = sources_of(client, given);
    require_anthropic(sources);
    plan made;
    made.agent = "claude";
    auto url = named.anthropic;
    std::string setting{claude_flag};
    if (url.empty()) {
        const auto* const source = source_of(sources, base_variable);
        if (source != nullptr) {
            url = source->values.at(base_variable);
            setting = std::string{base_variable} + " in " + source->name;
        }
        refuse_other_root(client, url);
    }
    made.upstreams["anthropic"] = {url.empty() ? anthropic_default : base_url(url, setting), "anthropic"};
    made.point = [given, program = client.program](const base_urls& at, launch& to) {
        auto settings = given.value;
        settings["env"][base_variable] = at("anthropic");
        auto& words = to.command;
        if (given.option) {
            const auto first = words.begin() + static_cast<std::ptrdiff_t>(given.option->at);
            words.erase(first, first + static_cast<std::ptrdiff_t>(given.option->words));
        }
        auto value = settings.dump(-1, ' ', false, json::error_handler_t::replace);
        if (given.option) {
            // There may be keys in it, which no command line should show.
            const auto folder = make_private_folder();
            write_private(folder / "settings.json", value);
            value = (folder / "settings.json").string();
            to.clean_up = [folder] {
                std::error_code ignored;
                fs::remove_all(folder, ignored);
            };
        }
        const auto behind = words.begin() + static_cast<std::ptrdiff_t>(program) + 1;
        words.insert(behind, {"--settings", value});
        to.environment[base_variable] = at("anthropic");
    };
    return made;
}

}  // namespace tapes::app::run
