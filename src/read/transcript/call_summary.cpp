#include "transcript/call_summary.hpp"

#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace tapes::read {

namespace {

constexpr std::size_t most_summary = 1024;

/// Members that tell what a call is about, the best first. The tools of Claude Code (command, file_path,
/// notebook_path, pattern, url, query, description, skill), Codex (command, cmd, query, path), OpenCode
/// (command, filePath, pattern, url, description), aider and the common MCP servers name them so.
constexpr std::array<std::string_view, 26> telling_members{
    "command",  "cmd",       "commands",      "script",  "code",  "file_path", "filePath", "filepath", "file",
    "filename", "file_name", "notebook_path", "pattern", "regex", "query",     "queries",  "q",        "url",
    "uri",      "path",      "description",   "prompt",  "task",  "skill",     "question", "title"};

/// Members within which the arguments of an item of OpenAI Responses stand.
constexpr std::array<std::string_view, 3> inner_members{"action", "arguments", "input"};

struct json_part {
    std::string_view key;    ///< escapes as they are
    std::string_view value;  ///< as written; a string that was cut lacks its end
};

/// The members of an object whose end may be missing.
std::vector<json_part> parts_of(std::string_view object) {
    constexpr std::size_t most_parts = 64;
    std::vector<json_part> parts;
    text::json_cursor at{object};
    if (!at.take('{')) {
        return parts;
    }
    while (parts.size() < most_parts && at.peek() == '"') {
        const auto key = at.string();
        if (at.failed() || !at.take(':')) {
            break;
        }
        at.peek();
        const auto begin = at.offset();
        at.skip_value();
        const auto end = at.failed() ? object.size() : at.offset();
        parts.push_back({key, object.substr(begin, end - begin)});
        if (at.failed() || !at.take(',')) {
            break;
        }
    }
    return parts;
}

/// What a value says: a string without its escapes, an array of strings as words, anything else as it is.
std::string text_of(std::string_view value) {
    if (value.starts_with('"')) {
        const auto inside = value.substr(1);
        const auto* const end = text::json_string_end(inside.data(), inside.data() + inside.size());
        const auto size = end == nullptr ? inside.size() : static_cast<std::size_t>(end - inside.data()) - 1;
        return text::json_unescaped(inside.substr(0, size));
    }
    if (!value.starts_with('[')) {
        return std::string{value};
    }
    std::string words;
    text::json_cursor at{value};
    at.take('[');
    while (at.peek() == '"' && words.size() < most_summary) {
        const auto word = at.string();
        if (at.failed()) {
            break;
        }
        words += (words.empty() ? "" : " ") + text::json_unescaped(word);
        if (!at.take(',')) {
            break;
        }
    }
    return words;
}

std::string cut_summary(std::string text) {
    if (text.size() > most_summary) {
        text.resize(text::character_start(text, most_summary));
    }
    return text;
}

/// The files of a patch in the form that Codex' `apply_patch` takes.
std::string files_of_patch(std::string_view patch) {
    std::string files;
    for (std::size_t at = 0; at < patch.size() && files.size() < most_summary;) {
        const auto end = std::min(patch.find('\n', at), patch.size());
        const auto line = patch.substr(at, end - at);
        const auto mark = line.find(" File: ");
        if (line.starts_with("*** ") && mark != std::string_view::npos) {
            files += (files.empty() ? "" : " ") + std::string{line.substr(mark + 7)};
        }
        at = end + 1;
    }
    return files;
}

const json_part* find_part(const std::vector<json_part>& parts, std::string_view name) {
    const auto found = std::ranges::find(parts, name, &json_part::key);
    return found == parts.end() ? nullptr : &*found;
}

std::string summary_of(std::string_view arguments, int depth);

std::string summary_of_text(std::string text, int depth) {
    if (text.starts_with("*** Begin Patch")) {
        return files_of_patch(text);
    }
    return depth > 0 && text.starts_with('{') ? summary_of(text, depth - 1) : text;
}

std::string summary_of(std::string_view arguments, int depth) {
    const auto parts = parts_of(arguments);
    if (parts.empty()) {
        return summary_of_text(text_of(arguments == "{}" ? std::string_view{} : arguments), 0);
    }
    for (const auto name : telling_members) {
        const auto* const part = find_part(parts, name);
        auto told = part == nullptr ? std::string{} : text_of(part->value);
        if (told.empty()) {
            continue;
        }
        const auto* const path = name == "pattern" ? find_part(parts, "path") : nullptr;
        return path == nullptr ? summary_of_text(std::move(told), 0) : told + " in " + text_of(path->value);
    }
    for (const auto name : inner_members) {
        if (const auto* const part = find_part(parts, name); part != nullptr && depth > 0) {
            return part->value.starts_with('{') ? summary_of(part->value, depth - 1)
                                                : summary_of_text(text_of(part->value), depth);
        }
    }
    const auto plain =
        std::ranges::find_if(parts, [](const json_part& one) { return one.value.starts_with('"'); });
    return plain == parts.end() ? std::string{arguments} : text_of(plain->value);
}

}  // namespace

std::string call_summary(std::string_view arguments) {
    return cut_summary(summary_of(arguments, 2));
}

std::string json_member(std::string_view object, std::string_view name) {
    const auto parts = parts_of(object);
    const auto* const found = find_part(parts, name);
    return found == nullptr ? std::string{} : cut_summary(text_of(found->value));
}

}  // namespace tapes::read
