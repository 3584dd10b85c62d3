#pragma once

#include "json.hpp"

#include <tapes/merkle/usage.hpp>

namespace tapes::llm::gemini {

/// Reads a `usageMetadata`. Throws simdjson::simdjson_error.
void read_usage(json_value from, merkle::usage& out);

}  // namespace tapes::llm::gemini
