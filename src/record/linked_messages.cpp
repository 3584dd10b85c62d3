#include "linked_messages.hpp"

namespace tapes::record {

namespace {

bool same_link(const std::optional<merkle::link>& a, const std::optional<merkle::link>& b) noexcept {
    return a.has_value() == b.has_value() && (!a || (a->hash == b->hash && a->match == b->match));
}

}  // namespace

void linked_messages::link(const merkle::identity& identity, const std::optional<merkle::link>& parent,
                           const std::vector<merkle::message>& messages, std::size_t first_message) {
    if (nodes.size() == messages.size() && begins_at(parent, first_message)) {
        return;
    }
    above = parent;
    first = first_message;
    nodes.assign(messages.size(), {});
    auto at = parent;
    for (auto i = first; i < messages.size(); ++i) {
        nodes[i] = merkle::make_node(at, identity, messages[i]);
        at = nodes[i].position;
    }
}

bool linked_messages::begins_at(const std::optional<merkle::link>& link, std::size_t message) const noexcept {
    return !nodes.empty() && first == message && same_link(above, link);
}

merkle::node* linked_messages::find(const std::optional<merkle::link>& parent, std::size_t i) noexcept {
    if (i < first || i >= nodes.size() || nodes[i].content.empty()) {
        return nullptr;
    }
    const auto before = i == first ? above : std::optional{nodes[i - 1].position};
    return same_link(before, parent) ? &nodes[i] : nullptr;
}

}  // namespace tapes::record
