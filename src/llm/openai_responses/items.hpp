#pragma once

#include "json.hpp"

#include <tapes/llm/api.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tapes::llm::openai_responses {

// Items of an `input` or `output`, mapped. The functions throw simdjson::simdjson_error.

/// Whose message an item of a history belongs to.
enum class side : std::uint8_t {
    model,   ///< said in an answer: one message with its neighbours of that kind
    client,  ///< a message of its own
    either   ///< not to be told without its neighbours (what a reference names, what a shell put out)
};

struct item {
    side from = side::model;
    std::string role;  ///< of a message of its own
    std::string id;
    std::string call_id;
    bool hosted = false;  ///< a call whose output the provider itself puts into the answer
    std::vector<merkle::block> content;
};

/// Maps one item. `items` may be empty; an item that it knows stands for the reference.
item read_item(json_object from, const item_source& items);

/// Only whose message the item belongs to.
side side_of(json_object from);

/// Gathers the items of a history into messages: the neighbours that an answer said become one. An answer's
/// items that say nothing make no message.
class history {
public:
    explicit history(const item_source& items) : items_(items) {}

    void add(json_object from);
    std::vector<merkle::message> take() && { return std::move(messages_); }

private:
    const item_source& items_;
    std::vector<merkle::message> messages_;
    std::set<std::string> hosted_;  ///< calls whose output the provider sends
    bool open_ = false;             ///< the last message is the model's and may go on
};

}  // namespace tapes::llm::openai_responses
