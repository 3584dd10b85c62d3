#include "redaction/json_place.hpp"

#include "redaction/members.hpp"

#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <array>

namespace tapes::http {
namespace {

bool names_servers(std::string_view name) noexcept {
    return name == "mcp_servers" || name == "mcpServers";
}

/// Tells whether a part of a tool says how a service is reached, and with which credentials (Gemini,
/// Vertex AI).
bool names_access(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 8> names{
        "authConfig",       "auth_config",        "apiAuth",     "api_auth",
        "parallelAiSearch", "parallel_ai_search", "exaAiSearch", "exa_ai_search"};
    return std::ranges::find(names, name) != names.end();
}

place inside_tool(place here, std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 6> schemas{
        "parameters", "function", "custom", "functionDeclarations", "function_declarations", "inputSchema"};
    if (here == place::tool && name == "headers") {
        return place::headers;
    }
    if (name == "domain_secrets") {
        return place::secrets;
    }
    if (names_servers(name)) {
        return place::servers;
    }
    if (names_access(name)) {
        return place::open;
    }
    return std::ranges::find(schemas, name) != schemas.end() || is_messages_or_schema(name)
               ? place::nothing
               : place::tool_part;
}

/// Tells whether a member holds several credentials: `api_keys`, `secrets`.
bool names_secrets(std::string_view name, const name_rules& rules) {
    static constexpr std::array<std::string_view, 3> plurals{"keys", "secrets", "passwords"};
    return std::ranges::any_of(plurals, [&](auto end) { return text::ends_ignoring_case(name, end); }) &&
           member_kind(name.substr(0, name.size() - 1), rules) != name_kind::plain;
}

place inside_open(place here, std::string_view name, const name_rules& rules) {
    static constexpr std::array<std::string_view, 5> wrappers{"response", "session", "params", "request",
                                                              "body"};
    if (names_servers(name)) {
        return place::servers;
    }
    if (name == "domain_secrets") {
        return place::secrets;
    }
    if (name == "tools") {
        return place::tools;
    }
    if (name == "authentication" || name == "data_sources" || name == "dataSources") {
        return place::authentication;
    }
    if (here == place::root) {
        if (name == "client_secret") {
            return place::secret_object;
        }
        if (name == "requests") {
            return place::roots;
        }
        if (std::ranges::find(wrappers, name) != wrappers.end()) {
            return place::root;
        }
    }
    if (here == place::root ? is_conversation(name) : is_messages_or_schema(name)) {
        return place::nothing;
    }
    return names_secrets(name, rules)      ? place::plain_secrets
           : here == place::authentication ? here
                                           : place::open;
}

}  // namespace

place element_of(place here, int depth) noexcept {
    switch (here) {
        case place::servers:
            return place::server;
        case place::tools:
            return place::tool;
        case place::secrets:
            return place::secret_object;
        case place::root:
            return depth == 0 ? place::root : place::open;
        case place::roots:
            return place::root;
        default:
            return here;
    }
}

place inside(place here, std::string_view name, const name_rules& rules) {
    switch (here) {
        case place::tool:
        case place::tool_part:
            return inside_tool(here, name);
        case place::headers:
        case place::plain_secrets:
            return here;
        case place::root:
        case place::open:
        case place::server:
        case place::authentication:
            return inside_open(here, name, rules);
        default:
            return place::nothing;
    }
}

name_kind secret_kind(place here, std::string_view name, const name_rules& rules) {
    switch (here) {
        case place::root:
        case place::open:
        case place::server:
            return member_kind(name, rules);
        case place::authentication:
            return name == "key" ? name_kind::named : member_kind(name, rules);
        case place::tool:
            return name == "authorization" ? name_kind::named : name_kind::plain;
        case place::headers:
            // The values of others (`Accept`, …) are words that are used elsewhere.
            return member_kind(name, rules) == name_kind::named ? name_kind::named : name_kind::shaped;
        case place::secret_object:
            return name == "value" ? name_kind::named : name_kind::plain;
        case place::plain_secrets:
            return name_kind::shaped;
        default:
            return name_kind::plain;
    }
}

bool is_url(place here, std::string_view name) noexcept {
    switch (here) {
        case place::server:
            return name == "url";
        case place::tool:
            return name == "server_url";
        case place::root:
        case place::open:
        case place::authentication:
            return names_address(name);
        default:
            return false;
    }
}

}  // namespace tapes::http
