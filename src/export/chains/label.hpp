#pragma once

#include <tapes/export/secret_filter.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::exports {

/// So long titles and what calls are about are at most: longer ones were cut.
inline constexpr std::size_t longest_title = 256;
inline constexpr std::size_t longest_summary = 1024;

/// A title or the like without its secrets. `longest`: of this size, nearly, it may have been cut.
inline std::string clean_label(secret_filter& secrets, std::string_view text, std::size_t longest) {
    constexpr std::size_t largest_character = 4;
    return text.size() + largest_character > longest ? secrets.cut_text(text, "") : secrets.text(text, "");
}

}  // namespace tapes::exports
