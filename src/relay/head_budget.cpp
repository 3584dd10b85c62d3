#include "head_budget.hpp"

namespace tapes::relay {

head_budget::holder::~holder() {
    home_.bytes_ -= counted_;
    wait_for_rest(false);
}

void head_budget::holder::wait_for_rest(bool waits) {
    if (waits == waits_) {
        return;
    }
    if (waits) {
        place_ = home_.waiting_.insert(home_.waiting_.end(), this);
    } else {
        home_.waiting_.erase(place_);
    }
    waits_ = waits;
}

bool head_budget::set(holder& one, std::size_t bytes) {
    const auto counted = bytes > free_bytes ? bytes - free_bytes : 0;
    const auto others = bytes_ - one.counted_;
    if (counted > one.counted_) {
        // First what can be had is looked at: nobody is given up in vain.
        std::size_t yielding = 0;
        for (auto next = waiting_.begin(); next != waiting_.end() && others - yielding + counted > limit_;
             ++next) {
            yielding += *next == &one ? 0 : (*next)->counted_;
        }
        if (others - yielding + counted > limit_) {
            return false;
        }
        for (auto next = waiting_.begin(); bytes_ - one.counted_ + counted > limit_;) {
            auto& oldest = **next++;
            if (&oldest != &one) {
                bytes_ -= oldest.counted_;
                oldest.counted_ = 0;
                oldest.wait_for_rest(false);
                oldest.yield_head();
            }
        }
    }
    bytes_ = bytes_ - one.counted_ + counted;
    one.counted_ = counted;
    return true;
}

}  // namespace tapes::relay
