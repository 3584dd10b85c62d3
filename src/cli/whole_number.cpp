#include "commands.hpp"

#include <charconv>
#include <cstdint>

namespace tapes::cli {

std::string whole_number(const std::string& text) {
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [last, failed] = std::from_chars(text.data(), end, number);
    const bool good = failed == std::errc{} && last == end && number >= 0;
    return good ? "" : "must be a whole number, not \"" + text + "\"";
}

}  // namespace tapes::cli
