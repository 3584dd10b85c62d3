#include "search/search_cursor.hpp"

#include <tapes/read/search.hpp>

#include <array>
#include <bit>
#include <charconv>

namespace tapes::read {

namespace {

/// FNV-1a, 32 bits: tells cursors of other requests, which nobody needs to forge.
std::uint32_t sign_of(const search_request& request) {
    std::uint32_t made = 2166136261U;
    const auto add = [&made](std::string_view text) {
        for (const char c : text) {
            made = (made ^ static_cast<unsigned char>(c)) * 16777619U;
        }
        made = (made ^ 0xFFU) * 16777619U;
    };
    add(request.query.words);
    add(std::to_string(request.parts) + (request.newest ? "newest" : "best"));
    for (const auto& one : request.query.conditions) {
        add(to_string(one.key));
        // An age is another moment with each page.
        add(one.value + (one.negated ? "-" : "+"));
    }
    return made;
}

constexpr std::size_t cursor_fields = 6;

}  // namespace

std::string to_string(const search_cursor& from, const search_request& request) {
    const std::array<std::uint64_t, cursor_fields> fields{sign_of(request),
                                                          static_cast<std::uint64_t>(from.anchor),
                                                          static_cast<std::uint64_t>(from.top),
                                                          static_cast<std::uint64_t>(from.bottom),
                                                          std::bit_cast<std::uint64_t>(from.score),
                                                          static_cast<std::uint64_t>(from.node)};
    std::string made;
    for (const auto field : fields) {
        std::array<char, 16> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), field, 16).ptr;
        made.append(made.empty() ? "" : "-").append(digits.data(), end);
    }
    return made;
}

std::optional<search_cursor> read_cursor(std::string_view text, const search_request& request) {
    std::array<std::uint64_t, cursor_fields> fields{};
    const char* at = text.data();
    const char* const end = at + text.size();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i != 0 && (at == end || *at++ != '-')) {
            return std::nullopt;
        }
        const auto read = std::from_chars(at, end, fields[i], 16);
        if (read.ec != std::errc{}) {
            return std::nullopt;
        }
        at = read.ptr;
    }
    const search_cursor made{static_cast<std::int64_t>(fields[1]), static_cast<std::int64_t>(fields[2]),
                             static_cast<std::int64_t>(fields[3]), std::bit_cast<double>(fields[4]),
                             static_cast<std::int64_t>(fields[5])};
    const bool sound = at == end && fields[0] == sign_of(request) && made.anchor >= 0 && made.top >= 0 &&
                       made.bottom >= 0 && made.node >= 0;
    return sound ? std::optional{made} : std::nullopt;
}

}  // namespace tapes::read
