#include "redaction/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace tapes::http {
namespace {

/// The ends of the names and types looked for, with the quote that closes them: 7 bytes each. An escaped
/// quote (text that only talks about such a field) does not fit.
bool is_hint(const char* at) noexcept {
    return std::memcmp(at, "_token\"", 7) == 0 || std::memcmp(at, "secret\"", 7) == 0 ||
           std::memcmp(at, "pi_key\"", 7) == 0 || std::memcmp(at, "ervers\"", 7) == 0 ||
           std::memcmp(at + 2, "\"mcp\"", 5) == 0;
}

/// Of the fields that an MCP server is sent: those that by their names hold a credential. The values of
/// others (`Accept`, ...) are words that are used elsewhere.
bool is_credential_field(std::string_view name) noexcept {
    static constexpr std::array<std::string_view, 5> endings{"authorization", "key", "token", "secret",
                                                             "cookie"};
    return std::ranges::any_of(endings, [&](auto end) { return is_ending(name, end); });
}

/// A letter or underscore written as `\u00XX`, as no writer does but to hide a name.
bool is_escaped_letter(const char* at) noexcept {
    if (std::memcmp(at, "\\u00", 4) != 0) {
        return false;
    }
    const char low = lower_ascii(at[5]);
    return at[4] == '6' || (at[4] == '7' && low <= 'a') || (at[4] == '5' && low == 'f');
}

/// What a JSON value is looked at for.
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

/// Walks one JSON text and finds the strings that are credentials by their place. Lenient: at the first thing
/// that is no JSON it stops, keeping what it found.
class credential_walk {
public:
    credential_walk(std::string_view text, std::size_t base, std::vector<credential_range>& out)
        : text_{text}, base_{base}, out_{out} {}

    void run() {
        while (peek() != '\0' && value(place::root, 0)) {
        }
    }

private:
    static constexpr int max_depth = 64;

    char peek() noexcept {
        while (at_ < text_.size() && std::strchr(" \t\r\n", text_[at_]) != nullptr && text_[at_] != 0) {
            ++at_;
        }
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    /// The inside of the string that starts here.
    std::optional<std::string_view> string() noexcept {
        const auto start = ++at_;
        while (at_ < text_.size()) {
            const auto found = text_.find_first_of("\"\\", at_);
            if (found == std::string_view::npos) {
                break;
            }
            at_ = found + (text_[found] == '"' ? 1 : 2);
            if (text_[found] == '"') {
                return text_.substr(start, found - start);
            }
        }
        at_ = text_.size();
        return std::nullopt;
    }

    /// Passes over a value of any depth without recursion.
    bool skip() noexcept {
        std::size_t depth = 0;
        do {
            const char c = peek();
            if (c == '"') {
                if (!string()) {
                    return false;
                }
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                if (depth == 0) {
                    return false;
                }
                --depth;
                ++at_;
            } else if (c == ',' || c == ':') {
                if (depth == 0) {
                    return false;
                }
                ++at_;
            } else if (c == '\0') {
                return false;
            } else {
                at_ = std::min(text_.find_first_of(",:]}[{\" \t\r\n", at_ + 1), text_.size());
            }
        } while (depth > 0);
        return true;
    }

    bool value(place here, int depth) {
        const char c = peek();
        if (here == place::nothing || depth > max_depth || (c != '{' && c != '[')) {
            return skip();
        }
        return c == '{' ? object(here, depth) : array(here, depth);
    }

    bool array(place here, int depth) {
        const auto element = here == place::servers                                        ? place::server
                             : here == place::tools                                        ? place::tool
                             : here == place::roots || (here == place::root && depth == 0) ? place::root
                                                                                           : place::nothing;
        ++at_;
        if (peek() == ']') {
            ++at_;
            return true;
        }
        for (;;) {
            if (!value(element, depth + 1)) {
                return false;
            }
            const char c = peek();
            ++at_;
            if (c != ',') {
                return c == ']';
            }
        }
    }

    bool object(place here, int depth) {
        const auto first = out_.size();
        bool is_mcp = false;
        ++at_;
        for (char c = peek(); c != '}'; c = peek()) {
            if (c == ',') {
                ++at_;
                continue;
            }
            if (c != '"') {
                return drop_unless(here != place::tool || is_mcp, first, false);
            }
            const auto name = string();
            if (!name || peek() != ':') {
                return drop_unless(here != place::tool || is_mcp, first, false);
            }
            ++at_;
            if (!member(here, *name, depth, is_mcp)) {
                return drop_unless(here != place::tool || is_mcp, first, false);
            }
        }
        ++at_;
        return drop_unless(here != place::tool || is_mcp, first, true);
    }

    /// The type of a tool may stand behind its secrets: they are taken back when it is no MCP tool.
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
        if (peek() == '"') {
            const auto text = string();
            if (text && here == place::tool && name == "type") {
                is_mcp = *text == "mcp" || json_unescaped(*text) == "mcp";
            } else if (text && !text->empty() && is_secret(here, name)) {
                add(*text, json_unescaped(*text), here != place::headers || is_credential_field(name));
            } else if (text && is_url(here, name)) {
                add_of_url(*text);
            }
            return text.has_value();
        }
        return value(inside(here, name), depth + 1);
    }

