#include "repeats.hpp"

#include <algorithm>

namespace tapes::tape {

std::int64_t repeats::next(std::span<const std::int64_t> answers) {
    const sync::lock_guard held{mutex_};
    auto& given = given_[answers.front()];
    const auto next = std::ranges::upper_bound(answers, given);
    if (next == answers.end()) {
        return end_ == at_end::last_again ? answers.back() : 0;
    }
    return given = *next;
}

}  // namespace tapes::tape
