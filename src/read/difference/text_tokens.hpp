#pragma once

#include <tapes/read/text_difference.hpp>

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tapes::read {

/// Cuts a text into lines with their ends, or into words, runs of blanks, and single other characters. All
/// parts together are the text.
std::vector<std::string_view> text_tokens(std::string_view text, text_unit unit);

/// Gives equal tokens equal numbers, which begin with 0.
class token_numbers {
public:
    std::vector<std::uint32_t> number(const std::vector<std::string_view>& tokens);

private:
    std::unordered_map<std::string_view, std::uint32_t> known_;
};

}  // namespace tapes::read
