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
/// but a compaction is a message of its own. Items of an answer that say nothing make no message, nor do
/// lists of tools.
class history {
public:
    /// `answer`: the items are what an answer put out, so all of them are the model's, whoever ran the tools.
    explicit history(const item_source& items, bool answer = false) : items_(items), answer_(answer) {}

    void add(json_object from);
    void add(item read);
    std::vector<merkle::message> take() &&;

private:
    const item_source& items_;
    bool answer_;
    std::vector<merkle::message> messages_;
    std::set<std::string> hosted_;  ///< calls whose output the provider sends
    bool open_ = false;             ///< the last message is the model's and may go on
};

}  // namespace tapes::llm::openai_responses
