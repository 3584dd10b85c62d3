#include "redaction/credentials.hpp"
#include "redaction/members.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::http {
namespace {

using text::json_unescaped;

/// The part that a JSON value has in the API.
enum class place : unsigned char {
    nothing,
    root,  ///< a request or an answer, or what wraps one
    roots,
    open,  ///< anything else that is no conversation
    servers,
    server,
    tools,
    tool,
    tool_part,       ///< within a tool, but not in its schema
    headers,         ///< header fields for an MCP server
    authentication,  ///< for a source of data (Azure): its `key` is a credential
    secrets,         ///< objects with a `value` that is secret
    secret_object,
    plain_secrets  ///< values that are secret, whatever their names
};

/// Walks one JSON text and finds the strings that are credentials by their place. At the first thing that is
/// no JSON it stops, and keeps what it has found.
class credential_walk {
public:
    credential_walk(std::string_view text, std::size_t base, const name_rules& rules, credential_ranges& out)
        : text_{text}, base_{base}, rules_{rules}, out_{out}, at_{text} {}

    void run() {
        while (at_.peek() != '\0' && value(place::root, 0)) {
        }
    }

private:
    /// As deep as a request is read (simdjson's limit).
    static constexpr int max_depth = 1024;

    bool value(place here, int depth) {
        const char c = at_.peek();
        if (here == place::nothing || depth > max_depth || (c != '{' && c != '[')) {
            at_.skip_value();
            return !at_.failed();
        }
        return c == '{' ? object(here, depth) : array(here, depth);
    }

    bool array(place here, int depth) {
        const auto element = element_of(here, depth);
        at_.take('[');
        if (at_.take(']')) {
            return true;
        }
        do {
            if (here == place::plain_secrets && at_.peek() == '"') {
                const auto text = at_.string();
                if (at_.failed()) {
                    return false;
                }
                add(text, json_unescaped(text), false);
            } else if (!value(element, depth + 1)) {
                return false;
            }
        } while (at_.take(','));
        return at_.take(']');
    }

