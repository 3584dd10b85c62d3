#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::catalogue {

/// What is searched of a node, part by part. Valid UTF-8 where the content is.
struct node_text {
    std::string text;            ///< what was said, refusals included
    std::string tool_arguments;  ///< names of tools, and the values of their arguments without their names
    std::string tool_results;
    std::string thinking;

    bool empty() const noexcept {
        return text.empty() && tool_arguments.empty() && tool_results.empty() && thinking.empty();
    }
    bool operator==(const node_text&) const = default;
};

/// The version of `node_text_of` and `words_for_index`, which stands in the index: what they made of a node
/// is needed again to take it out.
inline constexpr int extractor_version = 1;

/// The most that is taken of each part: what follows is not found.
inline constexpr std::size_t most_text_bytes = 4U << 20U;

/// Reads a content in event form. Linear in its bytes, without recursion, however deep it is; of what is no
/// such content it takes what it can. Parts are separated by line ends.
node_text node_text_of(std::string_view content);

}  // namespace tapes::catalogue
