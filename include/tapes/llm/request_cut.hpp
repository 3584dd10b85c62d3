#pragma once

#include <tapes/llm/api.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm {

/// A place in a request body that comes again with every turn.
struct cut_place {
    std::size_t begin = 0;  ///< in the body, up to `end`
    std::size_t end = 0;
    std::string_view key;  ///< of the member
    /// The bytes from `begin` to `end`: the elements of the history, each with the separator before it, or
    /// the value of one standing member.
    std::vector<std::string_view> pieces;
    bool history = false;
    bool apart = false;  ///< stands at the front of the history's array, see api::set_apart
};

/// A request body cut at the elements of its history and at its standing members. Views into the body.
struct request_cut {
    std::vector<cut_place> places;  ///< in order
    std::size_t history = npos;     ///< index in `places`, npos where there is none

    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
};

/// Cuts a decoded body in one pass over its structure, without parsing it: what is between its places is not
/// checked to be JSON. Returns nothing where the body is no object, has a member twice, an escaped key or
/// unbalanced brackets. Places shorter than `least_bytes` are left out, except the history.
std::optional<request_cut> cut_request(const api& spoken, std::string_view body,
                                       std::size_t least_bytes = 256);

/// Returns the body with only the elements from `first` on in its history, and without the tools, which map
/// to no message. It maps to the leading messages and to those elements' messages.
std::string without_known(std::string_view body, const request_cut& cut, std::size_t first);

/// Returns the bytes of a string member of a JSON object, escapes as they stand; "" where it has none.
std::string_view member_text(std::string_view object, std::string_view key) noexcept;

/// Returns a piece without the separator before it: its JSON text.
std::string_view element_of(std::string_view piece) noexcept;

}  // namespace tapes::llm
