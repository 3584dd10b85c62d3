#include "acknowledgement.hpp"
#include "transfer.hpp"
#include "use_result.hpp"

namespace tapes::relay {

namespace {

/// What may still come after the event that ends an answer: usage, [DONE], the last chunk.
constexpr std::chrono::milliseconds after_end_event{20};

}  // namespace

/// Hands the exchange over. Nothing is captured after this.
void transfer::seal(capture::end_reason how) {
    if (!exchange_) {
        return;
    }
    const bool passed = how == capture::end_reason::complete && !(hold_ && body_->end_seen());
    if (!passed && !client_gone_ && client_.client().is_broken()) {
        client_gone_ = left_early_ = true;  // it was closed before the end, which has not passed yet
    }
    exchange_->ended = left_early_                  ? capture::end_reason::client_closed
                       : body_ && body_->end_seen() ? capture::end_reason::complete
                                                    : how;
    exchange_->last_byte_at = wall_clock();
    if (body_) {
        body_->seal();
    }
    const bool has_end = exchange_->ended == capture::end_reason::complete || !held_.empty();
    if (hold_ && has_end && !client_gone_) {
        ack_ = std::make_shared<acknowledgement>(home_.lane(), gate_);
        exchange_->waiter = ack_;
    }
    watch_.reset();  // it looks into the exchange
    home_.hand_over(std::move(exchange_));
}

void transfer::seal_soon() {
    sealing_soon_ = true;
    client_.clear_deadline();
    rest_of_deadline_ = std::chrono::milliseconds{0};
    spawn(seal_later(*this));
}

asio::awaitable<void> transfer::seal_later(transfer& self) {
    if (self.stopping()) {
        co_return;
    }
    self.gate_.expires_after(after_end_event);
    const auto [cancelled] = co_await self.gate_.async_wait(use_result);
    if (!cancelled && !self.stopping()) {
        self.seal_now_ = true;
        if (self.upstream_) {
            self.upstream_->cancel();
        }
    }
}

/// Waits until the exchange is durable, as far as `record.ack` says so, and lets the held end go.
asio::awaitable<void> transfer::commit_and_release() {
    if (exchange_) {
        co_await end_helpers();
        seal(capture::end_reason::complete);
    }
    const bool bounded = parts_.options.ack == record::ack_mode::bounded;
    const auto& recorder = parts_.surroundings.recorder;
    if (ack_ && !(bounded && recorder.store_failing())) {
        phase_ = phase::acknowledge;
        timed_out_ = false;  // of the client, perhaps; that gives it no end before its time
        rest_of_deadline_ = std::chrono::milliseconds{0};
        if (bounded) {
            client_.set_deadline(parts_.options.ack_timeout);
        } else {
            client_.clear_deadline();
        }
        while (!ack_->is_settled() && !timed_out_ && !cut_) {
            gate_.expires_at(steady_time::max());
            co_await gate_.async_wait(use_result);
        }
        client_.clear_deadline();
        phase_ = phase::exchange;
        if (!ack_->is_settled()) {
            end_withheld_ = !bounded;  // only a cut ends this wait
            if (bounded) {
                home_.count_ack_timeout();
            }
        }
        timed_out_ = false;
    }
    if (ack_) {
        ack_->forget();
        ack_.reset();
    }
    if (body_) {
        body_->release();
    }
    if (!to_send_.empty()) {
        held_.insert(0, to_send_);
        to_send_.clear();
    }
    if (!held_.empty() && !client_gone_ && !end_withheld_) {
        const bool sent = co_await client_.send(held_);
        client_gone_ = !sent;
    }
    held_ = {};
}

}  // namespace tapes::relay
