#include "run/base_url.hpp"
#include "run/client.hpp"
#include "run/settings_file.hpp"
#include "run/words.hpp"

#include <tapes/text/ascii.hpp>

#include <nlohmann/json.hpp>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <sstream>
#include <utility>

/// Codex 0.171. Its variables of OpenAI's SDK count for nothing; what counts are, the weakest first,
/// /etc/codex/config.toml, config.toml in its folder (CODEX_HOME), the profile's NAME.config.toml beside it
/// (-p), and -c KEY=VALUE (developers.openai.com/codex/config-advanced).
namespace tapes::app::run {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view codex_flag = "--openai-upstream";
constexpr const char* chatgpt_url = "https://chatgpt.com/backend-api/codex";
constexpr std::array<std::string_view, 2> config_options{"-c", "--config"};

[[noreturn]] void ask(const std::string& reason) {
    throw usage_error{reason + "; name where its requests go with --openai-upstream URL"};
}

/// Reads a file of its settings; an empty table where there is none.
toml::table read_toml(const fs::path& path) {
    const settings_file file{path, codex_flag};
    const auto text = file.text();
    if (!text) {
        return {};
    }
    try {
        return toml::parse(*text);
    } catch (const toml::parse_error&) {
        file.refuse("is no TOML");
    }
}

/// Lays `over` on `under`, table by table.
void lay_table_over(toml::table& under, const toml::table& over) {
    for (const auto& [key, value] : over) {
        auto* const both = value.is_table() && under[key].is_table() ? under[key].as_table() : nullptr;
        if (both != nullptr) {
            lay_table_over(*both, *value.as_table());
        } else {
            under.insert_or_assign(key, value);
        }
    }
}

/// Reads `key=value` as Codex does: a value that is no TOML is a text.
toml::table override_of(const std::string& text) {
    const auto equals = text.find('=');
    const auto key = text.substr(0, equals);
    const auto value = equals == std::string::npos ? std::string{} : text.substr(equals + 1);
    try {
        return toml::parse(key + " = " + value);
    } catch (const toml::parse_error&) {
        std::ostringstream quoted;
        quoted << toml::value<std::string>{value};
        try {
            return toml::parse(key + " = " + quoted.str());
        } catch (const toml::parse_error&) {
            ask("-c " + key + " cannot be read");
        }
    }
}

fs::path codex_home(const invocation& client) {
    const auto own = client.variable("CODEX_HOME");
    return own.empty() ? fs::path{client.world.home} / ".codex" : fs::path{own};
}

/// The keys that decide where requests go.
bool decides(const toml::table& settings) {
    constexpr std::array<std::string_view, 4> keys{"openai_base_url", "model_provider", "model_providers",
                                                   "profile"};
    return std::ranges::any_of(keys, [&](std::string_view key) { return settings.contains(key); });
}

/// Settings of a project count where the user trusts it, and not all of them do.
void refuse_project_settings(const invocation& client) {
    const fs::path here{client.world.working_directory};
    const auto root = git_root(here).value_or(here);
    for (auto at = here;; at = at.parent_path()) {
        const auto path = at / ".codex/config.toml";
        if (path != codex_home(client) / "config.toml" && decides(read_toml(path))) {
            ask(path.string() + " may decide where Codex sends its requests");
        }
        if (at == root || at == at.root_path()) {
            return;
        }
    }
}

std::string text_in(const toml::table& settings, std::string_view key) {
    return settings[key].value_or(std::string{});
}

toml::table codex_settings(const invocation& client) {
    const auto home = codex_home(client);
    for (const auto* const managed : {"etc/codex/managed_config.toml", "etc/codex/requirements.toml"}) {
        const auto path = fs::path{client.world.root} / managed;
        if (decides(read_toml(path))) {
            throw usage_error{"managed settings decide where Codex sends its requests (" + path.string() +
                              "), and nothing can be put before that"};
        }
    }
    refuse_project_settings(client);
    auto made = read_toml(fs::path{client.world.root} / "etc/codex/config.toml");
    lay_table_over(made, read_toml(home / "config.toml"));
    constexpr std::array<std::string_view, 2> profile_options{"-p", "--profile"};
    const auto chosen = find_options(client.words, client.program, profile_options);
    const auto profile = chosen.empty() ? text_in(made, "profile") : chosen.back().value;
    if (!profile.empty()) {
        // Earlier versions keep profiles in config.toml.
        if (const auto* const own = made["profiles"][profile].as_table()) {
            lay_table_over(made, toml::table{*own});
        }
        lay_table_over(made, read_toml(home / (profile + ".config.toml")));
    }
    for (const auto& option : find_options(client.words, client.program, config_options)) {
        lay_table_over(made, override_of(option.value));
    }
    return made;
}

/// Where the built-in provider sends what nobody redirects: it depends on how the user has signed in.
std::string signed_in_url(const invocation& client, const toml::table& settings) {
    if (!client.variable("CODEX_ACCESS_TOKEN").empty()) {
        ask("CODEX_ACCESS_TOKEN is set, and what it is for is not known");
    }
    const auto path = codex_home(client) / "auth.json";
    const settings_file file{path, codex_flag};
    const auto sign_in = file.json();
    const bool own_key = !client.variable("CODEX_API_KEY").empty();
    if (!sign_in) {
        const auto kept = text_in(settings, "cli_auth_credentials_store");
        if (kept == "keyring" || kept == "auto") {
            ask("Codex keeps how it is signed in in a keyring");
        }
        if (own_key || !client.variable("OPENAI_API_KEY").empty()) {
            return openai_default;
        }
        ask("Codex is not signed in (codex login), and sends requests to OpenAI or to ChatGPT by that");
    }
    const auto text = [&sign_in](const char* key) {
        const auto found = sign_in->find(key);
        return found != sign_in->end() && found->is_string() ? found->get<std::string>() : std::string{};
    };
    auto mode = text("auth_mode");
    std::ranges::transform(mode, mode.begin(), text::to_lower);
    if (mode.empty()) {
        const bool has_tokens = sign_in->contains("tokens") && (*sign_in)["tokens"].is_object();
        mode = !text("OPENAI_API_KEY").empty() ? "apikey" : has_tokens ? "chatgpt" : "";
    }
    if (mode == "apikey") {
        return openai_default;
    }
    if (mode != "chatgpt" && mode != "chatgptauthtokens") {
        ask(path.string() + " tells of a sign-in that is not known here");
    }
    if (own_key) {
        ask("Codex is signed in with ChatGPT, and CODEX_API_KEY is set");
    }
    return chatgpt_url;
}

/// How Codex is told another base URL.
struct codex_way {
    std::string url;
    std::string key;       ///< of `-c`; "" where a variable tells it
    std::string variable;  ///< then
};

codex_way local_way(const invocation& client, const std::string& provider) {
    auto url = client.variable("CODEX_OSS_BASE_URL");
    if (url.empty()) {
        auto port = client.variable("CODEX_OSS_PORT");
        port = !port.empty() ? port : provider == "lmstudio" ? "1234" : "11434";
        url = "http://localhost:" + port + "/v1";
    }
    return {url, {}, "CODEX_OSS_BASE_URL"};
}

bool is_bare_key(std::string_view key) {
    return !key.empty() && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_';
    });
}

