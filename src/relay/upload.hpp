#pragma once

#include "channel.hpp"
#include "interruption.hpp"
#include "request_body.hpp"
#include "router.hpp"

#include <tapes/capture/exchange.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace tapes::relay {

class session;

/// Passes a request on to its upstream: the head and the part of the body that came with it at once, the rest
/// as it comes in. Keeps what it can for a second attempt until `forget`.
class upload {
public:
    /// How the rest of a request has passed.
    enum class outcome {
        sent,         ///< to its last byte
        interrupted,  ///< the upstream takes no more, or nobody is to wait any longer
        client_gone,
        malformed,
    };

    /// Both must outlive this.
    upload(session& client, const interruption& stop) noexcept : client_{client}, stop_{stop} {}

    /// Writes the head for `destination` and takes what of the body came with the client's. The body is
    /// captured in `running`, which must outlive its upload. False when the body is malformed.
    bool open(const route& destination, capture::exchange& running);

    /// Sends from the request's beginning on what is at hand and can be sent now. True when that was all of
    /// it; otherwise `run` is to be called for the rest.
    bool start(channel& upstream);
    asio::awaitable<outcome> run(channel& upstream);

    /// `run` was asked for and has not ended.
    bool running() const noexcept { return state_ == state::running; }
    /// All of the request has gone to the upstream.
    bool sent() const noexcept { return state_ == state::sent; }
    /// All of the request has come from the client.
    bool request_over() const noexcept { return body_ && body_->over(); }
    bool malformed() const noexcept { return body_ && body_->malformed(); }
    /// Returns how many bytes of the request's body have come.
    std::uint64_t received() const noexcept { return body_ ? body_->received() : 0; }

    /// Makes ready for another `start`, while `run` is not running. False where what has come of the request
    /// is not at hand as a whole.
    bool rewind(capture::body& captured);
    /// There is no second attempt any more.
    void forget() noexcept { std::string{}.swap(outgoing_); }

private:
    enum class state : unsigned char { stopped, running, sent };

    asio::awaitable<bool> send(channel& upstream, std::string_view bytes);
    asio::awaitable<outcome> pass_body(channel& upstream);

    session& client_;
    const interruption& stop_;
    std::optional<request_body> body_;
    std::string outgoing_;         ///< the head and the part of the body that came with it
    std::size_t head_bytes_ = 0;   ///< the size of the head in `outgoing_`
    std::size_t sent_bytes_ = 0;   ///< how much of `outgoing_` was sent at once
    bool outgoing_whole_ = false;  ///< `outgoing_` is the whole request
    state state_ = state::stopped;
};

}  // namespace tapes::relay
