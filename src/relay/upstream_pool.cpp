#include "upstream_pool.hpp"

#include <algorithm>

namespace tapes::relay {

std::optional<channel> upstream_pool::take(const origin& upstream) {
    const auto found = idle_.find(upstream.name);
    if (found == idle_.end()) {
        return std::nullopt;
    }
    auto& stack = found->second;
    while (!stack.empty()) {
        auto newest = std::move(stack.back().stream);
        stack.pop_back();
        // Also where it was used only just now: bytes that came after its last answer would be read as the
        // beginning of the next one.
        if (newest.is_quiet()) {
            return newest;
        }
        newest.close();
    }
    return std::nullopt;
}

void upstream_pool::give(const origin& upstream, channel idle) {
    auto& stack = idle_[upstream.name];
    if (stack.size() < max_idle) {
        stack.push_back({std::move(idle), clock_.now()});
    } else {
        idle.close();
    }
}

void upstream_pool::close_idle(std::chrono::seconds older_than) {
    const auto limit = clock_.now() - older_than;
    for (auto& [name, stack] : idle_) {
        const auto first_young = std::find_if(stack.begin(), stack.end(),
                                              [&](const idle_channel& one) { return one.since > limit; });
        for (auto old = stack.begin(); old != first_young; ++old) {
            old->stream.close();
        }
        stack.erase(stack.begin(), first_young);
    }
}

}  // namespace tapes::relay
