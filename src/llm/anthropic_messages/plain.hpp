#pragma once

#include "json.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace tapes::llm::anthropic_messages {

// JSON that is kept as it is: in a form that does not depend on white space and escapes (numbers stay as they
// are written), without what clients and SDKs change between turns. These throw simdjson::simdjson_error,
// also for nesting beyond 512.

/// What is left out at every depth. Clients set `cache_control` on other blocks with each turn. Where the API
/// knows each member, null and absent are one thing, and SDKs turn the one into the other; inside of what is
/// not known, null may mean something.
enum class left_out { nothing, cache_control, cache_control_and_null };

std::string plain(json_value from, left_out what = left_out::cache_control_and_null);

/// Of a JSON text, with nothing left out; what is no object stays as it is.
std::string plain_text(std::string json);

/// The members of a block as an object, without `cache_control`, those that are null and those named in
/// `taken`; `below` is what is left out inside of the members.
std::string plain_members(json_object from, std::initializer_list<std::string_view> taken,
                          left_out below = left_out::cache_control_and_null);

}  // namespace tapes::llm::anthropic_messages
