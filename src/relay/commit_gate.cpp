#include "commit_gate.hpp"

#include "io_thread.hpp"
#include "use_result.hpp"

namespace tapes::relay {

commit_gate::commit_gate(io_thread& home) : home_{home}, timer_{home.context()} {}

bool commit_gate::applies_to(std::string_view method, std::string_view path) const noexcept {
    const auto& parts = home_.parts();
    return parts.options.ack != record::ack_mode::none &&
           parts.surroundings.recorder.may_be_turn(method, path);
}

void commit_gate::expect(capture::exchange& ended) {
    if (ack_ == nullptr) {
        ack_ = std::make_shared<acknowledgement>(home_.lane(), timer_);
    }
    ack_->expect_one();
    ended.waiter = ack_;
}

void commit_gate::forget() noexcept {
    if (ack_ != nullptr) {
        ack_->forget();
        ack_.reset();
    }
}

asio::awaitable<void> commit_gate::wait(const interruption& stop) {
    const auto& parts = home_.parts();
    const bool bounded = parts.options.ack == record::ack_mode::bounded;
    if (expecting() && !(bounded && parts.surroundings.recorder.store_failing())) {
        if (bounded) {
            timer_.expires_after(parts.options.ack_timeout);
        } else {
            timer_.expires_at(steady_time::max());
        }
        bool in_time = true;
        while (!ack_->is_settled() && in_time && !stop.cut) {
            const auto [woken] = co_await timer_.async_wait(use_result);
            in_time = static_cast<bool>(woken);
        }
        if (!ack_->is_settled()) {
            withheld_ = !bounded;
            if (bounded) {
                home_.count_ack_timeout();
            }
        }
    }
    forget();
}

asio::awaitable<bool> commit_gate::pause(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    const auto [woken] = co_await timer_.async_wait(use_result);
    co_return !woken;
}

}  // namespace tapes::relay
