#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <vector>

namespace tapes::llm::anthropic_messages {

/// Appends the blocks of a message's `content` (or a request's `system`): a string, or an array of content
/// blocks; null has none. Throws simdjson::simdjson_error.
void read_content(json_value from, std::vector<merkle::block>& to);

}  // namespace tapes::llm::anthropic_messages
