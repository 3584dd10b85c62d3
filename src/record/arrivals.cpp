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
    const sync::lock_guard guard{state_->mutex};
    const auto number = state_->next++;
    state_->underway.insert(number);
    return std::shared_ptr<ticket>{new ticket{state_, number}};
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
