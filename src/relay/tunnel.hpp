#pragma once

#include "channel.hpp"
#include "commit_gate.hpp"
#include "helper_group.hpp"
#include "interruption.hpp"
#include "late_messages.hpp"
#include "session.hpp"
#include "socket_observer.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/http/head.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace tapes::relay {

/// What an exchange becomes after 101: bytes pass both ways (RFC 9110 §7.8), and each side's end is passed
/// on. Nothing is captured, but for a WebSocket on which an API is spoken: there a `socket_observer` follows
/// a copy, and the end of each answer waits at the gate. Lives in its exchange's coroutine.
class tunnel {
public:
    /// What the tunnel shares with the exchange that it goes on from. All of it must outlive the tunnel.
    struct shared {
        session& client;
        channel& upstream;
        commit_gate& gate;
        helper_group& helpers;
        const interruption& stop;
    };

    /// `handshake` has the answer's head; `answer` is that head.
    tunnel(const shared& parts, std::unique_ptr<capture::exchange> handshake,
           const http::response_head& answer);

    /// Sends `head`, then passes what comes, `first` being what came from the upstream with the head. Ends
    /// when both directions have ended, or for an interruption. The helpers have to end before `conclude`.
    asio::awaitable<void> run(std::string head, std::string first);

    /// Hands over what is still to be handed over.
    void conclude();
    /// As above, where the relay stops in mid-way.
    void hand_over(capture::end_reason reason);
    /// What could not be handed over; else null.
    std::unique_ptr<capture::exchange> take_handshake() noexcept { return std::move(handshake_); }

    /// The relay's drain has begun: ends the tunnel where no answer is awaited.
    void drain() noexcept;

private:
    void observe(const http::response_head& answer);
    std::string shown_path() const;
    bool idle() const noexcept;
    bool interrupted() const noexcept { return stop_.cut || stop_.timed_out; }
    void be_active() noexcept;

    asio::awaitable<void> pump_down();
    asio::awaitable<bool> pass_down(std::string_view bytes);
    asio::awaitable<void> send_down(std::string_view bytes);
    static asio::awaitable<void> pump_up(tunnel& self);
    void end_upload(io end);
    bool reads_on() const noexcept;

    void hand_over_ended(bool held);
    void end_answers(capture::end_reason reason);
    void end_socket(capture::end_reason reason);
    void seal(capture::end_reason reason);
    capture::end_reason end_reason(capture::end_reason otherwise) const noexcept;

    session& client_;
    io_thread& home_;
    shared_parts& parts_;
    channel& upstream_;
    commit_gate& gate_;
    helper_group& helpers_;
    const interruption& stop_;
    std::unique_ptr<capture::exchange> handshake_;  ///< null once it is handed over
    late_messages late_{home_.clock()};
    std::unique_ptr<socket_observer> socket_;  ///< of a WebSocket that is recorded
    bool client_gone_ = false;
    bool client_reset_ = false;  ///< it has gone while answers could be awaited
    bool client_ended_ = false;  ///< its direction
    bool warned_ = false;        ///< that what passes is no longer followed
};

}  // namespace tapes::relay
