#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <string>
#include <vector>

namespace tapes::llm::ollama {

// Reads the messages of Ollama's own API. The functions that take JSON throw simdjson::simdjson_error.

/// A message in the making: its blocks by the kinds in whose order they are kept, whatever the order of the
/// keys.
struct draft {
    std::string role;
    std::string tool_name;
    std::string tool_call_id;
    std::vector<merkle::block> thinking;
    std::vector<merkle::block> content;
    std::vector<merkle::block> images;
    std::vector<merkle::block> calls;
};

/// Takes a `content`, `response` or `prompt`.
void read_content(json_value from, draft& out);

/// Takes a `thinking`.
void read_thinking(json_value from, draft& out);

/// Takes `images`, or one `image`.
void read_images(json_value from, draft& out);

/// Takes `tool_calls`.
void read_calls(json_value from, draft& out);

/// Makes the message.
merkle::message finish(draft from);

/// Reads a message of a chat.
merkle::message read_message(json_object from);

}  // namespace tapes::llm::ollama
