#include "transfer.hpp"
#include "wall_clock.hpp"

namespace tapes::relay {

namespace {

/// The time that an upstream has for what follows the event that ends an answer: usage, [DONE], the last
/// chunk.
constexpr std::chrono::milliseconds after_end_event{20};

}  // namespace

/// Lets the upstream send what belongs to the event that ends the answer, which was just seen, before the
/// seal.
void transfer::begin_grace() {
    grace_ = grace_state::running;
    client_.clear_deadline();
    rest_of_deadline_ = std::chrono::milliseconds{0};
    helpers_.spawn(wait_out_grace(*this));
}

asio::awaitable<void> transfer::wait_out_grace(transfer& self) {
    if (self.stop_.any()) {
        co_return;
    }
    const bool passed = co_await self.gate_.pause(after_end_event);
    if (passed && !self.stop_.any()) {
        self.grace_ = grace_state::over;
        if (self.upstream_) {
            self.upstream_->cancel();
        }
    }
}

/// Hands the exchange over. Nothing is captured after this.
void transfer::seal(capture::end_reason reason) {
    if (!exchange_) {
        return;
    }
    const bool end_seen = body_ && body_->end_seen();
    const bool passed = reason == capture::end_reason::complete && (!end_seen || body_->end_passed());
    if (!passed && !client_gone() && client_.client().is_broken()) {
        client_state_ = client_state::left_early;  // it was closed before the end, which has not passed yet
    }
    exchange_->ended = client_state_ == client_state::left_early ? capture::end_reason::client_closed
                       : end_seen                                ? capture::end_reason::complete
                                                                 : reason;
    exchange_->last_byte_at = wall_clock();
    if (body_) {
        body_->seal();
    }
    const bool has_end = exchange_->ended == capture::end_reason::complete || outgoing_.holds_bytes();
    if (body_ && body_->holds() && has_end && !client_gone()) {
        gate_.expect(*exchange_);
    }
    watch_.reset();  // it looks into the exchange
    home_.hand_over(std::move(exchange_));
}

/// Seals, waits at the gate and lets the held end go.
asio::awaitable<void> transfer::commit_and_release() {
    if (exchange_) {
        co_await end_helpers();
        seal(capture::end_reason::complete);
    }
    if (gate_.expecting()) {
        phase_ = phase::holding;
        stop_.timed_out = false;  // of the client, perhaps; that gives it no end before its time
        rest_of_deadline_ = std::chrono::milliseconds{0};
        client_.clear_deadline();
        co_await gate_.wait(stop_);
    }
    phase_ = phase::releasing;
    if (body_) {
        body_->release();
    }
    const auto rest = outgoing_.take_rest();
    if (!rest.empty() && !client_gone() && !gate_.withheld()) {
        const bool sent = co_await client_.send(rest);
        if (!sent) {
            client_state_ = client_state::left_after_end;
        }
    }
}

/// Gives what was sent the time to arrive: an abort drops what the client has not acknowledged.
asio::awaitable<void> transfer::deliver_rest() {
    constexpr std::chrono::milliseconds step{5};
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{1};
    while (client_.client().unacknowledged() > 0 && std::chrono::steady_clock::now() < until) {
        co_await gate_.pause(step);
    }
}

}  // namespace tapes::relay
