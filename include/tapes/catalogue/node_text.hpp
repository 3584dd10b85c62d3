#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::catalogue {

/// A part of a node that is searched.
enum class text_part : unsigned { text = 0, tool_arguments = 1, tool_results = 2, thinking = 3 };
inline constexpr std::size_t text_parts = 4;
inline constexpr unsigned all_text_parts = 15;  ///< a bit for each: 1 << part
std::string_view to_string(text_part value) noexcept;

/// What is searched of a node, part by part. Valid UTF-8 where the content is.
struct node_text {
    std::string text;            ///< what was said, refusals included
    std::string tool_arguments;  ///< names of tools, and the values of their arguments without their names
    std::string tool_results;
    std::string thinking;

    bool empty() const noexcept {
        return text.empty() && tool_arguments.empty() && tool_results.empty() && thinking.empty();
    }
    std::array<const std::string*, text_parts> parts() const noexcept {
        return {&text, &tool_arguments, &tool_results, &thinking};
    }
    bool operator==(const node_text&) const = default;
};

/// A block of a content, as far as a search asks for it.
struct text_block {
    std::string tool;     ///< that it calls, or whose result it says it is; at most 256 bytes
    std::string call_id;  ///< escaped as in the content; at most 256 bytes
    bool is_result = false;
    bool is_error = false;
};

/// A stretch of a part of a node, with the block that it is of.
struct text_piece {
    text_part part = text_part::text;
    std::size_t block = 0;  ///< its place in the content, from 0
    std::size_t first = 0;  ///< byte of the part
    std::size_t size = 0;
};

/// Where a node's text comes from.
struct text_outline {
    std::vector<text_block> blocks;
    std::vector<text_piece> pieces;  ///< those of a part ascending
};

/// The version of `node_text_of` and `words_for_index`, which stands in the index: what they made of a node
/// is needed again to take it out.
inline constexpr int extractor_version = 1;

/// The most that is taken of each part: what follows is not found.
inline constexpr std::size_t most_text_bytes = 4U << 20U;

/// Reads a content in event form. Linear in its bytes, without recursion, however deep it is; of what is no
/// such content it takes what it can. What comes from different places of a part is parted by line ends.
/// `outline` is filled where it is given.
node_text node_text_of(std::string_view content, text_outline* outline = nullptr);

}  // namespace tapes::catalogue
