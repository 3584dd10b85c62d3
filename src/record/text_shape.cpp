#include "text_shape.hpp"

#include <tapes/text/json_cursor.hpp>

#include <algorithm>
#include <array>

namespace tapes::record {

namespace {

constexpr std::string_view blank = " \t\r\n";

std::string_view from_first_mark(std::string_view text) noexcept {
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());
    }
    text.remove_prefix(std::min(text.find_first_not_of(blank), text.size()));
    return text;
}

/// No JSON and no event stream has other control characters in its first bytes; most codings have.
bool is_text(std::string_view bytes) noexcept {
    constexpr std::size_t looked_at = 128;
    return std::ranges::all_of(bytes.substr(0, looked_at), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 || blank.find(c) != std::string_view::npos;
    });
}

}  // namespace

bool looks_like_events(std::string_view text) noexcept {
    static constexpr std::array<std::string_view, 5> starts{"data:", "event:", "id:", "retry:", ":"};
    const auto begin = from_first_mark(text);
    return std::ranges::any_of(starts, [&](auto one) { return begin.starts_with(one); });
}

bool looks_readable(std::string_view bytes) noexcept {
    const auto begin = from_first_mark(bytes);
    return (begin.starts_with('{') || begin.starts_with('[') || looks_like_events(begin)) && is_text(begin);
}

std::optional<std::string_view> only_json(std::string_view text) noexcept {
    text::json_cursor at{text};
    if (const char first = at.peek(); first != '{' && first != '[') {
        return std::nullopt;
    }
    at.skip_value();
    if (at.failed()) {
        return std::nullopt;
    }
    const auto json = text.substr(0, at.offset());
    auto rest = text.substr(at.offset());
    while (true) {
        rest.remove_prefix(std::min(rest.find_first_not_of(blank), rest.size()));
        if (rest.empty()) {
            return json;
        }
        if (!rest.starts_with("data:")) {
            return std::nullopt;
        }
        rest.remove_prefix(std::string_view{"data:"}.size());
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        if (!rest.starts_with("[DONE]")) {
            return std::nullopt;
        }
        rest.remove_prefix(std::string_view{"[DONE]"}.size());
    }
}

void each_json(std::string_view text, const std::function<bool(std::string_view json)>& visit) {
    text::json_cursor at{text};
    const bool is_array = at.take('[');
    while (at.peek() == '{') {
        const auto begin = at.offset();
        at.skip_value();
        if (at.failed() || !visit(text.substr(begin, at.offset() - begin))) {
            return;
        }
        if (is_array) {
            at.take(',');
        }
    }
}

}  // namespace tapes::record
