#pragma once

#include "answer_body.hpp"
#include "forward.hpp"
#include "io_thread.hpp"
#include "router.hpp"
#include "session.hpp"
#include "socket_observer.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/http/chunked.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::relay {

class acknowledgement;

/// Serves one request: connects upstream, passes the request on while it comes in, passes the answer back
/// while it comes in, captures both, hands the exchange over and holds the answer's end until that is
/// committed. Lives in its session's coroutine.
///
/// The files: transfer.cpp (the order of things), transfer_request.cpp (towards the upstream),
/// transfer_answer.cpp (towards the client), transfer_hold.cpp (seal, acknowledgement), transfer_tunnel.cpp
/// (after 101), transfer_socket.cpp (a WebSocket that is recorded).
class transfer {
public:
    enum class next_step { keep_open, close_gently, close };

    explicit transfer(session& client);
    ~transfer();
    transfer(const transfer&) = delete;
    transfer& operator=(const transfer&) = delete;

    /// Throws nothing: what fails in it ends the exchange and the connection.
    asio::awaitable<next_step> run();

    void expired();
    /// The relay's drain has begun.
    void drain();
    void cut();

private:
    enum class progress { going, over, failed };

    // transfer.cpp
    asio::awaitable<next_step> serve();
    void hand_over_all() noexcept;
    int begin();
    asio::awaitable<progress> exchange_once();
    asio::awaitable<next_step> answer_failure();
    asio::awaitable<next_step> conclude();
    asio::awaitable<void> end_helpers();
    void helper_ended();

    // transfer_request.cpp
    asio::awaitable<bool> connect(bool may_reuse);
    bool take_request_body();
    bool feed_request(std::string_view bytes, std::size_t& used);
    void send_request();
    static asio::awaitable<void> upload(transfer& self);
    asio::awaitable<bool> send_upstream(std::string_view bytes);
    asio::awaitable<bool> read_request_body();
    bool whole_request_at_hand();
    void request_passed();
    asio::awaitable<void> deliver_rest();

    // transfer_answer.cpp
    asio::awaitable<progress> receive_answer();
    asio::awaitable<progress> take(std::string_view bytes);
    asio::awaitable<progress> take_head(std::string_view bytes);
    progress read_head(std::string_view bytes, std::size_t& size);
    asio::awaitable<progress> take_body(std::string_view bytes);
    void open_body();
    progress upstream_ended(io how);
    bool must_stop() const noexcept;
    progress interrupted();
    asio::awaitable<bool> to_client(std::string_view bytes);
    void note_client_gone() noexcept;
    /// The answer is read to its end although its client has left.
    bool reads_on() const noexcept { return parts_.options.on_client_disconnect == disconnect_policy::drain; }
    static asio::awaitable<void> watch_client(transfer& self);

    // transfer_hold.cpp
    void seal(capture::end_reason how);
    void seal_soon();
    static asio::awaitable<void> seal_later(transfer& self);
    asio::awaitable<void> commit_and_release();

    // transfer_tunnel.cpp
    asio::awaitable<next_step> tunnel();
    asio::awaitable<void> pump_down(bool open);
    static asio::awaitable<void> pump_up(transfer& self);
    void end_upload(io how);
    void be_active() noexcept;
    capture::end_reason end_of_tunnel(capture::end_reason otherwise) const noexcept;

    // transfer_socket.cpp
    void watch_socket();
    bool socket_idle() const noexcept;
    asio::awaitable<bool> pass_down(std::string_view bytes);
    asio::awaitable<void> wait_settled();
    void hand_over_ended(bool held);
    void end_socket(capture::end_reason how);

    void spawn(asio::awaitable<void> helper);
    /// A helper must not wait any more.
    bool stopping() const noexcept { return timed_out_ || cut_ || ending_helpers_; }
    /// Sets a deadline for the upstream; after its first second the client is watched.
    void be_patient(std::chrono::milliseconds wait) noexcept;

    session& client_;
    io_thread& home_;
    shared_parts& parts_;

    // The request.
    route where_;
    http::framing request_framing_;
    http::chunked_scanner request_chunks_;
    std::uint64_t request_left_ = 0;
    bool request_over_ = false;  ///< its last byte was read
    bool request_sent_ = false;  ///< and written
    bool request_malformed_ = false;
    bool is_head_ = false;
    bool may_switch_ = false;  ///< to another protocol: the client asked for one
    client_side client_side_;
    std::string outgoing_;           ///< head and the part of the body that came with it
    std::size_t outgoing_head_ = 0;  ///< size of the head in `outgoing_`
    std::size_t outgoing_sent_ = 0;
    bool outgoing_is_whole_ = false;  ///< `outgoing_` is the whole request

    // The upstream.
    std::optional<connector> connector_;
    std::optional<channel> upstream_;
    bool reused_ = false;
    bool uploading_ = false;
    std::string failure_;

    // The answer.
    std::string head_buffer_;
    http::response_head answer_;
    bool answer_begun_ = false;  ///< a final head was received
    bool answer_over_ = false;
    bool dechunk_ = false;
    bool hold_ = false;
    bool upstream_reusable_ = false;
    std::unique_ptr<record::answer_watch> watch_;
    std::optional<answer_body> body_;
    std::string to_send_;        ///< the client's head, until the first bytes of the body go with it
    std::string held_;           ///< the answer's end
    bool end_withheld_ = false;  ///< the client must not get it, nor take the close for it
    std::string undone_;         ///< data whose chunks were undone

    // The record.
    std::unique_ptr<capture::exchange> exchange_;  ///< null once it is handed over
    std::shared_ptr<acknowledgement> ack_;
    std::unique_ptr<socket_observer> socket_;             ///< of a WebSocket that is recorded
    std::vector<std::shared_ptr<acknowledgement>> acks_;  ///< of the answers whose ends are held there
    capture::end_reason ended_ = capture::end_reason::complete;

    // Waiting. Helpers are the coroutines beside the main one; all have ended when run() returns.
    enum class phase : unsigned char { connect, exchange, acknowledge, tunnel } phase_ = phase::connect;
    asio::steady_timer gate_;  ///< the acknowledgement, or the moments after the end event
    asio::steady_timer helpers_ended_;
    int helpers_ = 0;
    std::chrono::milliseconds rest_of_deadline_{0};
    bool ending_helpers_ = false;
    bool seal_now_ = false;
    bool sealing_soon_ = false;
    bool watching_client_ = false;
    bool client_gone_ = false;
    bool left_early_ = false;  ///< before the event that ends the answer
    bool timed_out_ = false;
    bool cut_ = false;
    bool client_ended_ = false;  ///< its direction of a tunnel
    bool socket_lost_ = false;   ///< what passes is no longer followed
};

}  // namespace tapes::relay
