#include "arrivals.hpp"

#include "tapes/sync/condition_variable.hpp"
#include "tapes/sync/mutex.hpp"

namespace tapes::record {

struct arrivals::ticket::state {
    sync::mutex mutex;
    sync::condition_variable arrived;
    std::set<std::uint64_t> underway TAPES_GUARDED_BY(mutex);
    std::uint64_t next TAPES_GUARDED_BY(mutex) = 1;
};

arrivals::arrivals() : state_{std::make_shared<ticket::state>()} {}

std::shared_ptr<arrivals::ticket> arrivals::enter() {
    // Made first: a number that is under way without a ticket would be waited for, for ever.
    std::shared_ptr<ticket> made{new ticket{state_, 0}};
    const sync::lock_guard guard{state_->mutex};
    state_->underway.insert(state_->next);
    made->number_ = state_->next++;
    return made;
}

arrivals::ticket::~ticket() {
    const sync::lock_guard guard{state_->mutex};
    state_->underway.erase(number_);
    state_->arrived.notify_all();
}

void arrivals::ticket::await_older(std::chrono::milliseconds time) const {
    sync::unique_lock lock{state_->mutex};
    const auto deadline = sync::condition_variable::clock::now() + time;
    while (*state_->underway.begin() < number_ && state_->arrived.wait_until(lock, deadline)) {
    }
}

}  // namespace tapes::record
