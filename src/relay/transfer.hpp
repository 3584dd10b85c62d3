#pragma once

#include "answer_body.hpp"
#include "answer_tap.hpp"
#include "commit_gate.hpp"
#include "connector.hpp"
#include "forward.hpp"
#include "helper_group.hpp"
#include "interruption.hpp"
#include "io_thread.hpp"
#include "outgoing_answer.hpp"
#include "router.hpp"
#include "session.hpp"
#include "tunnel.hpp"
#include "upload.hpp"

#include <tapes/capture/exchange.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::relay {

/// Serves one request: connects upstream, passes the request on while it comes in, passes the answer back
/// while it comes in, captures both, hands the exchange over and holds the answer's end until that is
/// committed. Lives in its session's coroutine. ARCHITECTURE.md draws its phases.
///
/// The files: transfer.cpp (the order of things), transfer_answer.cpp (from the upstream to the client),
/// transfer_end.cpp (seal and release), transfer_waits.cpp (deadlines, cuts and helpers). Its parts:
/// `upload`, `answer_body`, `outgoing_answer`, `commit_gate` and, after 101, `tunnel`.
class transfer {
public:
    enum class next_step { keep_open, close_gently, close };

    explicit transfer(session& client);
    ~transfer();
    transfer(const transfer&) = delete;
    transfer& operator=(const transfer&) = delete;

    /// Throws nothing: what fails in it ends the exchange and the connection.
    asio::awaitable<next_step> run();

    /// The deadline has passed.
    void expired();
    /// The relay's drain has begun.
    void drain();
    /// The drain's deadline has passed.
    void cut();

private:
    enum class progress { going, over, failed };
    /// An answer of our own to a request that is not passed on.
    struct refusal {
        int status;
        std::string_view message;
    };
    enum class phase : unsigned char {
        accepted,
        connecting,
        sending,   ///< the request is on its way
        awaiting,  ///< all of it has passed
        answering,
        holding,
        releasing,
        tunnel,
    };
    enum class client_state : unsigned char { present, left_early, left_after_end };
    enum class grace_state : unsigned char { none, running, over };

    // transfer.cpp
    asio::awaitable<next_step> serve();
    void hand_over_all() noexcept;
    static refusal unnamed_upstream(std::string_view provider);
    std::optional<refusal> begin();
    void charge_head();
    asio::awaitable<progress> exchange_once(bool may_reuse);
    asio::awaitable<bool> connect();
    asio::awaitable<bool> may_try_again();
    asio::awaitable<bool> surely_unread();
    void send_request();
    void request_passed();
    static std::string own_answer(refusal answered, bool keep_alive, bool to_head);
    asio::awaitable<next_step> answer_failure();
    asio::awaitable<next_step> become_tunnel();
    asio::awaitable<next_step> conclude();

    // transfer_answer.cpp
    asio::awaitable<progress> receive_answer();
    void set_answer_deadline();
    asio::awaitable<progress> take(std::string_view bytes);
    asio::awaitable<progress> take_split_head(std::string bytes);
    asio::awaitable<progress> take_head(std::string_view bytes);
    progress read_head(std::string_view bytes, std::size_t& size);
    asio::awaitable<progress> take_body(std::string_view bytes);
    void open_body();
    void note_bytes(std::uint64_t received);
    progress fail(capture::end_reason reason, std::string_view failure);
    progress upstream_ended(io end);
    bool must_stop() const noexcept;
    progress interrupted();
    asio::awaitable<bool> send_client(std::string_view bytes);

    // transfer_end.cpp
    void begin_grace();
    static asio::awaitable<void> wait_out_grace(transfer& self);
    asio::awaitable<progress> after_grace();
    asio::awaitable<void> release_weak_end();
    void seal(capture::end_reason reason, bool may_go_on = false);
    void end_rest(capture::end_reason reason) noexcept;
    asio::awaitable<void> commit_and_release();
    asio::awaitable<void> deliver_rest();

    // transfer_waits.cpp
    static asio::awaitable<void> upload_rest(transfer& self);
    static asio::awaitable<void> watch_client(transfer& self);
    asio::awaitable<void> end_helpers();
    void be_patient(std::chrono::milliseconds wait) noexcept;
    void note_client_gone() noexcept;

    /// The final head of an answer was received.
    bool answer_begun() const noexcept { return phase_ >= phase::answering; }
    bool answer_over() const noexcept { return body_ && body_->over(); }
    bool client_gone() const noexcept { return client_state_ != client_state::present; }
    /// The answer is read to its end although its client has left.
    bool reads_on() const noexcept { return parts_.options.on_client_disconnect == disconnect_policy::drain; }

    session& client_;
    io_thread& home_;
    shared_parts& parts_;
    phase phase_ = phase::accepted;
    interruption stop_;

    // The record.
    std::unique_ptr<capture::exchange> exchange_;  ///< null once it is handed over
    std::shared_ptr<record::answer_rest> rest_;    ///< takes what comes after that; mostly null
    capture::end_reason ended_ = capture::end_reason::complete;
    std::string failure_;  ///< of the upstream, for the log

    // The request.
    route route_;
    upload upload_{client_, stop_};

    // The upstream.
    std::optional<connector> connector_;
    std::optional<channel> upstream_;
    bool reused_ = false;
    std::uint64_t request_mark_ = 0;  ///< of the bytes written to the upstream: where the request begins
    bool reusable_ = false;

    // The answer.
    std::string head_buffer_;  ///< the beginning of a head that has not come whole
    http::response_head answer_;
    client_side client_side_;
    std::unique_ptr<record::answer_watch> watch_;
    answer_tap tap_;
    std::optional<answer_body> body_;
    outgoing_answer outgoing_;
    commit_gate gate_;
    grace_state grace_ = grace_state::none;
    std::unique_ptr<tunnel> tunnel_;

    // Waiting. All helpers have ended when run() returns.
    helper_group helpers_;
    std::chrono::milliseconds rest_of_deadline_{0};
    bool watching_client_ = false;
    client_state client_state_ = client_state::present;
};

}  // namespace tapes::relay
