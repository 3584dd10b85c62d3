#include "redaction/credentials.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::http {
namespace {

using text::json_unescaped;

/// Returns true for fields for an MCP server whose names say that they hold a credential. The values of
/// others (`Accept`, …) are words that are used elsewhere.
bool is_credential_field(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 5> endings{"authorization", "key", "token", "secret",
                                                             "cookie"};
    return std::ranges::any_of(endings, [&](auto end) { return text::ends_ignoring_case(name, end); });
}

/// The part that a JSON value has in the API.
enum class place : unsigned char {
    nothing,
    root,
    roots,
    servers,
    server,
    tools,
    tool,
    headers,
    secret_object
};

/// Walks one JSON text and finds the strings that are credentials by their place. At the first thing that is
/// no JSON it stops, and keeps what it has found.
class credential_walk {
public:
    credential_walk(std::string_view text, std::size_t base, std::vector<credential_range>& out)
        : text_{text}, base_{base}, out_{out}, at_{text} {}

    void run() {
        while (at_.peek() != '\0' && value(place::root, 0)) {
        }
    }

private:
    static constexpr int max_depth = 64;

    bool value(place here, int depth) {
        const char c = at_.peek();
        if (here == place::nothing || depth > max_depth || (c != '{' && c != '[')) {
            at_.skip_value();
            return !at_.failed();
        }
        return c == '{' ? object(here, depth) : array(here, depth);
    }

    bool array(place here, int depth) {
        const auto element = here == place::servers                                        ? place::server
                             : here == place::tools                                        ? place::tool
                             : here == place::roots || (here == place::root && depth == 0) ? place::root
                                                                                           : place::nothing;
        at_.take('[');
        if (at_.take(']')) {
            return true;
        }
        do {
            if (!value(element, depth + 1)) {
                return false;
            }
        } while (at_.take(','));
        return at_.take(']');
    }

    bool object(place here, int depth) {
        const auto first = out_.size();
        bool is_mcp = false;
        at_.take('{');
        while (!at_.take('}')) {
            if (at_.take(',')) {
                continue;
            }
            const auto name = at_.string();
            if (at_.failed() || !at_.take(':') || !member(here, name, depth, is_mcp)) {
                return drop_unless(here != place::tool || is_mcp, first, false);
            }
        }
        return drop_unless(here != place::tool || is_mcp, first, true);
    }

    /// Removes what was found from `first` on unless `keep` is true: the type of a tool may stand behind its
    /// secrets, and only an MCP tool has any.
    bool drop_unless(bool keep, std::size_t first, bool result) {
        if (!keep) {
            out_.resize(first);
        }
        return result;
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
            } else if (!text.empty() && is_secret(here, name)) {
                add(text, json_unescaped(text), here != place::headers || is_credential_field(name));
            } else if (is_url(here, name)) {
                add_of_url(text);
            }
            return true;
        }
        return value(inside(here, name), depth + 1);
    }

    void add(std::string_view text, std::string value, bool recurs) {
        out_.push_back({base_ + static_cast<std::size_t>(text.data() - text_.data()), text.size(),
                        std::move(value), recurs});
    }

    /// Adds the credentials of an address, or all of it where its parts are hard to tell apart.
    void add_of_url(std::string_view text) {
        const bool escaped = text.find('\\') != std::string_view::npos;
        const auto found = credentials_in_url(escaped ? json_unescaped(text) : std::string{text});
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
            add(text.substr(one.at, one.size), one.value, true);
        }
    }

    static bool is_url(place here, std::string_view name) noexcept {
        return (here == place::server && name == "url") || (here == place::tool && name == "server_url");
    }

    static bool is_secret(place here, std::string_view name) noexcept {
        static constexpr std::array<std::string_view, 6> oauth{
            "access_token", "refresh_token", "id_token", "client_secret", "api_key", "authorization_token"};
        switch (here) {
            case place::root:
                return std::ranges::find(oauth, name) != oauth.end();
            case place::server:
                return name == "authorization_token";
            case place::tool:
                return name == "authorization";
            case place::headers:
                return true;
            case place::secret_object:
                return name == "value";
            default:
                return false;
        }
    }

    /// Tells the place of a member. Only places where an API expects credentials are entered: messages,
    /// schemas and tool calls are conversation.
    static place inside(place here, std::string_view name) noexcept {
        if (here == place::tool) {
            return name == "headers" ? place::headers : place::nothing;
        }
        if (here == place::headers) {
            return place::headers;
        }
        if (here != place::root) {
            return place::nothing;
        }
        if (name == "mcp_servers") {
            return place::servers;
        }
        if (name == "tools") {
            return place::tools;
        }
        if (name == "client_secret") {
            return place::secret_object;
        }
        if (name == "requests") {
            return place::roots;
        }
        static constexpr std::array<std::string_view, 5> wrappers{"response", "session", "params", "request",
                                                                  "body"};
        return std::ranges::find(wrappers, name) != wrappers.end() ? place::root : place::nothing;
    }

    std::string_view text_;
    std::size_t base_;
    std::vector<credential_range>& out_;
    text::json_cursor at_;
};

}  // namespace

void credentials_in_json(std::string_view text, std::size_t base, std::vector<credential_range>& out) {
    credential_walk{text, base, out}.run();
}

}  // namespace tapes::http
