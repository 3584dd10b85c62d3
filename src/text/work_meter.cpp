#include <tapes/text/work_meter.hpp>

namespace tapes::text {

void work_meter::ask() {
    if (!stopped_) {
        stopped_ = true;  // also where the question throws
        stopped_ = goes_on_ && !goes_on_(steps_);
        next_ = stopped_ ? 0 : steps_ + interval_;
    }
    if (stopped_) {
        throw work_stopped{};
    }
}

}  // namespace tapes::text
