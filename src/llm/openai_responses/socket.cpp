#include <tapes/llm/api.hpp>
#include <tapes/llm/socket.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace tapes::llm {

namespace {

constexpr std::string_view spaces = " \t\r\n";

/// Reads the members of a JSON object, one level deep and no deeper than it must: the text may break off.
class members {
public:
    explicit members(std::string_view text) noexcept : rest_{text} {
        skip_space();
        take('{');
    }

    /// The next member, its value as it stands there (a string without its quotes); false at the end.
    bool next(std::string_view& key, std::string_view& value) noexcept {
        skip_space();
        take(',');
        skip_space();
        if (!take('"') || !take_string(key)) {
            return false;
        }
        skip_space();
        if (!take(':')) {
            return false;
        }
        skip_space();
        if (take('"')) {
            return take_string(value);
        }
        value = {};
        return skip_value();
    }

private:
    bool take(char c) noexcept {
        if (rest_.empty() || rest_.front() != c) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    void skip_space() noexcept {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(spaces), rest_.size()));
    }

    /// Up to the closing quote.
    bool take_string(std::string_view& out) noexcept {
        for (auto at = rest_.find('"'); at != std::string_view::npos; at = rest_.find('"', at + 1)) {
            std::size_t escapes = 0;
            while (escapes < at && rest_[at - 1 - escapes] == '\\') {
                ++escapes;
            }
            if (escapes % 2 == 0) {
                out = rest_.substr(0, at);
                rest_.remove_prefix(at + 1);
                return true;
            }
        }
        return false;
    }

    /// A number, a word, an object or an array.
    bool skip_value() noexcept {
        std::size_t depth = 0;
        while (true) {
            const auto at = rest_.find_first_of("\"{}[],");
            if (at == std::string_view::npos) {
                return false;
            }
            const char c = rest_[at];
            if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
                rest_.remove_prefix(at);
                return true;
            }
            rest_.remove_prefix(at + 1);
            if (c == '"') {
                std::string_view passed;
                if (!take_string(passed)) {
                    return false;
                }
            } else if (c == '{' || c == '[') {
                ++depth;
            } else if (c != ',' && --depth == 0) {
                return true;
            }
        }
    }

    std::string_view rest_;
};

/// `response.append` asked for an answer in the first form of the protocol; `response.done` ended one.
constexpr std::array<std::string_view, 2> asking{"response.create", "response.append"};
constexpr std::array<std::string_view, 6> ending{"response.completed", "response.incomplete",
                                                 "response.failed",    "error",
                                                 "response.done",      "response.cancelled"};

template <class List>
bool has(const List& list, std::string_view name) noexcept {
    return std::find(list.begin(), list.end(), name) != list.end();
}

socket_message look(std::string_view text) noexcept {
    socket_message seen;
    std::string_view key;
    std::string_view value;
    bool typed = false;
    members all{text};
    while (all.next(key, value)) {
        if (key == "type") {
            typed = true;
            seen.what = has(asking, value)   ? socket_message::kind::asks
                        : has(ending, value) ? socket_message::kind::ends
                                             : socket_message::kind::other;
        } else if (key == "stream_id") {
            seen.lane = value;
        }
        if (typed && !seen.lane.empty()) {
            break;
        }
    }
    return seen;
}

}  // namespace

socket_look find_socket_look(std::string_view target) noexcept {
    const auto* const spoken = find_api("POST", target);
    return spoken != nullptr && spoken->name == "openai_responses" ? look : nullptr;
}

}  // namespace tapes::llm
