#pragma once

#include "json.hpp"

#include <tapes/merkle/usage.hpp>

namespace tapes::llm::openai_chat {

/// The `usage` of an answer; what compatible servers tell under other names counts where there is none.
/// Throws simdjson::simdjson_error.
void read_usage(json_value from, merkle::usage& out);

}  // namespace tapes::llm::openai_chat
