#include "run/base_url.hpp"
#include "run/client.hpp"
#include "run/settings_file.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>
#include <vector>

/// OpenCode 1.18. Its settings, the weakest first: the global files, OPENCODE_CONFIG, those of the project
/// from the top of the git tree down, those of `.opencode` folders, OPENCODE_CONFIG_CONTENT, managed ones
/// (opencode.ai/docs/config). A provider has its base URL in `options.baseURL`; else the AI SDK takes a
/// variable.
namespace tapes::app::run {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view opencode_flag = "--upstream";
constexpr std::array<const char*, 2> file_names{"opencode.json", "opencode.jsonc"};
constexpr const char* content_variable = "OPENCODE_CONFIG_CONTENT";

/// Lays `over` on `under`, object by object.
void lay_object_over(json& under, const json& over) {
    for (const auto& [key, value] : over.items()) {
        if (value.is_object() && under.contains(key) && under[key].is_object()) {
            lay_object_over(under[key], value);
        } else {
            under[key] = value;
        }
    }
}

void add_opencode_file(json& to, const fs::path& path) {
    if (const auto found = settings_file{path, opencode_flag}.json()) {
        lay_object_over(to, *found);
    }
}

void add_opencode_folder(json& to, const fs::path& folder) {
    for (const auto* const name : file_names) {
        add_opencode_file(to, folder / name);
    }
}

fs::path opencode_folder(const invocation& client, const char* variable, const char* fallback) {
    const auto own = client.variable(variable);
    return (own.empty() ? fs::path{client.world.home} / fallback : fs::path{own}) / "opencode";
}

/// The directories from the top of the git tree down to this one.
std::vector<fs::path> project_folders(const invocation& client) {
    const fs::path here{client.world.working_directory};
    const auto root = git_root(here).value_or(here);
    std::vector<fs::path> made{here};
    while (made.back() != root && made.back() != made.back().root_path()) {
        made.push_back(made.back().parent_path());
    }
    std::ranges::reverse(made);
    return made;
}

json content_of(const invocation& client) {
    const auto text = client.variable(content_variable);
    if (text.empty()) {
        return json::object();
    }
    auto made = json::parse(text, nullptr, false, true);
    if (!made.is_object()) {
        throw usage_error{std::string{content_variable} + " is no JSON object"};
    }
    return made;
}

json opencode_settings(const invocation& client) {
    json made = json::object();
    const auto global = opencode_folder(client, "XDG_CONFIG_HOME", ".config");
    add_opencode_file(made, global / "config.json");
    add_opencode_folder(made, global);
    const fs::path here{client.world.working_directory};
    if (const auto own = client.variable("OPENCODE_CONFIG"); !own.empty()) {
        add_opencode_file(made, here / own);
    }
    const auto projects = project_folders(client);
    if (client.variable("OPENCODE_DISABLE_PROJECT_CONFIG").empty()) {
        for (const auto& folder : projects) {
            add_opencode_folder(made, folder);
        }
        for (const auto& folder : projects) {
            add_opencode_folder(made, folder / ".opencode");
        }
    }
    add_opencode_folder(made, fs::path{client.world.home} / ".opencode");
    if (const auto own = client.variable("OPENCODE_CONFIG_DIR"); !own.empty()) {
        add_opencode_folder(made, here / own);
    }
    lay_object_over(made, content_of(client));
    return made;
}

void refuse_managed_opencode(const invocation& client) {
    json managed = json::object();
    add_opencode_folder(managed, fs::path{client.world.root} / "etc/opencode");
    if (managed.contains("provider")) {
        throw usage_error{
            "managed settings decide about OpenCode's providers (/etc/opencode), and nothing can be "
            "put before that"};
    }
}

/// How OpenCode is signed in to providers.
json sign_ins(const invocation& client) {
    const auto path = opencode_folder(client, "XDG_DATA_HOME", ".local/share") / "auth.json";
    const settings_file file{path, opencode_flag};
    auto made = file.json().value_or(json::object());
    for (const auto& [name, one] : made.items()) {
        if (one.is_object() && one.value("type", "") == "wellknown") {
            file.refuse("has settings from " + name);
        }
    }
    return made;
}

/// Returns the base URL of a provider, "" where its settings name none. `{env:NAME}` is replaced, as there.
std::string base_in(const json& provider, const std::string& name, const invocation& client) {
    if (!provider.is_object() || !provider.contains("options") || !provider["options"].is_object() ||
        !provider["options"].contains("baseURL")) {
        return {};
    }
    const auto& value = provider["options"]["baseURL"];
    const std::string wrong = "the baseURL of OpenCode's provider " + name;
    if (!value.is_string()) {
        throw usage_error{wrong + " is no text"};
    }
    auto text = value.get<std::string>();
    for (auto at = text.find("{env:"); at != std::string::npos; at = text.find("{env:", at)) {
        const auto end = text.find('}', at);
        if (end == std::string::npos) {
            break;
        }
        const auto inserted = client.variable(text.substr(at + 5, end - at - 5));
        text.replace(at, end - at + 1, inserted);
        at += inserted.size();
    }
    if (text.find('{') != std::string::npos) {
        throw usage_error{wrong + " refers to what tapes does not read; name it with --upstream URL"};
    }
    return text;
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    });
}