    static place element_of(place here, int depth) noexcept {
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

    bool object(place here, int depth) {
        const auto first = only_mcp_.size();
        bool is_mcp = false;
        at_.take('{');
        bool whole = true;
        while (whole && !at_.take('}')) {
            if (at_.take(',')) {
                continue;
            }
            const auto name = at_.string();
            whole = !at_.failed() && at_.take(':') && member(here, name, depth, is_mcp);
        }
        if (here == place::tool) {
            settle_tool(is_mcp, first);
        }
        return whole;
    }

    /// Takes back what only an MCP tool has where this was none: the type may stand behind its secrets.
    void settle_tool(bool is_mcp, std::size_t first) {
        if (!is_mcp) {
            for (auto i = first; i < only_mcp_.size(); ++i) {
                out_[only_mcp_[i]].size = 0;
            }
        }
        only_mcp_.resize(first);
    }

    bool member(place here, std::string_view raw_name, int depth, bool& is_mcp) {
        const bool escaped = raw_name.find('\\') != std::string_view::npos;
        const std::string unescaped = escaped ? json_unescaped(raw_name) : std::string{};
        const std::string_view name = escaped ? std::string_view{unescaped} : raw_name;
        if (at_.peek() == '"') {
            const auto text = at_.string();
            if (at_.failed()) {
                return false;
            }
            if (here == place::tool && name == "type") {
                is_mcp = text == "mcp" || json_unescaped(text) == "mcp";
            } else if (const auto kind = text.empty() ? name_kind::plain : secret_kind(here, name);
                       kind != name_kind::plain) {
                add(text, json_unescaped(text), kind == name_kind::named);
                note_tool_secret(here);
            } else if (is_url(here, name)) {
                const auto before = out_.size();
                add_of_url(text);
                for (auto i = before; i < out_.size(); ++i) {
                    if (here == place::tool) {
                        only_mcp_.push_back(i);
                    }
                }
            }
            return true;
        }
        return value(inside(here, name), depth + 1);
    }

    void note_tool_secret(place here) {
        if (here == place::tool || here == place::headers) {
            only_mcp_.push_back(out_.size() - 1);
        }
    }

    void add(std::string_view text, std::string value, bool recurs) {
        out_.add({base_ + static_cast<std::size_t>(text.data() - text_.data()), text.size(), std::move(value),
                  recurs});
    }

    /// Adds the credentials of an address, or all of it where its parts are hard to tell apart.
    void add_of_url(std::string_view text) {
        const bool escaped = text.find('\\') != std::string_view::npos;
        const auto found = credentials_in_url(escaped ? json_unescaped(text) : std::string{text}, rules_);
        if (found.empty()) {
            return;
        }
        const bool plain = !escaped && std::ranges::all_of(found, [&](const auto& one) {
            return text.substr(one.at, one.size).find_first_of("/?#&;@") == std::string_view::npos;
        });
        if (!plain) {
            add(text, json_unescaped(text), false);
            return;
        }
        for (const auto& one : found) {
            add(text.substr(one.at, one.size), one.value, one.recurs);
        }
    }

    static bool is_url(place here, std::string_view name) noexcept {
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

    name_kind secret_kind(place here, std::string_view name) const {
        switch (here) {
            case place::root:
            case place::open:
            case place::server:
                return member_kind(name, rules_);
            case place::authentication:
                return name == "key" ? name_kind::named : member_kind(name, rules_);
            case place::tool:
                return name == "authorization" ? name_kind::named : name_kind::plain;
            case place::headers:
                // The values of others (`Accept`, …) are words that are used elsewhere.
                return member_kind(name, rules_) == name_kind::named ? name_kind::named : name_kind::shaped;
            case place::secret_object:
                return name == "value" ? name_kind::named : name_kind::plain;
            case place::plain_secrets:
                return name_kind::shaped;
            default:
                return name_kind::plain;
        }
    }

    /// Tells the place of a member. Messages, schemas and tool calls are conversation, and are not entered.
    place inside(place here, std::string_view name) const {
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
                return inside_open(here, name);
            default:
                return place::nothing;
        }
    }

    static bool names_servers(std::string_view name) noexcept {
        return name == "mcp_servers" || name == "mcpServers";
    }

    /// Tells whether a part of a tool says how a service is reached, and with which credentials (Gemini,
    /// Vertex AI).
    static bool names_access(std::string_view name) noexcept {
        static constexpr std::array<std::string_view, 8> names{
            "authConfig",       "auth_config",        "apiAuth",     "api_auth",
            "parallelAiSearch", "parallel_ai_search", "exaAiSearch", "exa_ai_search"};
        return std::ranges::find(names, name) != names.end();
    }

    static place inside_tool(place here, std::string_view name) noexcept {
        static constexpr std::array<std::string_view, 6> schemas{
            "parameters", "function", "custom", "functionDeclarations", "function_declarations",
            "inputSchema"};
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

    place inside_open(place here, std::string_view name) const {
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
        return names_secrets(name)             ? place::plain_secrets
               : here == place::authentication ? here
                                               : place::open;
    }

    /// Tells whether a member holds several credentials: `api_keys`, `secrets`.
    bool names_secrets(std::string_view name) const {
        static constexpr std::array<std::string_view, 3> plurals{"keys", "secrets", "passwords"};
        return std::ranges::any_of(plurals, [&](auto end) { return text::ends_ignoring_case(name, end); }) &&
               member_kind(name.substr(0, name.size() - 1), rules_) != name_kind::plain;
    }

    std::string_view text_;
    std::size_t base_;
    const name_rules& rules_;
    credential_ranges& out_;
    std::vector<std::size_t>
        only_mcp_;  ///< of those found in the tool that is read: no credentials elsewhere
    text::json_cursor at_;
};

}  // namespace

void credentials_in_json(std::string_view text, std::size_t base, const name_rules& rules,
                         credential_ranges& out) {
    const auto first = out.size();
    tapes::text::count_work(text.size());
    credential_walk{text, base, rules, out}.run();
    out.remove(first, [](const auto& one) { return one.size == 0; });
}

}  // namespace tapes::http
