#include "transcript/dropped_list.hpp"

#include <utility>

namespace tapes::read {

std::optional<exchange> dropped_list::next(std::int64_t before) {
    constexpr std::size_t page = 256;
    while (true) {
        if (read_) {
            const bool comes = before == 0 || read_->seq < before;
            return comes ? std::exchange(read_, std::nullopt) : std::nullopt;
        }
        if (page_.empty() && !ended_) {
            const auto found = from_.catalogue->exchanges(session_, 0, after_, page);
            page_.assign(found.begin(), found.end());
            ended_ = found.size() < page;
            after_ = found.empty() ? after_ : found.back();
        }
        if (page_.empty() || (before != 0 && page_.front() >= before)) {
            return std::nullopt;
        }
        auto found = from_.find_exchange(page_.front());
        page_.pop_front();
        if (found && !found->drop_reason.empty()) {
            read_ = std::move(found);
        }
    }
}

}  // namespace tapes::read
