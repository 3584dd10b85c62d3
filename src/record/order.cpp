#include "order.hpp"

namespace tapes::record {

struct order::ticket::state {
    std::mutex mutex;
    std::condition_variable arrived;
    std::set<std::uint64_t> underway;
    std::uint64_t next = 1;
};

order::order() : state_{std::make_shared<ticket::state>()} {}

std::shared_ptr<order::ticket> order::enter() {
    const std::lock_guard guard{state_->mutex};
    const auto number = state_->next++;
    state_->underway.insert(number);
    return std::shared_ptr<ticket>{new ticket{state_, number}};
}

order::ticket::~ticket() {
    const std::lock_guard guard{of_->mutex};
    of_->underway.erase(number_);
    of_->arrived.notify_all();
}

void order::ticket::await_older(std::chrono::milliseconds time) const {
    std::unique_lock lock{of_->mutex};
    of_->arrived.wait_for(lock, time, [&] { return *of_->underway.begin() >= number_; });
}

}  // namespace tapes::record
