#include "transfer.hpp"
#include "wall_clock.hpp"

namespace tapes::relay {

/// Lets the upstream send what belongs to the event that ends the answer, which was just seen, before the
/// seal (design, guarantee 2).
void transfer::begin_grace() {
    grace_ = grace_state::running;
    client_.clear_deadline();
    rest_of_deadline_ = std::chrono::milliseconds{0};
    helpers_.spawn(wait_out_grace(*this));
}

/// Goes on when the grace is over: a strong end waits for its commit now, a weak one has waited long enough.
asio::awaitable<transfer::progress> transfer::after_grace() {
    grace_ = grace_state::none;
    if (body_->end() == record::end_kind::strong) {
        co_await commit_and_release();
    } else if (body_->held_end() == record::end_kind::weak) {
        co_await release_weak_end();
    }
    if ((client_gone() && !reads_on()) || stop_.cut) {
        co_return interrupted();
    }
    co_return progress::going;
}

/// Lets a weak end go, uncommitted: the answer may go on, and usage may come late.
asio::awaitable<void> transfer::release_weak_end() {
    body_->pass_weak_end();
    const auto held = outgoing_.take_rest();
    if (!held.empty()) {
        co_await send_client(held);
    }
}

asio::awaitable<void> transfer::wait_out_grace(transfer& self) {
    if (self.stop_.any()) {
        co_return;
    }
    const bool passed = co_await self.gate_.pause(self.parts_.options.timeouts.after_end);
    if (passed && !self.stop_.any()) {
        self.grace_ = grace_state::over;
        if (self.upstream_) {
            self.upstream_->cancel();
        }
    }
}

/// Hands the exchange over. Where the answer `may_go_on`, what comes after this is captured for the same
/// exchange.
void transfer::seal(capture::end_reason reason, bool may_go_on) {
    if (!exchange_) {
        return;
    }
    const bool end_seen = body_ && body_->end() != record::end_kind::none;
    const bool passed = reason == capture::end_reason::complete && (!end_seen || body_->end_passed());
    if (!passed && !client_gone() && client_.client().is_broken()) {
        client_state_ = client_state::left_early;  // it was closed before the end, which has not passed yet
    }
    exchange_->ended = client_state_ == client_state::left_early ? capture::end_reason::client_closed
                       : end_seen                                ? capture::end_reason::complete
                                                                 : reason;
    if (exchange_->last_byte_at == capture::timestamp{}) {
        exchange_->last_byte_at = wall_clock();
    }
    exchange_->request_received = upload_.received();
    if (body_) {
        exchange_->response_received = body_->received();
        if (may_go_on && !body_->over()) {
            rest_ = parts_.surroundings.recorder.expect_rest(*exchange_);
        }
        body_->seal(rest_.get());
    }
    const bool has_end = exchange_->ended == capture::end_reason::complete || outgoing_.holds_bytes();
    if (body_ && body_->holds() && has_end && !client_gone()) {
        gate_.expect(*exchange_);
    }
    watch_.reset();  // these look into the exchange
    tap_.close();
    home_.hand_over(std::move(exchange_));
}

/// Tells how the answer ended whose exchange was handed over before.
void transfer::end_rest(capture::end_reason reason) noexcept {
    if (rest_) {
        rest_->end(reason, wall_clock(), body_->received());
        body_->seal(nullptr);
        rest_.reset();
    }
}

/// Seals, waits at the gate and lets the held end go.
asio::awaitable<void> transfer::commit_and_release() {
    if (exchange_) {
        co_await end_helpers();
        seal(capture::end_reason::complete, true);
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
