#include "openai_responses/history.hpp"

#include "content_blocks.hpp"
#include "openai_responses/items.hpp"

#include <utility>

namespace tapes::llm::openai_responses {

void history::add(json_object from) {
    item read = read_item(from, items_);
    if (read.from == side::nobody) {
        return;
    }
    if (read.hosted) {
        hosted_.insert(read.call_id);
    }
    const bool apart = read.from == side::apart;
    const bool by_model = read.from == side::model || read.role.empty() ||
                          (read.from == side::either && hosted_.contains(read.call_id));
    if (!by_model) {
        open_ = false;
        messages_.push_back({std::move(read.role), std::move(read.content)});
        return;
    }
    if (read.content.empty() && (open_ || apart)) {
        return;
    }
    // Without content it may stand for an answer of which the client dropped everything.
    open_ = open_ && !apart;
    if (!std::exchange(open_, !apart)) {
        messages_.push_back({"assistant", {}});
    }
    append_blocks(messages_.back().content, std::move(read.content));
}

std::vector<merkle::message> history::take() && {
    for (auto& message : messages_) {
        mark_blank_text(message);
    }
    return std::move(messages_);
}

}  // namespace tapes::llm::openai_responses
