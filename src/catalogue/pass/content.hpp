#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What the pass over the log wants to know of contents in event form. Views are into the content. JSON texts
/// are as they stand there, with their escapes: that form is canonical, so that equal texts are equal bytes.
namespace tapes::catalogue {

/// A call of a tool, or the result of one.
struct tool_block {
    std::string_view id;     ///< of the call; escaped
    std::string_view name;   ///< escaped; "": the content does not say
    std::string_view input;  ///< JSON of the arguments
    std::size_t bytes = 0;   ///< of the arguments, or of the result
    bool is_error = false;
};

struct node_tools {
    std::vector<tool_block> calls;
    std::vector<tool_block> results;
};

/// Whether a content may hold calls or results. Cheap.
bool may_hold_tools(std::string_view content) noexcept;
node_tools tools_in(std::string_view content);

/// The texts of its text blocks, escaped.
std::vector<std::string_view> texts_in(std::string_view content);
/// Whether one of its blocks is of that type.
bool has_block(std::string_view content, std::string_view type);

/// A hash of text, by which it is found again; white space at both ends does not count.
std::int64_t hash_of_text(std::string_view text);
/// The string values of an object's members, and of arrays among them, escaped, that are long enough to be
/// told apart.
std::vector<std::string_view> strings_in(std::string_view object);

/// The first line of an answer that is long enough to be known again, escaped; "": it has none.
std::string_view telling_line(std::string_view content);
/// Calls `visit` with each line of an escaped text that a telling line may be.
template <class Visit>
void visit_lines(std::string_view escaped, Visit&& visit);

inline constexpr std::size_t least_line = 40;
inline constexpr std::size_t least_string = 8;
std::string_view trimmed_escapes(std::string_view text) noexcept;

template <class Visit>
void visit_lines(std::string_view escaped, Visit&& visit) {
    while (!escaped.empty()) {
        const auto end = escaped.find("\\n");
        const auto line = trimmed_escapes(escaped.substr(0, end));
        if (line.size() >= least_line && !visit(line)) {
            return;
        }
        escaped = end == std::string_view::npos ? std::string_view{} : escaped.substr(end + 2);
    }
}

}  // namespace tapes::catalogue