std::string codex_provider(const invocation& client, const toml::table& settings) {
    if (!has_word(client.words, client.program, "--oss")) {
        const auto configured = text_in(settings, "model_provider");
        return configured.empty() ? "openai" : configured;
    }
    constexpr std::array<std::string_view, 1> names{"--local-provider"};
    const auto given = find_options(client.words, client.program, names);
    auto provider = given.empty() ? text_in(settings, "oss_provider") : given.back().value;
    if (provider.empty()) {
        ask("--oss is given without --local-provider");
    }
    return provider;
}

codex_way way_of(const invocation& client, const named_upstreams& named) {
    const auto settings = codex_settings(client);
    const auto provider = codex_provider(client, settings);
    if (provider == "openai") {
        const auto set = text_in(settings, "openai_base_url");
        return {!named.openai.empty() ? named.openai
                : set.empty()         ? signed_in_url(client, settings)
                                      : set,
                "openai_base_url",
                {}};
    }
    const auto* const own = settings["model_providers"][provider].as_table();
    if ((provider == "ollama" || provider == "lmstudio") && own == nullptr) {
        auto way = local_way(client, provider);
        way.url = named.openai.empty() ? way.url : named.openai;
        return way;
    }
    const auto url = own == nullptr ? std::string{} : text_in(*own, "base_url");
    if (!is_bare_key(provider) || own == nullptr || own->contains("aws") ||
        (url.empty() && named.openai.empty())) {
        throw usage_error{"Codex is set to use the provider " + provider +
                          ", for which config.toml names no base URL that tapes run could stand before"};
    }
    return {named.openai.empty() ? url : named.openai, "model_providers." + provider + ".base_url", {}};
}

}  // namespace

plan plan_codex(const invocation& client, const named_upstreams& named) {
    const auto way = way_of(client, named);
    plan made;
    made.agent = "codex";
    made.upstreams["openai"] = {
        base_url(way.url, named.openai.empty() ? "the base URL of Codex" : codex_flag), "openai"};
    const auto options = find_options(client.words, client.program, config_options);
    // The last one counts, and those behind a subcommand's name come after those before it.
    const auto behind = options.empty() ? client.program + 1 : options.back().at + options.back().words;
    made.point = [way, behind](const base_urls& at, launch& to) {
        if (!way.variable.empty()) {
            to.environment[way.variable] = at("openai");
            return;
        }
        const auto place = to.command.begin() + static_cast<std::ptrdiff_t>(behind);
        to.command.insert(place, {"-c", way.key + "=\"" + at("openai") + "\""});
    };
    return made;
}

}  // namespace tapes::app::run
