#pragma once

#include "answer_tap.hpp"
#include "late_messages.hpp"

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

/// Follows a WebSocket on which an API is spoken, and makes an exchange of each answer that is asked for. Its
/// request is the client's message; its answer consists of the server's messages as events of an event
/// stream; its heads are those of the handshake. Sees a copy of what passes; does no I/O. When something
/// cannot be followed the observer gives up for good: the bytes pass all the same.
class socket_observer {
public:
    /// The handshake's exchange, its answer's head included, `ledger` and `late` must outlive this. The
    /// ledger has accepted one exchange for the handshake; the first request takes its place. `in_flight` may
    /// be null.
    socket_observer(const capture::exchange& handshake, const capture::spill_policy& spill,
                    record::socket_look look, const http::websocket_extensions& agreed,
                    capture::ledger& ledger, late_messages& late,
                    record::answers_in_flight* in_flight = nullptr);
    ~socket_observer();
    socket_observer(const socket_observer&) = delete;
    socket_observer& operator=(const socket_observer&) = delete;

    /// Follows what the client sends; to be called before that is passed on.
    void from_client(std::string_view bytes);

    /// Follows what the upstream sends. Returns how many bytes may pass at once: with the rest comes the end
    /// of an answer, so it is to wait until the answers that `take_ended` returns are committed.
    std::size_t from_upstream(std::string_view bytes);

    /// An answer that has ended, and the lane of its messages.
    struct ended_answer {
        std::string lane;
        std::unique_ptr<capture::exchange> answer;
    };
    /// Returns the answers that have ended since the last call.
    std::vector<ended_answer> take_ended() noexcept;

    /// Ends the answers that are still awaited: the connection has ended.
    void end_all(capture::end_reason reason);

    /// An answer is awaited.
    bool busy() const noexcept { return !awaited_.empty(); }
    /// There was a request: what the ledger accepted for the handshake has become that request's.
    bool has_requests() const noexcept { return has_requests_; }
    /// Returns why the WebSocket is no longer followed; "" while it is.
    std::string_view failure() const noexcept { return failure_; }

private:
    struct awaited : ended_answer {
        answer_tap tap;  ///< looks into the answer
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

    void begin_answer(std::string_view lane);
    bool take_message();
    void take_unasked(std::string_view message, std::string_view lane);
    std::vector<awaited>::iterator find(std::string_view lane);
    void give_up(std::string_view failure);

    const capture::exchange& handshake_;
    const capture::spill_policy& spill_;
    record::socket_look look_;
    capture::ledger& ledger_;
    late_messages& late_;
    record::answers_in_flight* in_flight_;
    direction client_;
    direction upstream_;
    std::vector<awaited> awaited_;  ///< in the order of their requests
    std::vector<ended_answer> ended_;
    std::string_view failure_;
    bool has_requests_ = false;
};

}  // namespace tapes::relay
