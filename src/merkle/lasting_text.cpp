#include "lasting_text.hpp"

#include <algorithm>
#include <array>

namespace tapes::merkle {
namespace {

// What Claude Code 2.1 writes anew with `-c` and `--resume`.

/// Begins a line; from there on the block quotes the state of the git tree.
constexpr std::string_view git_status = "gitStatus:";

/// The rest of a line from here on names the model, or the day: "You are powered by the model named Opus 4.6
/// (with 1M context). The exact model ID is claude-opus-4-6[1m].", "Today's date: 2026-11-28".
constexpr std::array<std::string_view, 2> changing_lines{"You are powered by the model", "Today's date:"};

/// What names the size of a context window, in parentheses: "(1M context)", "(with 1M context)".
constexpr std::string_view window_end = "context)";
constexpr std::size_t longest_window = 24;
/// The same in the id of a model.
constexpr std::string_view window_suffix = "[1m]";

std::size_t find_git_status(std::string_view text) noexcept {
    auto at = text.find(git_status);
    while (at != std::string_view::npos && at != 0 && text[at - 1] != '\n') {
        at = text.find(git_status, at + 1);
    }
    return at;
}

bool may_change(std::string_view text) noexcept {
    const auto has = [text](std::string_view part) { return text.find(part) != std::string_view::npos; };
    return has(window_end) || has(window_suffix) || std::ranges::any_of(changing_lines, has);
}

/// Removes what names a context window from what was written so far, which ends with `window_end`.
void drop_window(std::string& written) {
    const auto from = written.size() - std::min(written.size(), longest_window);
    const auto tail = std::string_view{written}.substr(from);
    const auto open = tail.rfind('(');
    if (open == std::string_view::npos || tail.find('\n', open) != std::string_view::npos ||
        tail.find_first_of("0123456789", open) == std::string_view::npos) {
        return;
    }
    written.resize(from + open);
    if (written.ends_with(' ')) {
        written.pop_back();
    }
}

/// Copies a text without what changes in its lines.
std::string without_changes(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        for (const auto start : changing_lines) {
            line = line.substr(0, std::min(line.find(start), line.size()));
        }
        while (!line.empty()) {
            const auto window = line.find(window_end);
            const auto suffix = line.find(window_suffix);
            if (window == suffix) {  // neither is there
                out.append(line);
                break;
            }
            if (window < suffix) {
                out.append(line.substr(0, window + window_end.size()));
                drop_window(out);
                line.remove_prefix(window + window_end.size());
            } else {
                out.append(line.substr(0, suffix));
                line.remove_prefix(suffix + window_suffix.size());
            }
        }
        text.remove_prefix(end);
        if (!text.empty()) {
            out.push_back('\n');
            text.remove_prefix(1);
        }
    }
    return out;
}

}  // namespace

std::optional<std::string> lasting_text(std::string_view text) {
    const auto status = find_git_status(text);
    const bool changes = may_change(text);
    if (status == std::string_view::npos && !changes) {
        return std::nullopt;
    }
    if (status != std::string_view::npos) {
        text = text.substr(0, status);
        text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    }
    return changes ? without_changes(text) : std::string{text};
}

}  // namespace tapes::merkle
