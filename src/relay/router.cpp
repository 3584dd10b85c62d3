#include "router.hpp"

#include <tapes/text/ascii.hpp>

#include <array>

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

}  // namespace

router::router(const options& settings)
    : upstream_{parse_origin(settings.upstream, "proxy.upstream")},
      openai_{parse_origin(settings.openai_upstream, "proxy.openai_upstream")},
      anthropic_{parse_origin(settings.anthropic_upstream, "proxy.anthropic_upstream")},
      ollama_{settings.ollama_upstream.empty()
                  ? upstream_
                  : parse_origin(settings.ollama_upstream, "proxy.ollama_upstream")},
      openai_auth_{parse_origin(settings.openai_auth_upstream, "proxy.openai_auth_upstream")},
      provider_{settings.provider} {}

bool router::find(const http::request_head& head, route& out) const {
    auto rest = path_of(head.target);
    if (rest.empty()) {
        return false;
    }
    out.upstream = &upstream_;
    out.provider = provider_;
    out.agent_name.clear();
    if (const auto* const agent = http::find_field(head.fields, agent_field); agent != nullptr) {
        out.agent_name = agent->value;
    }
    if (rest.starts_with("/agents/") && rest.size() > 8 && rest[8] != '/' && rest[8] != '?') {
        rest.remove_prefix(7);
        const auto named = take_segment(rest);
        if (out.agent_name.empty()) {  // the header names it before the prefix does
            out.agent_name = named;
        }
        if (rest.starts_with("/providers/")) {
            auto after = rest.substr(10);
            const auto provider = take_segment(after);
            if (provider == "openai") {
                out.upstream = &openai_;
                out.provider = "openai";
                rest = after;
            } else if (provider == "anthropic") {
                out.upstream = &anthropic_;
                out.provider = "anthropic";
                rest = after;
            } else if (provider == "ollama") {
                out.upstream = &ollama_;
                out.provider = "ollama";
                rest = after;
            }
        }
    }
    if (out.agent_name == "codex" && out.provider == "openai") {
        for (const auto prefix : codex_sign_in) {
            if (text::starts_ignoring_case(rest, prefix)) {
                out.upstream = &openai_auth_;
                break;
            }
        }
    }
    out.path = rest.substr(0, text::find_any(rest, "?#"));
    if (out.path.empty()) {
        out.path = "/";
    }
    if (rest == "*") {
        out.target = rest;
        return true;
    }
    out.target = out.upstream->base_path;
    if (rest.empty() || rest.front() != '/') {
        out.target += '/';
    }
    out.target += rest;
    return true;
}

}  // namespace tapes::relay
