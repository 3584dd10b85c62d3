#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <cstdint>

namespace tapes::llm::openai_chat {

/// Where a message stands. In an answer a member that is not known may be something that was said; in a
/// request it is the client's own.
enum class message_side : std::uint8_t { request, answer };

/// Reads a message of a request or an answer. Throws simdjson::simdjson_error.
merkle::message read_message(json_object from, message_side side);

}  // namespace tapes::llm::openai_chat
