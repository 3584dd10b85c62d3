#pragma once

#include "json.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace tapes::llm::anthropic_messages {

// Write JSON that is kept as JSON: in a form that does not depend on white space and escapes (numbers stay as
// they are written), without what clients and SDKs change between turns. The functions throw
// simdjson::simdjson_error, also for nesting beyond 512.

/// The members that are left out at every depth. Clients set `cache_control` on other blocks with each turn.
/// Where the API knows each member, null and absent are one thing, and SDKs turn the one into the other;
/// inside of what is not known, null may mean something.
enum class left_out { nothing, cache_control, cache_control_and_null };

/// Writes a value.
std::string plain_json(json_value from, left_out omitted = left_out::cache_control_and_null);

/// Writes a JSON text with nothing left out; a text that is no object stays as it is.
std::string plain_text(std::string json);

/// Writes the members of a block as an object, without `cache_control`, those that are null and those named
/// in `taken`; `below` is what is left out inside of the members.
std::string plain_members(json_object from, std::initializer_list<std::string_view> taken,
                          left_out below = left_out::cache_control_and_null);

}  // namespace tapes::llm::anthropic_messages
