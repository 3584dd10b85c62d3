#include "early_work.hpp"

#include <utility>

namespace tapes::record {

early_work* early_work::find(const capture::exchange& exchange) noexcept {
    return dynamic_cast<early_work*>(exchange.prepared.get());
}

bool early_work::begin() {
    const sync::lock_guard lock{mutex_};
    if (state_ != state::waits) {
        return false;
    }
    state_ = state::runs;
    return true;
}

void early_work::end(std::unique_ptr<request_work> made) {
    // Notified under the lock, as whoever takes the result may destroy this at once.
    const sync::lock_guard lock{mutex_};
    made_ = std::move(made);
    state_ = state::over;
    ended_.notify_all();
}

std::unique_ptr<request_work> early_work::take() {
    sync::unique_lock lock{mutex_};
    while (state_ == state::runs) {
        ended_.wait(lock);
    }
    state_ = state::over;
    return std::move(made_);
}

bool early_work::leave(task& ended) {
    const sync::lock_guard lock{mutex_};
    if (state_ != state::runs) {
        return false;
    }
    left_ = std::move(ended);
    return true;
}

task early_work::take_left() {
    const sync::lock_guard lock{mutex_};
    return std::move(left_);
}

bool early_work::is_running() const {
    const sync::lock_guard lock{mutex_};
    return state_ == state::runs;
}

}  // namespace tapes::record
