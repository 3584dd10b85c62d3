#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::read {

struct search_request;

/// Where a page of hits goes on.
struct search_cursor {
    std::int64_t anchor = 0;  ///< the newest node when the first page was read
    std::int64_t top = 0;     ///< the newest node of the portion at hand
    std::int64_t bottom = 0;  ///< its oldest; 0: it has not been looked through
    double score = 0;         ///< of the last hit of the page before, in this portion
    std::int64_t node = 0;    ///< and its node; 0: the portion begins

    bool operator==(const search_cursor&) const = default;
};

/// As text without spaces, which only goes with the same request. Hits may be asked for in other numbers.
std::string to_string(const search_cursor& from, const search_request& request);
/// Nothing where the text is no cursor of that request.
std::optional<search_cursor> read_cursor(std::string_view text, const search_request& request);

}  // namespace tapes::read
