#include "acknowledgement.hpp"
#include "transfer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tapes::relay {

/// 101: from here on bytes pass both ways and are not captured (RFC 9110 §7.8). Each side's end is passed on.
asio::awaitable<transfer::next_step> transfer::tunnel() {
    phase_ = phase::tunnel;
    rest_of_deadline_ = std::chrono::milliseconds{0};
    client_.clear_deadline();
    home_.warn_tunnel(exchange_->path);
    exchange_->tunnel = true;
    to_send_.append(held_);
    bool open = co_await client_.send(to_send_);
    to_send_ = held_ = {};
    if (open) {
        spawn(pump_up(*this));
    }
    while (open && !cut_) {
        const auto got = upstream_->read(home_.scratch(), home_.scratch_size());
        if (got.what == io::ok) {
            const std::string_view bytes{home_.scratch(), got.bytes};
            open = co_await client_.send(bytes);
        } else if (got.what == io::wait_readable || got.what == io::wait_writable) {
            open = co_await upstream_->wait(got.what);
        } else {
            client_.client().shutdown_write();
            break;
        }
    }
    while (open && helpers_ > 0 && !cut_) {  // the client may still be sending
        helpers_ended_.expires_at(steady_time::max());
        co_await helpers_ended_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_await end_helpers();
    seal(cut_ ? capture::end_reason::shutdown : capture::end_reason::complete);
    co_return next_step::close;
}

asio::awaitable<void> transfer::pump_up(transfer& self) {
    auto& client = self.client_.client();
    std::string first{self.client_.beyond_head()};
    self.client_.consume(first.size());
    bool open = true;
    if (!first.empty()) {
        open = co_await self.send_upstream(first);
    }
    while (open && !self.stopping()) {
        const auto got = client.read(self.home_.scratch(), self.home_.scratch_size());
        if (got.what == io::ok) {
            const std::string_view bytes{self.home_.scratch(), got.bytes};
            open = co_await self.send_upstream(bytes);
            self.client_.clear_deadline();
        } else if (got.what == io::wait_readable || got.what == io::wait_writable) {
            open = co_await client.wait(got.what);
        } else {
            break;
        }
    }
    if (self.upstream_) {
        self.upstream_->shutdown_write();
    }
}

}  // namespace tapes::relay