    void add(std::string_view text, std::string value, bool recurs) {
        out_.push_back({base_ + static_cast<std::size_t>(text.data() - text_.data()), text.size(),
                        std::move(value), recurs});
    }

    /// The credentials of an address; all of it where something in it makes its parts hard to tell.
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

    /// Only places where an API expects such fields are entered: what messages, schemas and tool calls hold
    /// is what was said.
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
    std::size_t at_ = 0;
};

}  // namespace

std::size_t find_json_hint(std::string_view body, std::size_t from) noexcept {
    const char* data = body.data();
    std::size_t i = from;
#if defined(__SSE2__)
    const auto load = [data](std::size_t at) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(data + at));
    };
    const auto equal = [](__m128i bytes, char c) { return _mm_cmpeq_epi8(bytes, _mm_set1_epi8(c)); };
    // Two rare bytes of each ending and its quote, at 16 places at once.
    for (; i + 16 + 6 <= body.size(); i += 16) {
        const auto b0 = load(i);
        const auto b2 = load(i + 2);
        const auto b3 = load(i + 3);
        const auto b4 = load(i + 4);
        const auto token = _mm_and_si128(equal(b0, '_'), equal(b3, 'k'));
        const auto secret = _mm_and_si128(equal(b3, 'r'), equal(b4, 'e'));
        const auto api_key = _mm_and_si128(equal(b2, '_'), equal(b3, 'k'));
        const auto mcp = _mm_and_si128(equal(b2, '"'), equal(b4, 'c'));
        const auto servers = _mm_and_si128(equal(b2, 'v'), equal(b3, 'e'));
        const auto any =
            _mm_or_si128(_mm_or_si128(_mm_or_si128(token, secret), servers), _mm_or_si128(api_key, mcp));
        const auto quoted = _mm_and_si128(any, equal(load(i + 6), '"'));
        const auto escaped = _mm_and_si128(_mm_and_si128(equal(b0, '\\'), equal(b2, '0')), equal(b3, '0'));
        auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(quoted, escaped)));
        for (; mask != 0; mask &= mask - 1) {
            const auto at = i + static_cast<std::size_t>(__builtin_ctz(mask));
            if (is_hint(data + at) || is_escaped_letter(data + at)) {
                return at;
            }
        }
    }
#endif
    for (; i + 7 <= body.size(); ++i) {
        if (is_hint(data + i) || is_escaped_letter(data + i)) {
            return i;
        }
    }
    return std::string_view::npos;
}

void credentials_in_json(std::string_view text, std::size_t base, std::vector<credential_range>& out) {
    credential_walk{text, base, out}.run();
}

}  // namespace tapes::http
