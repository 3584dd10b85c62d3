#pragma once

#include <tapes/catalogue/text_finder.hpp>
#include <tapes/read/search.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace tapes::read {

/// A stretch of one block with most of what was looked for.
struct chosen_snippet {
    catalogue::text_piece from;
    search_snippet made;
};

/// Chooses the block in which most of what was looked for stands close together, and cuts out at most `most`
/// bytes around it. Nothing where no place is in a piece.
std::optional<chosen_snippet> choose_snippet(const catalogue::node_text& text,
                                             const catalogue::text_outline& outline,
                                             const std::vector<catalogue::text_place>& places,
                                             std::size_t most);

/// Returns where text may be cut at or before `at`: not within a character, nor between it and its marks.
std::size_t cut_before(std::string_view text, std::size_t at) noexcept;

}  // namespace tapes::read
