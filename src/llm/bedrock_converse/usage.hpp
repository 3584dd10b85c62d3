#pragma once

#include "json.hpp"

#include <tapes/merkle/usage.hpp>

namespace tapes::llm::bedrock_converse {

/// Reads the `usage` of an answer. Its `inputTokens` are those that no cache had to do with. Throws
/// simdjson::simdjson_error.
void read_usage(json_value from, merkle::usage& out);

}  // namespace tapes::llm::bedrock_converse
