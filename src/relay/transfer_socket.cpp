#include "acknowledgement.hpp"
#include "transfer.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace tapes::relay {

/// Decides, when the upstream has agreed to another protocol, whether what passes is to be recorded.
void transfer::watch_socket() {
    const auto* const protocol = http::find_field(answer_.fields, "upgrade");
    const auto look = parts_.surroundings.recorder.watch_socket(exchange_->path);
    if (look == nullptr || protocol == nullptr || !http::equal_names(protocol->value, "websocket")) {
        return;
    }
    std::string agreed;
    for (const auto& one : answer_.fields) {
        if (http::equal_names(one.name, "sec-websocket-extensions")) {
            agreed.append(agreed.empty() ? "" : ",").append(one.value);
        }
    }
    socket_ = std::make_unique<socket_observer>(*exchange_, parts_.surroundings.spill, look,
                                                http::read_websocket_extensions(agreed),
                                                parts_.surroundings.ledger);
}

/// No answer is awaited on a WebSocket that is recorded, and none is held.
bool transfer::socket_idle() const noexcept {
    return socket_ && !socket_->busy() && acks_.empty();
}

/// Passes what came from the upstream on to the client; the end of an answer when its turn is committed.
/// False when there is nothing more to pass.
asio::awaitable<bool> transfer::pass_down(std::string_view bytes) {
    if (socket_) {
        const auto pass = socket_->from_upstream(bytes);
        held_.assign(bytes.substr(pass));
        bytes = bytes.substr(0, pass);
        hand_over_ended(!held_.empty());
    }
    if (!client_gone_ && !bytes.empty()) {
        const bool sent = co_await client_.send(bytes);
        client_gone_ = !sent && !timed_out_ && !cut_;
    }
    if (!held_.empty()) {
        co_await wait_settled();
        const auto rest = std::exchange(held_, {});
        if (!client_gone_ && !end_withheld_) {
            const bool sent = co_await client_.send(rest);
            client_gone_ = !sent && !timed_out_ && !cut_;
        }
    }
    if (client_ended_ && socket_idle() && !client_gone_) {
        upstream_->shutdown_write();  // put off until what was asked for was read
    }
    be_active();
    const bool goes_on = !client_gone_ || (reads_on() && socket_ && socket_->busy());
    co_return goes_on && !timed_out_ && !cut_;
}

/// Hands over the exchanges that have ended; with `held`, the client waits for their commit.
void transfer::hand_over_ended(bool held) {
    if (!socket_->failure().empty() && !socket_lost_) {
        socket_lost_ = true;
        home_.warn_socket(exchange_->path, socket_->failure());
    }
    auto ended = socket_->take_ended();
    if (ended.empty()) {
        return;
    }
    const bool may_hold = parts_.options.ack != record::ack_mode::none &&
                          parts_.surroundings.recorder.may_be_turn("POST", exchange_->path);
    if (held && may_hold && !client_gone_ && client_.client().is_broken()) {
        client_gone_ = true;
    }
    for (auto& one : ended) {
        if (held && client_gone_) {
            one->ended = capture::end_reason::client_closed;
        } else if (held && may_hold) {
            acks_.push_back(std::make_shared<acknowledgement>(home_.lane(), gate_));
            one->waiter = acks_.back();
        }
        home_.hand_over(std::move(one));
    }
}

/// Waits until the answers whose ends are held are durable, as far as `record.ack` says so.
asio::awaitable<void> transfer::wait_settled() {
    const bool bounded = parts_.options.ack == record::ack_mode::bounded;
    const auto waits = [this] {
        return std::any_of(acks_.begin(), acks_.end(), [](const auto& one) { return !one->is_settled(); });
    };
    if (!(bounded && parts_.surroundings.recorder.store_failing())) {
        if (bounded) {
            gate_.expires_after(parts_.options.ack_timeout);
        } else {
            gate_.expires_at(steady_time::max());
        }
        bool in_time = true;
        while (waits() && in_time && !cut_) {
            const auto [cancelled] = co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
            in_time = static_cast<bool>(cancelled);
        }
        if (waits()) {
            end_withheld_ = !bounded;  // only a cut ends this wait
            if (bounded) {
                home_.count_ack_timeout();
            }
        }
    }
    for (const auto& one : acks_) {
        one->forget();
    }
    acks_.clear();
}

/// The connection has ended. The handshake's own exchange is a dropped one only if it was not taken by what
/// was asked for, or if something passed that could not be followed.
void transfer::end_socket(capture::end_reason how) {
    if (!socket_ || !exchange_) {
        return;
    }
    for (const auto& one : acks_) {
        one->forget();
    }
    acks_.clear();
    socket_->end_all(how);
    hand_over_ended(false);
    if (socket_->asked()) {
        if (socket_->failure().empty()) {
            socket_.reset();
            exchange_.reset();
            return;
        }
        parts_.surroundings.ledger.accept();
    }
    socket_.reset();
}

}  // namespace tapes::relay
