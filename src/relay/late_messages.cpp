#include "late_messages.hpp"

#include <utility>

namespace tapes::relay {

namespace {

/// How long messages behind the last one of an answer are expected.
constexpr std::chrono::milliseconds longest_expectation{2000};

}  // namespace

void late_messages::expect(record::recorder& recorder, capture::exchange& ended, std::string_view lane) {
    end();
    rest_ = recorder.expect_rest(ended);
    lane_ = lane;
    received_ = ended.response_received;
    last_byte_at_ = ended.last_byte_at;
    set_deadline(longest_expectation);
}

void late_messages::take(std::string_view event, std::string_view lane) {
    if (rest_ && (lane.empty() || lane == lane_)) {
        received_ += event.size();
        last_byte_at_ = wall_clock();
        rest_->append(event, steady_us());
    }
}

void late_messages::end() noexcept {
    clear_deadline();
    if (const auto rest = std::exchange(rest_, nullptr)) {
        rest->end(capture::end_reason::complete, last_byte_at_, received_);
    }
}

}  // namespace tapes::relay
