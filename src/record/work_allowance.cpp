#include "work_allowance.hpp"

#include <ctime>
#include <utility>

namespace tapes::record {

namespace {

std::chrono::nanoseconds thread_time() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

}  // namespace

work_allowance::work_allowance(work_queue& queue, const work_limits& limits, bool is_long, work_notices tell)
    : queue_{queue}, limits_{limits}, tell_{std::move(tell)}, is_long_{is_long} {}

work_allowance::~work_allowance() {
    if (is_long_) {
        queue_.end_long();
    }
}

bool work_allowance::goes_on() {
    if (auto first = std::exchange(tell_.at_first, nullptr)) {
        first();
    }
    if (queue_.is_hurried()) {
        return false;
    }
    const auto time = used();
    if (time >= limits_.work) {
        return false;
    }
    if (!is_long_ && time >= limits_.short_work) {
        is_long_ = queue_.begin_long();
        comes_again_ = !is_long_;
    }
    if (auto told = is_long_ ? std::exchange(tell_.at_long, nullptr) : nullptr) {
        told();
    }
    return !comes_again_;
}

void work_allowance::begin_keeping() noexcept {
    began_.reset();
}

bool work_allowance::keeps_on() noexcept {
    return queue_.has_time_to_keep() && used() < limits_.keeping;
}

std::chrono::nanoseconds work_allowance::used() noexcept {
    const auto now = thread_time();
    if (!began_) {
        began_ = now;
    }
    return now - *began_;
}

}  // namespace tapes::record
