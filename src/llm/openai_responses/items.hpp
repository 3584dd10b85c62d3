#pragma once

#include "json.hpp"

#include <tapes/llm/api.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tapes::llm::openai_responses {

// Map the items of an `input` or `output`. The functions throw simdjson::simdjson_error.

/// Tells whose message an item of a history belongs to.
enum class side : std::uint8_t {
    model,   ///< part of an answer: one message with its neighbours of that kind
    client,  ///< a message of its own
    either,  ///< only its neighbours can tell (what a reference names, what a shell put out)
    apart,  ///< the model's, in a history a message of its own: what follows may go on from it (a compaction)
    nobody  ///< no message: metadata of the request (a list of tools)
};

struct item {
    side from = side::model;
    std::string role;  ///< of a message of its own
    std::string id;
    std::string call_id;
    bool hosted = false;  ///< a call whose output the provider itself puts into the answer
    std::vector<merkle::block> content;
};

/// Maps one item. `items` may be empty. A reference to an item that it knows maps as that item.
item read_item(json_object from, const item_source& items);

/// Tells whose message an item belongs to, without mapping it.
side side_of(json_object from);

}  // namespace tapes::llm::openai_responses
