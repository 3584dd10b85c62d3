#include "router.hpp"

#include "dialect.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <utility>

namespace tapes::relay {

namespace {

/// Paths on which Codex signs in, through the same base URL as for its work.
constexpr std::array<std::string_view, 6> codex_sign_in{"/oauth",   "/auth",      "/v1/oauth",
                                                        "/v1/auth", "/api/oauth", "/api/auth"};

/// Takes "/name" off the front of `path` and leaves "/rest", or "" where nothing is left. Returns the name.
std::string_view take_segment(std::string_view& path) {
    const auto end = text::find_any(path, "/?", 1);
    const auto segment = path.substr(1, end == std::string_view::npos ? end : end - 1);
    path = end == std::string_view::npos ? std::string_view{} : path.substr(end);
    return segment;
}

/// Returns the path and query of a target in origin form or absolute form, "" for any other. The authority of
/// an absolute form is not looked at: requests go to the configured upstream and nowhere else.
std::string_view path_of(std::string_view target) {
    if (target.starts_with('/') || target == "*") {
        return target;
    }
    if (!text::starts_ignoring_case(target, "http://") && !text::starts_ignoring_case(target, "https://")) {
        return {};
    }
    const auto authority = target.find("//") + 2;
    const auto path = text::find_any(target, "/?#", authority);
    if (path == authority) {
        return {};
    }
    return path == std::string_view::npos ? std::string_view{"/"} : target.substr(path);
}

/// The path of what is left of a target.
std::string path_within(std::string_view rest) {
    const auto path = rest.substr(0, text::find_any(rest, "?#"));
    return path.empty() ? "/" : std::string{path};
}

/// Sets the target: the upstream's base path, and what comes below it.
void put_together(std::string_view between, std::string_view rest, route& out) {
    out.target = out.upstream->base_path;
    out.target += between;
    if (rest.empty() || rest.front() != '/') {
        out.target += '/';
    }
    out.target += rest;
}

/// Returns nothing for "", which only `auto_provider` allows: then nobody has named this upstream.
std::optional<origin> origin_of(const std::string& url, std::string_view setting, bool may_be_unnamed) {
    if (url.empty() && may_be_unnamed) {
        return std::nullopt;
    }
    return parse_origin(url, setting);
}

/// Returns the provider whose upstream is meant for who speaks its API elsewhere; "" where there is none.
std::string_view stand_in_for(std::string_view provider) noexcept {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> speakers{{
        {"azure", "openai"},
        {"databricks", "openai"},
        {"mistral", "openai"},
        {"vertex", "anthropic"},
    }};
    const auto* const found =
        std::ranges::find(speakers, provider, &std::pair<std::string_view, std::string_view>::first);
    return found == speakers.end() ? std::string_view{} : found->second;
}

/// What people write at the end of a base URL of OpenAI's, and clients at the beginning of a path.
constexpr std::string_view version = "/v1";

bool begins_with_version(std::string_view rest) {
    return rest.starts_with(version) &&
           (rest.size() == version.size() || rest[version.size()] == '/' || rest[version.size()] == '?');
}

}  // namespace

router::router(const options& settings, const entrance_table* entrances)
    : auto_{settings.provider == auto_provider},
      provider_{settings.provider},
      provider_of_api_{settings.provider_of_api},
      names_model_{settings.names_model},
      upstream_{origin_of(settings.upstream, "proxy.upstream", auto_)},
      providers_{{
          {"openai", origin_of(settings.openai_upstream, "proxy.openai_upstream", auto_)},
          {"anthropic", origin_of(settings.anthropic_upstream, "proxy.anthropic_upstream", auto_)},
          {"ollama", origin_of(settings.ollama_upstream, "proxy.ollama_upstream", true)},
          {"gemini", origin_of(settings.gemini_upstream, "proxy.gemini_upstream", auto_)},
      }},
      openai_auth_{origin_of(settings.openai_auth_upstream, "proxy.openai_auth_upstream", auto_)},
      entrances_{entrances},
      fallback_{"openai"} {
    // What does not tell is said in the dialect of the only upstream, where that is one provider's.
    const auto own = [](const known_provider& one) { return one.upstream.has_value(); };
    if (!upstream_ && std::ranges::count_if(providers_, own) == 1) {
        fallback_ = std::ranges::find_if(providers_, own)->name;
    }
}

const router::known_provider* router::find_provider(std::string_view name) const noexcept {
    name = name == "google" ? std::string_view{"gemini"} : name;
    const auto* const found = std::ranges::find(providers_, name, &known_provider::name);
    return found == providers_.end() ? nullptr : found;
}

const router::known_provider* router::take_prefix(std::string_view& rest, std::string& agent) const {
    if (!rest.starts_with("/agents/") || rest.size() <= 8 || rest[8] == '/' || rest[8] == '?') {
        return nullptr;
    }
    rest.remove_prefix(7);
    const auto named = take_segment(rest);
    if (agent.empty()) {  // the header names it before the prefix does
        agent = named;
    }
    if (!rest.starts_with("/providers/")) {
        return nullptr;
    }
    auto after = rest.substr(10);
    const auto* const provider = find_provider(take_segment(after));
    if (provider != nullptr) {
        rest = after;
    }
    return provider;
}

/// Sets the provider and its upstream. `out.path` is set.
void router::choose(const http::request_head& head, const known_provider* named, route& out) const {
    const auto* provider = named;
    if (named != nullptr) {
        out.provider = named->name;
    } else if (auto_) {
        const auto told = dialect_of(head, out.path, provider_of_api_);
        out.provider = told.empty() ? fallback_ : told;
        provider = find_provider(out.provider);
        if (provider == nullptr) {
            provider = find_provider(stand_in_for(out.provider));
        }
    } else {
        out.provider = provider_;
    }
    const bool own = provider != nullptr && provider->upstream.has_value();
    const auto& chosen = own ? provider->upstream : upstream_;
    out.upstream = chosen ? &*chosen : nullptr;
    if (out.agent_name == "codex" && out.provider == "openai" && openai_auth_) {
        const bool signs_in = std::ranges::any_of(codex_sign_in, [&out](std::string_view prefix) {
            return text::starts_ignoring_case(out.path, prefix);
        });
        out.upstream = signs_in ? &*openai_auth_ : out.upstream;
    }
}

/// With `auto_`, an upstream may be written with or without the version, and so may what clients ask for: it
/// stands once. Takes it off `rest`, or returns it where it must be put before.
std::string_view router::version_between(std::string_view& rest, bool named, const route& out) const {
    const std::string_view base = out.upstream->base_path;
    if (!auto_ || rest == "*") {
        return {};
    }
    if (base.ends_with(version)) {
        rest.remove_prefix(begins_with_version(rest) ? version.size() : 0);
        return {};
    }
    // Below /providers/openai clients leave it out, as the default of proxy.openai_upstream has it.
    const bool general = upstream_ && out.upstream == &*upstream_;
    return named && general && out.provider == "openai" && !begins_with_version(rest) ? version
                                                                                      : std::string_view{};
}

/// Routes what comes in at an entrance. Returns false where `target` leads to none: such a path is an
/// upstream's.
bool router::enter(const http::request_head& head, std::string_view target, route& out) const {
    constexpr std::string_view runs = "/runs";
    if (entrances_ == nullptr || !target.starts_with("/runs/")) {
        return false;
    }
    auto rest = target.substr(runs.size());
    out.entrance = entrances_->find(take_segment(rest));
    if (out.entrance == nullptr) {
        return false;
    }
    if (out.agent_name.empty()) {
        out.agent_name = out.entrance->agent;
    }
    const auto key = rest.starts_with('/') ? take_segment(rest) : std::string_view{};
    const auto found = out.entrance->upstreams.find(key);
    out.path = path_within(rest);
    out.target.clear();
    if (found == out.entrance->upstreams.end()) {
        out.upstream = nullptr;
        out.provider = {};
        return true;
    }
    const auto& upstream = found->second;
    out.upstream = &upstream.to;
    out.provider = upstream.provider;
    if (out.provider == auto_provider) {
        const auto told = dialect_of(head, out.path, provider_of_api_);
        out.provider = told.empty() ? std::string_view{"openai"} : told;
    }
    if (upstream.version_once && upstream.to.base_path.ends_with(version) && begins_with_version(rest)) {
        rest.remove_prefix(version.size());
    }
    put_together({}, rest, out);
    take_model_of_base(head, out);
    return true;
}

/// A deployment may stand in the upstream's base path as well as in the request's. No more of it is kept than
/// is needed to name it: what stands before may be a secret.
void router::take_model_of_base(const http::request_head& head, route& out) const {
    const std::string_view base = out.upstream->base_path;
    if (base.empty() || !names_model_ || names_model_(head.method, out.path)) {
        return;
    }
    for (auto at = base.rfind('/'); at != std::string_view::npos;
         at = at == 0 ? std::string_view::npos : base.rfind('/', at - 1)) {
        auto whole = std::string{base.substr(at)} + out.path;
        if (names_model_(head.method, whole)) {
            out.path = std::move(whole);
            return;
        }
    }
}

bool router::find(const http::request_head& head, route& out) const {
    auto rest = path_of(head.target);
    if (rest.empty()) {
        return false;
    }
    out.agent_name.clear();
    out.entrance.reset();
    if (const auto* const agent = http::find_field(head.fields, agent_field); agent != nullptr) {
        out.agent_name = agent->value;
    }
    if (enter(head, rest, out)) {
        return true;
    }
    const auto* const named = take_prefix(rest, out.agent_name);
    out.path = path_within(rest);
    choose(head, named, out);
    if (out.upstream == nullptr) {
        out.target.clear();
        return true;
    }
    if (rest == "*") {
        out.target = rest;
        return true;
    }
    const auto between = version_between(rest, named != nullptr, out);
    put_together(between, rest, out);
    take_model_of_base(head, out);
    return true;
}

}  // namespace tapes::relay
