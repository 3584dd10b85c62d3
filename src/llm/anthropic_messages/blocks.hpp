#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <vector>

namespace tapes::llm::anthropic_messages {

/// Appends the blocks that a message's `content` (or a request's `system`) says: a string, or an array of
/// content blocks; null says nothing. Throws simdjson::simdjson_error.
void read_content(json_value from, std::vector<merkle::block>& to);

}  // namespace tapes::llm::anthropic_messages
