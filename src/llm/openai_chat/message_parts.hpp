#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <string>
#include <vector>

namespace tapes::llm::openai_chat {

// Read what a message of Chat Completions holds beside its content, and append it as blocks. The functions
// throw simdjson::simdjson_error.

/// Reads `tool_calls`.
void read_calls(json_value from, std::vector<merkle::block>& to);

/// Reads `function_call`, as calls were before `tool_calls`. One that names no function and has no arguments
/// is no call.
void read_function_call(json_value from, std::vector<merkle::block>& to);

/// Reads `audio` as two blocks: its id, by which a later request names it, and its data and transcript, which
/// clients drop.
void read_audio(json_value from, std::vector<merkle::block>& to);

/// Reads `annotations`, which clients drop.
void read_annotations(json_value from, std::vector<merkle::block>& to);

/// Reads `images` that the model made, which clients drop.
void read_images(json_value from, std::vector<merkle::block>& to);

/// Returns true for a member of an answer that lists what the answer was made of (Perplexity, xAI).
bool is_source(std::string_view key) noexcept;

/// Reads such a member, which clients drop.
void read_source(std::string_view key, json_value from, std::vector<merkle::block>& to);

/// Assigns the signature in Gemini's `extra_content`, {"google": {"thought_signature": "…"}}, where there is
/// one.
void read_thought_signature(json_value extra, std::string& signature);

}  // namespace tapes::llm::openai_chat
