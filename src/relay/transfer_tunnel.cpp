#include "acknowledgement.hpp"
#include "transfer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tapes::relay {

/// 101: from here on bytes pass both ways (RFC 9110 §7.8) and each side's end is passed on. Nothing is
/// captured, but for a WebSocket that `socket_` follows.
asio::awaitable<transfer::next_step> transfer::tunnel() {
    phase_ = phase::tunnel;
    exchange_->tunnel = true;
    if (!socket_) {
        home_.warn_tunnel(exchange_->path);
    }
    be_active();
    bool open = co_await client_.send(to_send_);
    to_send_ = {};
    if (open) {
        spawn(pump_up(*this));
        const auto first = std::exchange(held_, {});
        if (!first.empty()) {
            open = co_await pass_down(first);
        }
    }
    co_await pump_down(open);
    co_await end_helpers();
    end_socket(end_of_tunnel(capture::end_reason::upstream_closed));
    seal(end_of_tunnel(capture::end_reason::complete));
    if (end_withheld_) {
        client_.client().abort();
    }
    co_return next_step::close;
}

/// From the upstream to the client, until both directions have ended.
asio::awaitable<void> transfer::pump_down(bool open) {
    while (open && !cut_ && !timed_out_ && !end_withheld_) {
        if (socket_ && client_.draining() && socket_idle()) {
            co_return;
        }
        be_active();
        const auto got = upstream_->read(home_.scratch(), home_.scratch_size());
        if (got.status == io::ok) {
            const std::string_view bytes{home_.scratch(), got.bytes};
            open = co_await pass_down(bytes);
        } else if (got.status == io::wait_readable || got.status == io::wait_writable) {
            open = co_await upstream_->wait(got.status);
        } else {
            if (socket_) {
                socket_->end_all(end_of_tunnel(capture::end_reason::upstream_closed));
                hand_over_ended(false);
            }
            client_.client().shutdown_write();
            break;
        }
    }
    while (open && helpers_ > 0 && !cut_ && !timed_out_) {  // the client may still be sending
        helpers_ended_.expires_at(steady_time::max());
        co_await helpers_ended_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

/// From the client to the upstream.
asio::awaitable<void> transfer::pump_up(transfer& self) {
    auto& client = self.client_.client();
    std::string first{self.client_.beyond_head()};
    self.client_.consume(first.size());
    bool open = true;
    io how = io::ok;
    while (open && !self.stopping()) {
        io_result got{io::ok, first.size()};
        std::string_view bytes{first};
        if (first.empty()) {
            got = client.read(self.home_.scratch(), self.home_.scratch_size());
            bytes = {self.home_.scratch(), got.bytes};
        }
        how = got.status;
        if (how == io::ok) {
            if (self.socket_) {
                self.socket_->from_client(bytes);
                self.hand_over_ended(false);
            }
            open = co_await self.send_upstream(bytes);
            first.clear();
            self.be_active();
        } else if (how == io::wait_readable || how == io::wait_writable) {
            open = co_await client.wait(how);
        } else {
            break;
        }
    }
    if (!self.stopping()) {
        self.end_upload(how);
    }
}

/// The client's direction has ended. One that has gone is told apart from one that only says no more; a
/// tunnel's end is passed on, and what is left of an answer is waited for where the configuration says so.
void transfer::end_upload(io how) {
    client_ended_ = how == io::end || how == io::broken;
    if (!upstream_) {
        return;
    }
    if (socket_ && how == io::broken) {
        note_client_gone();
        if (!reads_on() || socket_idle()) {
            upstream_->cancel();
            return;
        }
    }
    if (!(socket_ && reads_on() && !socket_idle())) {
        upstream_->shutdown_write();
    }
}

/// Something passed, or may pass from now on.
void transfer::be_active() noexcept {
    rest_of_deadline_ = std::chrono::milliseconds{0};
    if (const auto idle = parts_.options.timeouts.tunnel_idle; idle.count() > 0) {
        client_.set_deadline(idle);
    } else {
        client_.clear_deadline();
    }
}

capture::end_reason transfer::end_of_tunnel(capture::end_reason otherwise) const noexcept {
    return cut_         ? capture::end_reason::shutdown
           : timed_out_ ? capture::end_reason::timeout
           : client_gone_ || (client_ended_ && otherwise != capture::end_reason::complete)
               ? capture::end_reason::client_closed
               : otherwise;
}

}  // namespace tapes::relay
