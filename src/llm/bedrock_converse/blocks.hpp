#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <vector>

namespace tapes::llm::bedrock_converse {

/// Appends what an array of content blocks says, of requests and answers alike. Throws
/// simdjson::simdjson_error.
void read_content(json_value from, std::vector<merkle::block>& to);

}  // namespace tapes::llm::bedrock_converse
