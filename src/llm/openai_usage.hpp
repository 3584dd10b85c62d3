#pragma once

#include "json.hpp"

#include <tapes/merkle/usage.hpp>

namespace tapes::llm {

// The `usage` of an answer. Throw simdjson::simdjson_error.

/// Of Chat Completions; what compatible servers tell under other names counts where there is none.
void read_chat_usage(json_value from, merkle::usage& out);
/// Of Responses.
void read_responses_usage(json_value from, merkle::usage& out);

}  // namespace tapes::llm
