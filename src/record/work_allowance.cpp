#include "work_allowance.hpp"

#include <ctime>
#include <utility>

namespace tapes::record {

namespace {

/// What takes longer may not keep every worker busy.
constexpr std::chrono::milliseconds short_work{100};

std::chrono::nanoseconds thread_time() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
}

}  // namespace

work_allowance::work_allowance(work_queue& queue, std::chrono::nanoseconds limit, bool is_long,
                               work_notices tell)
    : queue_{queue}, limit_{limit}, began_{thread_time()}, tell_{std::move(tell)}, is_long_{is_long} {}

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
    const auto used = thread_time() - began_;
    if (used >= limit_) {
        return false;
    }
    if (!is_long_ && used >= short_work) {
        is_long_ = queue_.begin_long();
        comes_again_ = !is_long_;
    }
    if (auto told = is_long_ ? std::exchange(tell_.at_long, nullptr) : nullptr) {
        told();
    }
    return !comes_again_;
}

}  // namespace tapes::record
