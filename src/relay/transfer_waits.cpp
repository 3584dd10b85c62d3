#include "transfer.hpp"

namespace tapes::relay {

/// Sends what of the request could not be sent at once.
asio::awaitable<void> transfer::upload_rest(transfer& self) {
    const auto outcome = co_await self.upload_.run(*self.upstream_);
    if (outcome == upload::outcome::client_gone) {
        self.note_client_gone();
    }
    if (outcome == upload::outcome::client_gone || outcome == upload::outcome::malformed) {
        self.upstream_->cancel();
    }
    if (outcome == upload::outcome::sent) {
        self.request_passed();
    }
    if (self.upload_.request_over() && !self.stop_.any() && self.phase_ != phase::tunnel) {
        self.be_patient(self.parts_.options.timeouts.first_byte);
    }
}

/// Notices a client's reset while nothing is sent to it. A mere end of its stream may be a half-close, so it
/// counts for nothing; where it was a close, a probe is answered with a reset before long.
asio::awaitable<void> transfer::watch_client(transfer& self) {
    if (self.stop_.any()) {
        co_return;
    }
    const bool broken = co_await self.client_.client().wait_broken();
    if (broken && !self.stop_.any()) {
        self.note_client_gone();
        if (self.upstream_) {
            self.upstream_->cancel();
        }
    }
}

void transfer::note_client_gone() noexcept {
    if (!client_gone()) {
        const bool had_all = body_ && body_->end_passed();
        client_state_ = had_all ? client_state::left_after_end : client_state::left_early;
    }
}

/// Ends the coroutines beside the main one and waits until they are gone.
asio::awaitable<void> transfer::end_helpers() {
    stop_.winding_up = true;
    rest_of_deadline_ = std::chrono::milliseconds{0};  // or a deadline to come would start a helper instead
    while (helpers_.running()) {
        gate_.wake();
        client_.client().cancel();
        if (upstream_) {
            upstream_->cancel();
        }
        co_await helpers_.wait();
    }
    stop_.winding_up = false;
    watching_client_ = false;
    if (grace_ == grace_state::running) {
        grace_ = grace_state::none;
    }
}

/// Sets a deadline for the upstream; after its first second the client is watched, which costs a system call.
void transfer::be_patient(std::chrono::milliseconds wait) noexcept {
    constexpr std::chrono::milliseconds soon{1000};
    const bool unwatched = !watching_client_ && wait > soon;
    rest_of_deadline_ = unwatched ? wait - soon : std::chrono::milliseconds{0};
    client_.set_deadline(unwatched ? soon : wait);
}

void transfer::expired() {
    if (rest_of_deadline_.count() > 0) {
        client_.set_deadline(std::exchange(rest_of_deadline_, std::chrono::milliseconds{0}));
        if (!watching_client_) {
            watching_client_ = true;
            helpers_.spawn(watch_client(*this));
        }
        return;
    }
    stop_.timed_out = true;
    if (connector_) {
        connector_->cancel();
    }
    if (upstream_) {
        upstream_->cancel();
    }
    client_.client().cancel();
    client_.set_deadline(std::chrono::seconds{1});  // again, for a wait that was just over
}

void transfer::drain() {
    if (tunnel_) {
        tunnel_->drain();
    }
}

void transfer::cut() {
    stop_.cut = true;
    gate_.wake();
    if (connector_) {
        connector_->cancel();
    }
    if (upstream_) {
        upstream_->cancel();
    }
}

}  // namespace tapes::relay
