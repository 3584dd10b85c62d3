#pragma once

#include <tapes/read/difference.hpp>
#include <tapes/read/exchange.hpp>
#include <tapes/read/request_parts.hpp>
#include <tapes/read/sources.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapes::read {

/// A field of two heads whose values differ; "": the head has none of that name.
struct field_difference {
    std::string name;  ///< in small letters
    std::string left, right;
};

/// Where a part of a request stands on one side.
struct part_side {
    std::size_t number = 0, block = 0;  ///< as in request_part
    std::uint64_t bytes = 0;            ///< of its JSON
    std::string cache_control;
};

/// What became of a part of a request.
struct part_difference {
    change kind = change::same;
    part_kind part = part_kind::parameter;
    std::string name, type;  ///< as in request_part
    std::optional<part_side> left, right;
    /// Only its `cache_control` differs.
    bool only_cache_control = false;
    shown_text text;
    json_comparison values;  ///< where both are JSON, instead of `text`
};

/// One of two exchanges.
struct exchange_side {
    exchange told;
    bool has_bytes = false;    ///< what was on the wire is kept
    std::string fault;         ///< why its request was not read to its end; "": it was
    std::string goes_on_from;  ///< as in request_parts
    std::uint64_t parts = 0;
};

/// How two exchanges differ, from their requests to their answers.
struct exchange_comparison {
    exchange_side left, right;
    /// Fields that differ, without those that differ by their nature (dates, ids of requests, lengths).
    std::vector<field_difference> request_fields, response_fields;
    std::uint64_t same_parts = 0;
    std::vector<part_difference> parts;  ///< those that differ, in the order in which a provider reads them
    std::uint64_t more_parts = 0;        ///< that differ and are not told
    bool tools_reordered = false;        ///< both have tools of the same names, in another order
    std::optional<message_difference> answer;  ///< nothing where neither gave one
};

/// Compares two exchanges (`seq`); nothing where one of them is not there. Both requests are held.
std::optional<exchange_comparison> compare_exchanges(sources& from, std::int64_t left, std::int64_t right,
                                                     text_unit unit = text_unit::words);

}  // namespace tapes::read
