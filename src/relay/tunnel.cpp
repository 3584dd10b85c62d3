#include "tunnel.hpp"

#include "wall_clock.hpp"
#include "write_all.hpp"

#include <utility>

namespace tapes::relay {

tunnel::tunnel(const shared& parts, std::unique_ptr<capture::exchange> handshake,
               const http::response_head& answer)
    : client_{parts.client},
      home_{parts.client.home()},
      parts_{home_.parts()},
      upstream_{parts.upstream},
      gate_{parts.gate},
      helpers_{parts.helpers},
      stop_{parts.stop},
      handshake_{std::move(handshake)} {
    handshake_->tunnel = true;
    observe(answer);
}

/// Decides whether what passes is to be recorded.
void tunnel::observe(const http::response_head& answer) {
    const auto* const protocol = http::find_field(answer.fields, "upgrade");
    const auto look = parts_.surroundings.recorder.watch_socket(handshake_->path);
    if (look == nullptr || protocol == nullptr || !http::equal_names(protocol->value, "websocket")) {
        home_.warn_tunnel(shown_path());
        return;
    }
    const auto extensions = http::joined_values(answer.fields, "sec-websocket-extensions");
    socket_ = std::make_unique<socket_observer>(
        *handshake_, parts_.surroundings.spill, look, http::read_websocket_extensions(extensions),
        parts_.surroundings.ledger, late_, parts_.surroundings.in_flight);
}

/// Returns the path of the handshake without its credentials, for log lines.
std::string tunnel::shown_path() const {
    const auto& redactor = parts_.surroundings.redactor;
    return redactor.without(handshake_->path,
                            redactor.credentials_of(handshake_->request_head, handshake_->target));
}

asio::awaitable<void> tunnel::run(std::string head, std::string first) {
    be_active();
    bool open = co_await client_.send(head);
    if (!open) {
        co_return;
    }
    helpers_.spawn(pump_up(*this));
    if (!first.empty()) {
        open = co_await pass_down(first);
    }
    if (open) {
        co_await pump_down();
    }
}

/// From the upstream to the client, until both directions have ended.
asio::awaitable<void> tunnel::pump_down() {
    bool open = true;
    while (open && !interrupted() && !gate_.withheld()) {
        if (socket_ && client_.draining() && idle()) {
            co_return;
        }
        be_active();
        const auto got = upstream_.read(home_.scratch(), home_.scratch_size());
        if (got.status == io::ok) {
            const std::string_view bytes{home_.scratch(), got.bytes};
            open = co_await pass_down(bytes);
        } else if (got.status == io::wait_readable || got.status == io::wait_writable) {
            open = co_await upstream_.wait(got.status);
        } else {
            end_answers(end_reason(capture::end_reason::upstream_closed));
            client_.client().shutdown_write();
            break;
        }
    }
    while (open && helpers_.running() && !interrupted()) {  // the client may still be sending
        co_await helpers_.wait();
    }
}

/// Passes what came from the upstream on to the client; the end of an answer when its turn is committed.
/// False when there is nothing more to pass.
asio::awaitable<bool> tunnel::pass_down(std::string_view bytes) {
    std::string held;
    if (socket_) {
        const auto pass = socket_->from_upstream(bytes);
        held.assign(bytes.substr(pass));
        bytes = bytes.substr(0, pass);
        hand_over_ended(!held.empty());
    }
    co_await send_down(bytes);
    if (!held.empty()) {
        co_await gate_.wait(stop_);
        if (!gate_.withheld()) {
            co_await send_down(held);
        }
    }
    if (client_ended_ && idle() && !client_gone_) {
        upstream_.shutdown_write();  // put off until all answers that were awaited have come
    }
    be_active();
    const bool goes_on = !client_gone_ || (reads_on() && socket_ && socket_->busy());
    co_return goes_on && !interrupted();
}

asio::awaitable<void> tunnel::send_down(std::string_view bytes) {
    if (client_gone_ || bytes.empty()) {
        co_return;
    }
    const bool sent = co_await client_.send(bytes);
    client_gone_ = !sent && !interrupted();
}

/// From the client to the upstream.
asio::awaitable<void> tunnel::pump_up(tunnel& self) {
    auto& client = self.client_.client();
    const auto stall = self.parts_.options.timeouts.between_bytes;
    std::string first{self.client_.beyond_head()};
    self.client_.consume(first.size());
    bool open = true;
    io status = io::ok;
    while (open && !self.stop_.any()) {
        io_result got{io::ok, first.size()};
        std::string_view bytes{first};
        if (first.empty()) {
            got = client.read(self.home_.scratch(), self.home_.scratch_size());
            bytes = {self.home_.scratch(), got.bytes};
        }
        status = got.status;
        if (status == io::ok) {
            if (self.socket_) {
                self.socket_->from_client(bytes);
                self.hand_over_ended(false);
            }
            open = co_await write_all(self.upstream_, bytes, self.client_, stall, self.stop_);
            first.clear();
            self.be_active();
        } else if (status == io::wait_readable || status == io::wait_writable) {
            open = co_await client.wait(status);
        } else {
            break;
        }
    }
    if (!self.stop_.any()) {
        self.end_upload(status);
    }
}

/// The client's direction has ended. A client that has gone is told apart from one that only sends no more:
/// in a mere tunnel its end is passed on, and answers that are awaited are read where the configuration says
/// so.
void tunnel::end_upload(io end) {
    client_ended_ = end == io::end || end == io::broken;
    if (socket_ && end == io::broken) {
        client_gone_ = client_reset_ = true;
        if (!reads_on() || idle()) {
            upstream_.cancel();
            return;
        }
    }
    if (!(socket_ && reads_on() && !idle())) {
        upstream_.shutdown_write();
    }
}

bool tunnel::reads_on() const noexcept {
    return parts_.options.on_client_disconnect == disconnect_policy::drain;
}

/// No answer is awaited on a WebSocket that is recorded, and the end of none is held.
bool tunnel::idle() const noexcept {
    return socket_ && !socket_->busy() && !gate_.expecting();
}

/// Something passed, or may pass from now on.
void tunnel::be_active() noexcept {
    if (const auto limit = parts_.options.timeouts.tunnel_idle; limit.count() > 0) {
        client_.set_deadline(limit);
    } else {
        client_.clear_deadline();
    }
}

void tunnel::drain() noexcept {
    if (idle()) {
        upstream_.cancel();
    }
}

/// Hands over the answers that have ended. Where their end is `held`, the gate is to wait for their commit.
void tunnel::hand_over_ended(bool held) {
    if (!socket_->failure().empty() && !warned_) {
        warned_ = true;
        home_.warn_socket(shown_path(), socket_->failure());
    }
    auto ended = socket_->take_ended();
    if (ended.empty()) {
        return;
    }
    const bool may_hold = gate_.applies_to("POST", handshake_->path);
    if (held && may_hold && !client_gone_ && client_.client().is_broken()) {
        client_gone_ = true;
    }
    for (auto& [lane, one] : ended) {
        if (held && client_gone_) {
            one->ended = capture::end_reason::client_closed;
        } else if (held && may_hold) {
            gate_.expect(*one);
        }
        if (held) {
            late_.expect(parts_.surroundings.recorder, *one, lane);
        }
        home_.hand_over(std::move(one));
    }
}

/// Hands over the answers that are still awaited as far as they have come.
void tunnel::end_answers(capture::end_reason reason) {
    if (socket_) {
        socket_->end_all(reason);
        hand_over_ended(false);
    }
}

/// Ends what the observer follows. The exchange of the handshake is a dropped one only where no request took
/// its place, or where something passed that could not be followed.
void tunnel::end_socket(capture::end_reason reason) {
    if (!socket_ || !handshake_) {
        return;
    }
    gate_.forget();
    late_.end();
    end_answers(reason);
    const bool replaced = socket_->has_requests();
    const bool followed = socket_->failure().empty();
    socket_.reset();
    if (replaced && followed) {
        handshake_.reset();
    } else if (replaced) {
        parts_.surroundings.ledger.accept();
    }
}

void tunnel::seal(capture::end_reason reason) {
    if (!handshake_) {
        return;
    }
    const bool left = client_reset_ || (reason != capture::end_reason::complete && !client_gone_ &&
                                        client_.client().is_broken());
    handshake_->ended = left ? capture::end_reason::client_closed : reason;
    handshake_->last_byte_at = wall_clock();
    home_.hand_over(std::move(handshake_));
}

void tunnel::conclude() {
    end_socket(end_reason(capture::end_reason::upstream_closed));
    seal(end_reason(capture::end_reason::complete));
}

void tunnel::hand_over(capture::end_reason reason) {
    end_socket(reason);
    seal(reason);
}

capture::end_reason tunnel::end_reason(capture::end_reason otherwise) const noexcept {
    const bool client_closed = client_gone_ || (client_ended_ && otherwise != capture::end_reason::complete);
    return stop_.cut         ? capture::end_reason::shutdown
           : stop_.timed_out ? capture::end_reason::timeout
           : client_closed   ? capture::end_reason::client_closed
                             : otherwise;
}

}  // namespace tapes::relay
