#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/capture/ledger.hpp>
#include <tapes/http/websocket.hpp>
#include <tapes/record/recorder.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::relay {

/// Follows a WebSocket on which an API is spoken, and makes an exchange of each answer that is asked for: the
/// request is the client's message, the answer the server's messages as events of an event stream, the heads
/// are those of the handshake. Sees a copy of what passes; does no I/O. What it cannot follow it gives up for
/// good: the bytes pass all the same.
class socket_observer {
public:
    /// The handshake's exchange, its answer's head included, and `account` must outlive this. `account` has
    /// accepted one exchange for the handshake; the first request takes its place.
    socket_observer(const capture::exchange& handshake, const capture::spill_policy& spill,
                    record::socket_look look, const http::websocket_extensions& agreed,
                    capture::ledger& account);
    ~socket_observer();
    socket_observer(const socket_observer&) = delete;
    socket_observer& operator=(const socket_observer&) = delete;

    /// What the client sends; to be called before it is passed on.
    void from_client(std::string_view bytes);

    /// What the upstream sends. Returns how many bytes do not hold the end of an answer: the rest is to wait
    /// until the answers that `take_ended` gives are committed.
    std::size_t from_upstream(std::string_view bytes);

    /// Exchanges that have ended since the last call.
    std::vector<std::unique_ptr<capture::exchange>> take_ended() noexcept;

    /// The connection has ended: so have the answers that were still to come.
    void end_all(capture::end_reason how);

    /// An answer is awaited.
    bool busy() const noexcept { return !open_.empty(); }
    /// There was a request: what `account` accepted for the handshake has become that request's.
    bool asked() const noexcept { return asked_; }
    /// Why it is no longer followed; "" while it is.
    std::string_view failure() const noexcept { return failure_; }

private:
    struct awaited {
        std::string lane;
        std::unique_ptr<capture::exchange> answer;
    };
    using messages = http::websocket_reader;

    /// One direction, and what is reserved for the message that is coming.
    struct direction {
        direction(http::websocket_side sender, const std::optional<http::deflate_settings>& deflate,
                  capture::budget& limits);
        ~direction() { release(); }
        direction(const direction&) = delete;
        direction& operator=(const direction&) = delete;
        void release() noexcept;

        capture::budget& budget;
        std::uint64_t reserved = 0;
        messages reader;
    };

    void ask(std::string_view lane);
    bool answer();
    std::vector<awaited>::iterator find(std::string_view lane);
    void give_up(std::string_view why);

    const capture::exchange& handshake_;
    const capture::spill_policy& spill_;
    record::socket_look look_;
    capture::ledger& account_;
    direction client_;
    direction upstream_;
    std::vector<awaited> open_;  ///< in the order of their requests
    std::vector<std::unique_ptr<capture::exchange>> ended_;
    std::string_view failure_;
    bool asked_ = false;
};

}  // namespace tapes::relay
