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

/// What names the size of a context window, in parentheses: "(1M context)", "(with 1M context)", "(200k
/// context window)".
constexpr std::array<std::string_view, 2> window_ends{"context)", "context window)"};
constexpr std::size_t longest_window = 32;
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
    return std::ranges::any_of(window_ends, has) || has(window_suffix) ||
           std::ranges::any_of(changing_lines, has);
}

/// Removes what names a context window from the end of what was written so far.
void drop_window(std::string& written) {
    if (written.ends_with(window_suffix)) {
        written.resize(written.size() - window_suffix.size());
        return;
    }
    const auto from = written.size() - std::min(written.size(), longest_window);
    const auto tail = std::string_view{written}.substr(from);
    const auto open = tail.rfind('(');
    const bool is_window =
        std::ranges::any_of(window_ends, [tail](std::string_view one) { return tail.ends_with(one); }) &&
        open != std::string_view::npos && tail.find('\n', open) == std::string_view::npos &&
        tail.find_first_of("0123456789", open) != std::string_view::npos;
    if (!is_window) {
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
            const auto closing = std::min(line.find_first_of(")]"), line.size() - 1) + 1;
            out.append(line.substr(0, closing));
            line.remove_prefix(closing);
            drop_window(out);
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
