#include "watchdog.hpp"

namespace tapes::relay {

watchdog::watched::watched(watchdog& home) noexcept : home_{home}, next_{home.first_} {
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
    home_.first_ = this;
}

watchdog::watched::~watched() {
    (previous_ != nullptr ? previous_->next_ : home_.first_) = next_;
    if (next_ != nullptr) {
        next_->previous_ = previous_;
    }
}

void watchdog::look(steady_time now) {
    now_ = now;
    for_each([&](watched& one) {
        if (one.deadline_ <= now_) {
            one.clear_deadline();
            one.expired();
        }
    });
}

}  // namespace tapes::relay
