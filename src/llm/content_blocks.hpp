#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <string>
#include <vector>

namespace tapes::llm {

// Content blocks in the making: what all APIs do alike. The functions that take JSON throw
// simdjson::simdjson_error.

/// An empty text is no block.
void add_text(std::vector<merkle::block>& to, std::string text);

/// Clients drop it on the way back; an empty one is no block.
void add_refusal(std::vector<merkle::block>& to, std::string refusal);

/// Clients drop it on the way back; without text and signature it is no block.
void add_thinking(std::vector<merkle::block>& to, std::string thinking, std::string signature = {});

/// What has no field of its own, as its JSON; `type` "" is "unknown".
merkle::block raw_block(std::string type, std::string raw);

/// The URL of an `image_url`: an object with a `url`, or the bare string.
std::string read_url(json_value from);

/// Arguments of a call, as text: an object becomes `tool_input`, unless that would lose something; then they
/// stay the text that they are (`raw`).
void set_arguments(merkle::block& call, std::string arguments);

}  // namespace tapes::llm
