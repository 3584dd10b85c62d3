#pragma once

#include "json.hpp"
#include "openai_responses/items.hpp"

#include <tapes/llm/api.hpp>

#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tapes::llm::openai_responses {

/// Gathers the items of a history into messages: neighbours that belong to one answer become one message,
/// but a compaction is a message of its own, for an answer may go on from it. (Where it was
/// said in one answer, the messages are found as that answer, see record::join_answers.) Items of an answer
/// that say nothing make no message, nor do lists of tools.
class history {
public:
    explicit history(const item_source& items) : items_(items) {}

    void add(json_object from);
    std::vector<merkle::message> take() &&;

private:
    const item_source& items_;
    std::vector<merkle::message> messages_;
    std::set<std::string> hosted_;  ///< calls whose output the provider sends
    bool open_ = false;             ///< the last message is the model's and may go on
};

}  // namespace tapes::llm::openai_responses
