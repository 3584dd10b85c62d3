#include "secrets/unescaped_text.hpp"

#include <tapes/text/json_string.hpp>

#include <algorithm>
#include <array>

namespace tapes::exports {

namespace {

bool is_in(char c, char first, char last) noexcept {
    return c >= first && c <= last;
}

/// The size of ESC at the beginning of a text, as a byte or as source text writes it; 0 where there is none.
std::size_t escape_size(std::string_view text) noexcept {
    static constexpr std::array<std::string_view, 11> written{"\x1b",  "\\u001b", "\\u001B",     "\\x1b",
                                                              "\\x1B", "\\033",   "\\u{1b}",     "\\u{1B}",
                                                              "\\e",   "^[",      "\xe2\x90\x9b"};
    for (const auto one : written) {
        if (text.starts_with(one)) {
            return one.size();
        }
    }
    return 0;
}

/// The size of what is left of a control sequence behind its introducer (ECMA-48 §5.4): parameters,
/// intermediate bytes and a final one; 0 where it has none.
std::size_t control_size(std::string_view text) noexcept {
    constexpr std::size_t most_parameters = 64;
    std::size_t at = 0;
    while (at < text.size() && at < most_parameters && is_in(text[at], '0', '?')) {
        ++at;
    }
    while (at < text.size() && at < most_parameters && is_in(text[at], ' ', '/')) {
        ++at;
    }
    return at < text.size() && is_in(text[at], '@', '~') ? at + 1 : 0;
}

/// The size of an operating system command behind its introducer (a link, a title), to BEL or ST.
std::size_t command_size(std::string_view text) noexcept {
    constexpr std::size_t longest = 4096;
    const auto end = text.substr(0, longest).find_first_of("\x07\x1b\n");
    if (end == std::string_view::npos || text[end] == '\n') {
        return 0;
    }
    if (text[end] == '\x07') {
        return end + 1;
    }
    return text.substr(end).starts_with("\x1b\\") ? end + 2 : 0;
}

/// The size of colours whose ESC was lost on their way (`[01;31m[K`); 0 where there are none.
std::size_t bare_colour_size(std::string_view text) noexcept {
    const auto size = text.starts_with('[') ? control_size(text.substr(1)) : 0;
    const auto last = size == 0 ? '\0' : text[size];
    const auto parameters = size == 0 ? std::string_view{} : text.substr(1, size - 1);
    const bool plain = parameters.find_first_not_of("0123456789;") == std::string_view::npos;
    return plain && (last == 'K' || last == 'm') ? size + 1 : 0;
}

/// The size of the control sequence at the beginning of a text; 0 where there is none.
std::size_t sequence_size(std::string_view text) noexcept {
    const auto escape = escape_size(text);
    if (escape == 0) {
        return bare_colour_size(text);
    }
    const auto rest = text.substr(escape);
    if (rest.starts_with('[')) {
        const auto size = control_size(rest.substr(1));
        return size == 0 ? 0 : escape + 1 + size;
    }
    if (rest.size() >= 2 && is_in(rest[0], '(', '+') && is_in(rest[1], '0', 'Z')) {
        return escape + 2;  // a set of characters: `tput sgr0` ends with one
    }
    if (escape == 1 && rest.starts_with(']')) {
        const auto size = command_size(rest.substr(1));
        return size == 0 ? 0 : escape + 1 + size;
    }
    return escape == 1 && !rest.empty() && std::string_view{"78=>cM"}.find(rest[0]) != std::string_view::npos
               ? escape + 1
               : 0;
}

bool may_begin_escape(char c) noexcept {
    return c == '\x1b' || c == '\\' || c == '[' || c == '^' || c == '\xe2';
}

/// The size of a control sequence with the backslashes before it: JSON within JSON has several. 0 where there
/// is none.
std::size_t whole_sequence_size(std::string_view text) noexcept {
    constexpr std::size_t most_backslashes = 4;
    std::size_t skipped = 0;
    while (skipped < most_backslashes && text.substr(skipped).starts_with("\\\\")) {
        ++skipped;
    }
    const auto size = sequence_size(text.substr(skipped));
    const bool written = skipped == 0 || text[skipped] == '\\';
    return size != 0 && written ? skipped + size : 0;
}

}  // namespace

unescaped_text::unescaped_text(std::string_view from) {
    constexpr std::size_t code_unit_size = 6;
    std::size_t begin = 0;  // of what is not yet taken over
    for (std::size_t at = 0; at < from.size();) {
        if (!may_begin_escape(from[at])) {
            ++at;
            continue;
        }
        const auto rest = from.substr(at);
        const int unit = text::json_code_unit(rest);
        const bool undone = unit >= 0x20 && unit < 0x7f;
        const auto taken_out = undone ? 0 : whole_sequence_size(rest);
        if (!undone && taken_out == 0) {
            ++at;
            continue;
        }
        text_.append(from.substr(begin, at - begin));
        begin = at + (undone ? code_unit_size : taken_out);
        if (undone) {
            text_ += static_cast<char>(unit);
        }
        add_joint(begin, undone ? begin : at);
        at = begin;
    }
    if (changed()) {
        text_.append(from.substr(begin));
    }
}

void unescaped_text::add_joint(std::size_t source, std::size_t end_before) {
    if (!joints_.empty() && joints_.back().at == text_.size()) {
        joints_.back().source = source;
    } else {
        joints_.push_back({text_.size(), source, end_before});
    }
}

const unescaped_text::joint* unescaped_text::joint_before(std::size_t at) const noexcept {
    const auto next = std::ranges::upper_bound(joints_, at, {}, &joint::at);
    return next == joints_.begin() ? nullptr : &*(next - 1);
}

std::size_t unescaped_text::source_of(std::size_t at) const noexcept {
    const auto* const last = joint_before(at);
    return last == nullptr ? at : last->source + (at - last->at);
}

std::size_t unescaped_text::end_in_source(std::size_t at) const noexcept {
    const auto* const last = joint_before(at);
    return last != nullptr && last->at == at ? last->end_before : source_of(at);
}

bool unescaped_text::is_joint(std::size_t at) const noexcept {
    const auto* const last = joint_before(at);
    return last != nullptr && last->at == at;
}

}  // namespace tapes::exports
