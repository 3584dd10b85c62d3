#include "watchdog.hpp"

#include <algorithm>

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

watchdog::watched::extension::~extension() {
    auto** link = &owner_.extensions_;
    while (*link != this) {
        link = &(*link)->next_;
    }
    *link = next_;
}

/// Asks the extensions. True when one of them puts the deadline off.
bool watchdog::watched::put_off() noexcept {
    std::chrono::milliseconds extra{0};
    for (auto* one = extensions_; one != nullptr; one = one->next_) {
        extra = std::max(extra, one->extra());
    }
    if (extra.count() > 0) {
        set_deadline(extra);
    }
    return extra.count() > 0;
}

void watchdog::look(steady_time now) {
    now_ = now;
    for_each([&](watched& one) {
        if (one.deadline_ <= now_) {
            one.clear_deadline();
            if (!one.put_off()) {
                one.expired();
            }
        }
    });
}

}  // namespace tapes::relay