/// A provider that OpenCode brings along.
struct built_in {
    const char* name;
    const char* variable;
    const char* fallback;
    std::string named;
};

void add_built_in(const built_in& one, const json& settings, const invocation& client, plan& to) {
    const auto own = settings.contains("provider") && settings["provider"].contains(one.name)
                         ? base_in(settings["provider"][one.name], one.name, client)
                         : std::string{};
    const auto variable = client.variable(one.variable);
    const auto& url = !one.named.empty()  ? one.named
                      : !own.empty()      ? own
                      : !variable.empty() ? variable
                                          : std::string{one.fallback};
    to.upstreams[one.name] = {base_url(url, std::string{"OpenCode's base URL of "} + one.name), one.name,
                              !one.named.empty()};
}

/// Providers of the user's own.
void add_own(const json& settings, const named_upstreams& named, const invocation& client, plan& to) {
    if (!settings.contains("provider") || !settings["provider"].is_object()) {
        return;
    }
    for (const auto& [name, provider] : settings["provider"].items()) {
        const auto url = base_in(provider, name, client);
        if (url.empty() || name == "openai" || name == "anthropic") {
            continue;
        }
        if (!is_plain_name(name)) {
            throw usage_error{
                "the name of an OpenCode provider with a baseURL has letters, digits, '-', '_' and '.'"};
        }
        const auto package = provider.value("npm", std::string{});
        const bool is_anthropic = package == "@ai-sdk/anthropic";
        const auto& given = is_anthropic ? named.anthropic : named.openai;
        to.upstreams[name] = {base_url(given.empty() ? url : given, "OpenCode's base URL of " + name),
                              is_anthropic ? "anthropic" : "auto"};
    }
}

}  // namespace

plan plan_opencode(const invocation& client, const named_upstreams& named) {
    refuse_managed_opencode(client);
    const auto settings = opencode_settings(client);
    const auto signed_in = sign_ins(client);
    plan made;
    made.agent = "opencode";
    add_built_in({"anthropic", "ANTHROPIC_BASE_URL", "https://api.anthropic.com/v1", named.anthropic},
                 settings, client, made);
    const bool by_chatgpt = signed_in.contains("openai") && signed_in["openai"].is_object() &&
                            signed_in["openai"].value("type", "") == "oauth";
    if (by_chatgpt) {
        made.notes.emplace_back(
            "OpenCode is signed in with ChatGPT, to which it sends what it says itself: that is not "
            "recorded");
    } else {
        add_built_in({"openai", "OPENAI_BASE_URL", openai_default, named.openai}, settings, client, made);
    }
    add_own(settings, named, client, made);
    auto content = content_of(client);
    made.point = [content = std::move(content), upstreams = made.upstreams](const base_urls& at, launch& to) {
        auto own = content;
        for (const auto& [name, upstream] : upstreams) {
            own["provider"][name]["options"]["baseURL"] = at(name);
        }
        to.environment[content_variable] = own.dump(-1, ' ', false, json::error_handler_t::replace);
    };
    return made;
}

}  // namespace tapes::app::run
