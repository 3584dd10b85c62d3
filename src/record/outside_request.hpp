#pragma once

#include <tapes/record/intake.hpp>
#include <tapes/store/entry.hpp>

#include <string>
#include <string_view>

namespace tapes::record {

/// Returns what is wrong with an exchange before it is mapped, and what would be right; "" where nothing is.
std::string problem_of(const outside_exchange& one);

/// Tells whether an answer is events as they came: its head says so, or there is none and it looks so.
bool is_event_text(std::string_view response, std::string_view response_head);

/// Makes plain heads where there are none.
void fill_heads(outside_exchange& one, bool event_stream);

/// Returns the content codings of a body. Where it is readable as it is, whatever its head says, there are
/// none, and the fields that told them are taken out of `head`.
std::string take_codings(std::string& head, std::string_view body);

/// Tells whether an id is one of id_of() in which no time stands.
bool is_timeless(const capture::uuid& id) noexcept;

/// Returns such an id with a time in it, and any other as it is.
capture::uuid with_time(capture::uuid id, capture::timestamp at) noexcept;

/// Says why an exchange gives no turn, and what would.
std::string refusal_text(capture::drop_reason reason, const store::entry& made);

}  // namespace tapes::record
