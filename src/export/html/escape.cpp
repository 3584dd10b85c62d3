#include "html/escape.hpp"

#include <tapes/text/utf8.hpp>
#include <tapes/text/visible.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace tapes::exports {

namespace {

/// What text::visible() shows as an escape, but line feeds, tabs, joiners and variation selectors, which
/// scripts and emoji need. The same as in reader.js.
bool is_marked(std::string_view character, char32_t point) noexcept {
    const bool shapes_others = point == 0x200c || point == 0x200d || (point >= 0xfe00 && point <= 0xfe0f);
    return point != '\t' && point != '\n' && !shapes_others && !text::is_visible(character);
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '&':
            out += "&amp;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out.push_back(c);
            break;
    }
}

}  // namespace

void append_html_text(std::string& out, std::string_view text) {
    while (!text.empty()) {
        const auto part = text::first_utf8(text);
        if (part.valid && is_marked(text.substr(0, part.size), part.point)) {
            std::array<char, 32> mark{};
            const auto size =
                std::snprintf(mark.data(), mark.size(), "<i>U+%04X</i>", static_cast<unsigned>(part.point));
            out.append(mark.data(), static_cast<std::size_t>(size));
        } else if (part.size == 1 && part.valid) {
            append_escaped(out, text.front());
        } else {
            text::append_code_point(out, part.point);
        }
        text.remove_prefix(part.size);
    }
}

namespace {

/// The mark of a fenced block that a line begins or ends with; "" where it is none.
std::string_view fence_mark(std::string_view line) noexcept {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (!line.starts_with("```") && !line.starts_with("~~~")) {
        return {};
    }
    return line.substr(0, std::min(line.find_first_not_of(line.front()), line.size()));
}

void append_element(std::string& out, const char* name, std::string_view text) {
    out.append("<").append(name).append(">");
    append_html_text(out, text);
    out.append("</").append(name).append(">");
}

/// A line of prose: `code` and **strong**, where they end on the same line.
void append_prose(std::string& out, std::string_view line) {
    const auto heading = line.find_first_not_of('#');
    if (heading != std::string_view::npos && heading > 0 && heading <= 6 && line[heading] == ' ') {
        append_element(out, "b", line);
        return;
    }
    while (!line.empty()) {
        const auto at = std::min(line.find('`'), line.find("**"));
        if (at == std::string_view::npos) {
            break;
        }
        const bool code = line[at] == '`';
        const std::string_view mark = code ? "`" : "**";
        const auto end = line.find(mark, at + mark.size());
        if (end == std::string_view::npos || end == at + mark.size()) {
            append_html_text(out, line.substr(0, at + mark.size()));
            line.remove_prefix(at + mark.size());
            continue;
        }
        append_html_text(out, line.substr(0, at));
        append_element(out, code ? "code" : "b", line.substr(at, end + mark.size() - at));
        line.remove_prefix(end + mark.size());
    }
    append_html_text(out, line);
}

}  // namespace

void append_html_said(std::string& out, std::string_view text) {
    std::string_view open;
    const char* block = nullptr;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        const auto behind = std::min(end + 1, text.size());
        const auto mark = fence_mark(line);
        if (open.empty() && !mark.empty()) {
            open = mark;
            block = text.data();
        } else if (open.empty()) {
            append_prose(out, line);
            append_html_text(out, text.substr(end, behind - end));
        } else if (mark.starts_with(open)) {
            append_element(out, "code", {block, static_cast<std::size_t>(text.data() + end - block)});
            append_html_text(out, text.substr(end, behind - end));
            open = {};
        }
        text.remove_prefix(behind);
        if (text.empty() && !open.empty()) {
            append_element(out, "code", {block, static_cast<std::size_t>(text.data() - block)});
        }
    }
}

std::string html_label(std::string_view text) {
    std::string made;
    for (const char c : text::visible(text)) {
        append_escaped(made, c);
    }
    return made;
}

std::string html_name(std::string_view text) {
    constexpr std::string_view plain = "-_.!~*()";
    constexpr const char* digits = "0123456789ABCDEF";
    std::string made;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool stays = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           plain.find(c) != std::string_view::npos;
        if (stays) {
            made.push_back(c);
        } else {
            made.append("%").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
        }
    }
    return made;
}

std::string html_json(std::string_view json) {
    std::string made;
    made.reserve(json.size() + json.size() / 64);
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (json[i] == '<') {
            made += "\\u003c";
        } else if (json.substr(i, 3) == "\xe2\x80\xa8" || json.substr(i, 3) == "\xe2\x80\xa9") {
            made += json[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            made.push_back(json[i]);
        }
    }
    return made;
}

std::string base64_of(const merkle::digest& bytes) {
    constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string made;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto byte = [&](std::size_t i) {
            return i < bytes.size() ? std::uint32_t{bytes.at(i)} : std::uint32_t{0};
        };
        const auto group = byte(at) << 16U | byte(at + 1) << 8U | byte(at + 2);
        for (unsigned i = 0; i < 4; ++i) {
            made.push_back(at + i > bytes.size() ? '=' : digits[group >> (18U - 6U * i) & 63U]);
        }
    }
    return made;
}

}  // namespace tapes::exports
