#include <tapes/llm/api.hpp>
#include <tapes/llm/socket.hpp>
#include <tapes/text/json_cursor.hpp>

#include <algorithm>
#include <array>

namespace tapes::llm {

namespace {

/// Reads the members of a JSON object, one level deep: the text may break off, and a comma may be missing.
class members {
public:
    explicit members(std::string_view text) noexcept : at_{without_mark(text)} { at_.take('{'); }

    /// Reads the next member, its value as it stands there: a string without its quotes, "" for anything
    /// else. Returns false at the end.
    bool next(std::string_view& key, std::string_view& value) noexcept {
        at_.take(',');
        key = at_.string();
        if (at_.failed() || !at_.take(':')) {
            return false;
        }
        value = {};
        if (at_.peek() == '"') {
            value = at_.string();
        } else {
            at_.skip_value();
        }
        return !at_.failed();
    }

private:
    /// RFC 8259 §8.1 lets readers pass over a byte order mark.
    static std::string_view without_mark(std::string_view text) noexcept {
        constexpr std::string_view mark = "\xEF\xBB\xBF";
        text.remove_prefix(text.starts_with(mark) ? mark.size() : 0);
        return text;
    }

    text::json_cursor at_;
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
            seen.type = has(asking, value)   ? socket_message::kind::asks
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
