#pragma once

#include <tapes/config/config.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// How the text of a value becomes a value, and back. Every reader throws bad_value with what would be right.
namespace tapes::config {

struct bad_value : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// In the reference's words, which scripts may know, and which name the value.
struct reference_text : bad_value {
    using bad_value::bad_value;
};

/// A value as it was written: text, or the elements of a list.
struct raw {
    std::string text;
    std::vector<std::string> items;
    bool list = false;
};

/// What must be one text; a list is refused.
const std::string& text_of(const raw& value);

milliseconds parse_duration(std::string_view text);  ///< "250ms", "30s", "5m", "1h", "7d"; no unit: seconds
std::string show_duration(milliseconds value);
std::uint64_t parse_bytes(std::string_view text);  ///< "256MiB", "1GB", "4096"
std::string show_bytes(std::uint64_t value);
std::uint64_t parse_count(std::string_view text);
listen_address parse_listen(std::string_view text);
std::string parse_url(std::string_view text);  ///< http(s), no query or fragment; without trailing slash
std::vector<std::string> split_list(std::string_view text);
std::string trimmed(std::string_view text);
/// Tells whether there is something, but nothing that can be seen: white space, also Unicode's, or controls.
bool is_blank(std::string_view text);

template <std::int64_t Least = 1>
struct as_duration {
    static constexpr const char* form = "duration";
    static void read(const raw& from, milliseconds& to) {
        to = parse_duration(text_of(from));
        if (to.count() < Least) {
            throw bad_value{"must be more than 0"};
        }
    }
    static std::string show(milliseconds value) { return show_duration(value); }
};

template <std::uint64_t Least, std::uint64_t Most = UINT64_MAX>
struct as_bytes {
    static constexpr const char* form = "size";
    template <class Number>
    static void read(const raw& from, Number& to) {
        const auto value = parse_bytes(text_of(from));
        if (value < Least || value > Most) {
            throw bad_value{"must be at least " + show_bytes(Least) +
                            (Most == UINT64_MAX ? "" : " and at most " + show_bytes(Most))};
        }
        to = static_cast<Number>(value);
    }
    static std::string show(std::uint64_t value) { return show_bytes(value); }
};

template <std::uint64_t Least, std::uint64_t Most>
struct as_count {
    static constexpr const char* form = "number";
    template <class Number>
    static void read(const raw& from, Number& to) {
        const auto value = parse_count(text_of(from));
        if (value < Least || value > Most) {
            throw bad_value{"must be between " + std::to_string(Least) + " and " + std::to_string(Most)};
        }
        to = static_cast<Number>(value);
    }
    template <class Number>
    static std::string show(Number value) {
        return std::to_string(value);
    }
};

struct as_text {
    static constexpr const char* form = "text";
    static void read(const raw& from, std::string& to) { to = trimmed(text_of(from)); }
    static std::string show(const std::string& value) { return value; }
};

/// A secret that says nothing is none, though who wrote it may think that there is one.
struct as_token : as_text {
    static void read(const raw& from, std::string& to) {
        as_text::read(from, to);
        if (is_blank(text_of(from))) {
            throw bad_value{"is blank; leave it out, or give a token that has visible characters"};
        }
    }
};

struct as_path : as_text {
    static constexpr const char* form = "path";
};

struct as_url : as_text {
    static constexpr const char* form = "URL";
    static void read(const raw& from, std::string& to) { to = parse_url(trimmed(text_of(from))); }
};

/// A URL, or "" for what another key says.
struct as_optional_url : as_text {
    static constexpr const char* form = "URL";
    static void read(const raw& from, std::string& to) {
        const auto text = trimmed(text_of(from));
        to = text.empty() ? text : parse_url(text);
    }
};

struct as_upstream : as_text {
    static constexpr const char* form = "URL | mock";
    static void read(const raw& from, std::string& to) {
        const auto text = trimmed(text_of(from));
        to = text == "mock" ? text : parse_url(text);
    }
};

struct as_provider : as_text {
    /// Whose API it is, or who serves one. The first three are the reference's.
    static constexpr std::array<std::string_view, 12> providers{"anthropic",  "openai",     "ollama", "azure",
                                                                "bedrock",    "databricks", "gemini", "groq",
                                                                "openrouter", "mistral",    "vertex", "xai"};
    static constexpr const char* form =
        "anthropic | openai | ollama | azure | bedrock | databricks | gemini | groq | openrouter | mistral | "
        "vertex | xai | auto";
    static void read(const raw& from, std::string& to);
};

struct as_listen {
    static constexpr const char* form = "host:port";
    static void read(const raw& from, listen_address& to) { to = parse_listen(trimmed(text_of(from))); }
    static std::string show(const listen_address& value) { return value.text(); }
};

/// As above, or "" / "none" for no listener.
struct as_optional_listen : as_listen {
    static constexpr const char* form = "host:port | none";
    static void read(const raw& from, listen_address& to);
};

struct as_switch {
    static constexpr const char* form = "true | false";
    static void read(const raw& from, bool& to);
    static std::string show(bool value) { return value ? "true" : "false"; }
};

struct as_names {
    static constexpr const char* form = "comma-separated list";
    static void read(const raw& from, std::vector<std::string>& to);
    static std::string show(const std::vector<std::string>& value);
};

/// A list of names; in flags and variables comma-separated.
struct as_choices {
    static constexpr const char* form = "list";
    static void read(const raw& from, std::vector<std::string>& to);
    static std::string show(const std::vector<std::string>& value) { return as_names::show(value); }
};

/// Types of events.
struct as_events {
    static constexpr const char* form = "list of event types";
    static void read(const raw& from, std::vector<std::string>& to);
    static std::string show(const std::vector<std::string>& value) { return as_names::show(value); }
};

struct as_patterns {
    static constexpr const char* form = "list of RE2 patterns";
    static void read(const raw& from, std::vector<std::string>& to);
    static std::string show(const std::vector<std::string>& value);
};

/// Names of header fields whose values are redacted.
struct as_header_names : as_choices {
    static constexpr const char* form = "list of names, with * for any characters";
    static void read(const raw& from, std::vector<std::string>& to);
};

/// Names of members of bodies, and of parameters, whose values are redacted.
struct as_member_names : as_choices {
    static constexpr const char* form = "list of names, with * for any characters";
    static void read(const raw& from, std::vector<std::string>& to);
};

/// Origins of web pages, as browsers write them, or "*".
struct as_origins : as_choices {
    static constexpr const char* form = "list of origins, or *";
    static void read(const raw& from, std::vector<std::string>& to);
};

/// `["tapes.node.v1=aggressive"]`: names of retry policies by what they are for.
struct as_policy_names {
    static constexpr const char* form = "list of NAME=POLICY";
    static void read(const raw& from, std::map<std::string, std::string>& to);
    static std::string show(const std::map<std::string, std::string>& value);
};

/// `["slow=5 retries, 60s to 1h, times 2"]`
struct as_policies {
    static constexpr const char* form = "list of NAME=N retries, BASE to CAP, times FACTOR";
    static void read(const raw& from, std::map<std::string, retry_figures>& to);
    static std::string show(const std::map<std::string, retry_figures>& value);
};

/// Stands before the path of a file that holds a token.
inline constexpr std::string_view token_file_prefix = "file:";

/// `["alice=TOKEN", "bob=file:/run/secrets/bob"]`: who may use the proxy.
struct as_clients {
    static constexpr const char* form = "list of NAME=TOKEN or NAME=file:PATH";
    static void read(const raw& from, std::map<std::string, std::string>& to);
    static std::string show(const std::map<std::string, std::string>& value);
    /// Adds one; throws bad_value where the name or the token will not do.
    static void add(std::map<std::string, std::string>& to, const std::string& name,
                    const std::string& token);
};

struct as_publisher {
    static constexpr const char* form = "nop | kafka";
    static void read(const raw& from, publisher_type& to);
    static std::string show(publisher_type value);
};

/// The names of an enumeration's values, in order.
inline constexpr std::array<std::string_view, 2> names_of(client_gone) {
    return {"cancel", "drain"};
}
inline constexpr std::array<std::string_view, 3> names_of(ack_mode) {
    return {"bounded", "wait", "none"};
}
inline constexpr std::array<std::string_view, 3> names_of(wire_mode) {
    return {"turns", "all", "none"};
}
inline constexpr std::array<std::string_view, 2> names_of(durability) {
    return {"full", "normal"};
}
inline constexpr std::array<std::string_view, 2> names_of(cursor_start) {
    return {"beginning", "now"};
}
inline constexpr std::array<std::string_view, 3> names_of(offset_start) {
    return {"earliest", "latest", "error"};
}
inline constexpr std::array<std::string_view, 5> names_of(log_level) {
    return {"trace", "debug", "info", "warn", "error"};
}
inline constexpr std::array<std::string_view, 2> names_of(log_format) {
    return {"text", "json"};
}

template <class Enum>
struct as_one_of {
    static std::string choices() {
        std::string all;
        for (const auto name : names_of(Enum{})) {
            all += (all.empty() ? "" : " | ") + std::string{name};
        }
        return all;
    }
    static inline const std::string form = choices();
    static void read(const raw& from, Enum& to) {
        const auto names = names_of(Enum{});
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (text_of(from) == names[i]) {
                to = static_cast<Enum>(i);
                return;
            }
        }
        throw bad_value{"must be one of " + choices()};
    }
    static std::string show(Enum value) {
        return std::string{names_of(value)[static_cast<std::size_t>(value)]};
    }
};

}  // namespace tapes::config
