#pragma once

#include "json.hpp"

#include <tapes/merkle/usage.hpp>

namespace tapes::llm::openai {

// What OpenAI's two APIs tell in the `usage` of an answer. The functions throw simdjson::simdjson_error.

/// Reads the usage of Chat Completions. What compatible servers tell under other names counts where the API's
/// own names are absent.
void read_chat_usage(json_value from, merkle::usage& out);

/// Reads the usage of Responses.
void read_responses_usage(json_value from, merkle::usage& out);

}  // namespace tapes::llm::openai
