#include "server/answer_hold.hpp"
#include "server/connections.hpp"
#include "server/dispatcher.hpp"
#include "server/reader_threads.hpp"
#include "server/route_thread.hpp"
#include "server/stream_writer.hpp"
#include "server/wire_form.hpp"

#include <tapes/api/admin_server.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <spdlog/spdlog.h>

#include <stdexcept>
#include <thread>
#include <utility>

namespace tapes::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;

/// Says that another connection has a large body in memory.
const error_code turn_taken = make_error_code(boost::system::errc::device_or_resource_busy);

/// The turn of one connection to have a large body in memory, until its answer is written.
class large_body_turn {
public:
    explicit large_body_turn(bool& taken) noexcept : taken_{taken} {}
    ~large_body_turn() {
        if (mine_) {
            taken_ = false;
        }
    }
    large_body_turn(const large_body_turn&) = delete;
    large_body_turn& operator=(const large_body_turn&) = delete;

    /// Returns false when another connection has it.
    bool take() noexcept {
        mine_ = !std::exchange(taken_, true);
        return mine_;
    }

private:
    bool& taken_;
    bool mine_ = false;
};

/// Returns the status of the answer to a request that cannot be read; 0 when the connection is just closed.
unsigned status_of(error_code error) {
    if (error == beast::http::error::header_limit) {
        return 431;
    }
    if (error == beast::http::error::body_limit) {
        return 413;
    }
    if (error == turn_taken) {
        return 503;
    }
    const bool malformed = error.category() == make_error_code(beast::http::error::bad_method).category() &&
                           error != beast::http::error::end_of_stream &&
                           error != beast::http::error::partial_message;
    return malformed ? 400 : 0;
}

}  // namespace

class admin_server::impl {
public:
    impl(admin_options options, const metrics& figures, route_table routes)
        : options_{std::move(options)},
          dispatcher_{options_, figures, std::move(routes)},
          open_{options_.max_connections} {
        listen();
        asio::co_spawn(io_, accept_all(), report);
        thread_ = std::thread{[this] { io_.run(); }};
    }

    ~impl() { stop(); }

    std::uint16_t port() const noexcept { return port_; }

    void stop() {
        if (!thread_.joinable()) {
            return;
        }
        asio::post(io_, [this] { begin_stop(); });
        thread_.join();
        streams_.close();
        if (const auto left = waiting_ + reading_ + reading_briefly_; left > 0) {
            spdlog::warn("admin listener: {} requests are not answered, as the process ends", left);
        }
        handlers_.stop();
        readers_.stop();
    }

private:
    /// Logs an exception that escaped a coroutine. None should.
    static void report(std::exception_ptr failed) {
        if (!failed) {
            return;
        }
        try {
            std::rethrow_exception(failed);
        } catch (const std::exception& error) {
            spdlog::error("admin listener: {}", error.what());
        }
    }

    void listen() {
        try {
            if (options_.host.empty()) {
                listen_everywhere();
            } else {
                tcp::resolver resolver{io_};
                const auto found = resolver.resolve(options_.host, std::to_string(options_.port));
                bind(found.begin()->endpoint());
            }
        } catch (const boost::system::system_error& failed) {
            throw std::runtime_error{"cannot listen on " + options_.host + ":" +
                                     std::to_string(options_.port) +
                                     " (admin.listen): " + failed.code().message()};
        }
        port_ = acceptor_.local_endpoint().port();
    }

    /// Both families on one socket; a machine without IPv6 listens on IPv4 alone.
    void listen_everywhere() {
        error_code failed;
        acceptor_.open(tcp::v6(), failed);
        if (failed) {
            bind({tcp::v4(), options_.port});
            return;
        }
        acceptor_.set_option(asio::ip::v6_only{false});
        bind({tcp::v6(), options_.port});
    }

    void bind(const tcp::endpoint& endpoint) {
        if (!acceptor_.is_open()) {
            acceptor_.open(endpoint.protocol());
        }
        acceptor_.set_option(asio::socket_base::reuse_address{true});
        acceptor_.bind(endpoint);
        acceptor_.listen();
    }

    asio::awaitable<void> accept_all() {
        while (!stopping_) {
            error_code failed;
            auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failed));
            if (stopping_) {
                co_return;
            }
            if (failed) {
                // Out of descriptors: wait for some to come back instead of spinning.
                pause_.expires_after(std::chrono::milliseconds{100});
                co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, failed));
            } else if (open_.make_room()) {
                asio::co_spawn(io_, serve(std::move(socket)), report);
            }
            tell_closed();
        }
    }

    /// At most once a second.
    void tell_closed() {
        const auto now = std::chrono::steady_clock::now();
        if (now - told_closed_ < std::chrono::seconds{1}) {
            return;
        }
        if (const auto closed = open_.take_closed_count(); closed > 0) {
            told_closed_ = now;
            spdlog::warn(
                "admin listener: {} connections that sent no whole request were closed to make room for "
                "others",
                closed);
        }
    }

    asio::awaitable<void> serve(tcp::socket socket) {
        session connection{std::move(socket)};
        open_.add(connection);
        try {
            while (!stopping_ && co_await answer_one(connection)) {
            }
        } catch (const std::exception& failed) {
            spdlog::error("admin listener: {}", failed.what());
        }
        open_.remove(connection);
        if (stopping_ && open_.empty()) {
            give_up_.cancel();
        }
    }

    /// Reads a request and answers it. Returns false when the connection is done.
    asio::awaitable<bool> answer_one(session& connection) {
        beast::http::request_parser<beast::http::string_body> parser;
        large_body_turn turn{large_body_};
        const auto error = co_await read_request(connection, parser, turn);
        connection.now = session::state::answering;
        const auto refusal = error ? status_of(error) : 0U;
        if (error && refusal == 0) {
            co_return false;
        }
        const bool keep_alive = !error && parser.get().keep_alive() && !stopping_;
        const bool head_only = !error && parser.get().method() == beast::http::verb::head;
        const auto version = parser.get().version() == 10 ? 10U : 11U;
        stream_response answered{refusal_of(error, refusal), nullptr};
        if (refusal == 0) {
            answered = co_await respond(parser.get());
        }
        if (answered.body) {
            co_await streams_.write(connection, std::move(answered.head), std::move(answered.body),
                                    version == 11U);
            error_code ignored;
            connection.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
            co_return false;
        }
        answer_hold held{writing_, head_only ? 0 : memory_of(answered.head)};
        if (held.is_large() && writing_.count > 1 && writing_.bytes > options_.max_writing_bytes) {
            held.give_up();
            answered.head = too_many("too much is being written to other clients: try again");
        }
        if (answered.head.rest) {
            auto writing = write_long(connection, std::move(answered.head), version, keep_alive, head_only);
            const bool goes_on = co_await std::move(writing);
            co_return goes_on;
        }
        auto answer = to_wire(std::move(answered.head), version, keep_alive);
        if (head_only) {
            answer.body().clear();  // Content-Length stays that of the GET
        }
        auto failed = co_await write(connection, answer);
        if (!failed && !keep_alive) {
            connection.stream.socket().shutdown(tcp::socket::shutdown_send, failed);
        }
        co_return !failed && keep_alive;
    }

    static std::size_t memory_of(const response& answer) noexcept {
        return answer.rest ? long_body_memory : answer.body.size();
    }

    /// Writes an answer whose body is read meanwhile. Returns false when the connection is done.
    asio::awaitable<bool> write_long(session& connection, response answer, unsigned version, bool keep_alive,
                                     bool head_only) {
        const auto rest = std::move(answer.rest);
        auto piece = std::move(answer.body);
        auto head = head_of(std::move(answer), version, keep_alive, piece.size() + rest->left());
        wire_head_serializer serializer{head};
        error_code failed;
        connection.stream.expires_after(options_.write_timeout);
        co_await beast::http::async_write_header(connection.stream, serializer,
                                                 asio::redirect_error(asio::use_awaitable, failed));
        while (!failed && !head_only && !piece.empty()) {
            failed = co_await streams_.write_all(connection, piece);
            piece.clear();
            if (!failed && rest->left() > 0) {
                auto reading = readers_.read_on(rest);
                piece = co_await std::move(reading);
            }
        }
        if (!failed && !keep_alive) {
            connection.stream.socket().shutdown(tcp::socket::shutdown_send, failed);
        }
        co_return !failed && keep_alive && (head_only || rest->left() == 0);
    }

    /// Writes an answer, for as long as the client takes of it.
    asio::awaitable<error_code> write(session& connection, wire_response& answer) const {
        beast::http::response_serializer<beast::http::string_body> serializer{answer};
        error_code failed;
        while (!failed && !serializer.is_done()) {
            connection.stream.expires_after(options_.write_timeout);
            co_await beast::http::async_write_some(connection.stream, serializer,
                                                   asio::redirect_error(asio::use_awaitable, failed));
        }
        co_return failed;
    }

    asio::awaitable<error_code> read_request(session& connection,
                                             beast::http::request_parser<beast::http::string_body>& parser,
                                             large_body_turn& turn) {
        parser.header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
        parser.body_limit(boost::none);  // until the head says which route it is for
        open_.await_head(connection);
        connection.stream.expires_after(options_.head_timeout);
        error_code error;
        co_await beast::http::async_read_header(connection.stream, connection.buffer, parser,
                                                asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            error = admit_body(parser, turn);
        }
        if (!error) {
            connection.now = session::state::body;
            connection.stream.expires_after(options_.request_timeout);
            co_await beast::http::async_read(connection.stream, connection.buffer, parser,
                                             asio::redirect_error(asio::use_awaitable, error));
        }
        co_return error;
    }

    /// Sets how much may follow a head that was read. Chunked bodies are never large.
    error_code admit_body(beast::http::request_parser<beast::http::string_body>& parser,
                          large_body_turn& turn) const {
        const auto length = parser.content_length();
        auto limit = options_.max_body_bytes;
        if (length && *length > limit) {
            limit = dispatcher_.body_limit(request_head(parser.get()));
            if (*length > limit) {
                return make_error_code(beast::http::error::body_limit);
            }
            if (!turn.take()) {
                return turn_taken;
            }
        }
        parser.body_limit(limit);
        return {};
    }

    static response refusal_of(error_code error, unsigned status) {
        if (status == 0) {
            return {};
        }
        return error == turn_taken ? error_response(status, "another large request is being read: try again")
                                   : error_response(status);
    }

    static response too_many(const char* message) {
        auto refused = error_response(503, message);
        refused.fields.emplace_back("Retry-After", "1");
        return refused;
    }

    /// Answers what is quickly answered at once, and leaves the rest to other threads.
    asio::awaitable<stream_response> respond(wire_request& received) {
        auto request = request_head(received);
        request.body = std::move(received.body());
        stream_response answered;
        switch (dispatcher_.place_of(request)) {
            case dispatcher::place::here:
                answered.head = dispatcher_.respond(std::move(request));
                break;
            case dispatcher::place::handlers:
                if (waiting_ == options_.max_waiting) {
                    answered.head = too_many("too many requests are being answered: try again");
                    break;
                }
                ++waiting_;
                answered.head = co_await handlers_.respond(std::move(request));
                --waiting_;
                break;
            case dispatcher::place::readers:
                answered = co_await read(std::move(request), reading_, false);
                break;
            default:
                answered = co_await read(std::move(request), reading_briefly_, true);
                break;
        }
        co_return answered;
    }

    /// `reading` counts the requests of this kind: those that take long keep none that are brief away.
    asio::awaitable<stream_response> read(request received, std::size_t& reading, bool brief) {
        if (reading == options_.max_reading) {
            co_return stream_response{too_many("too many requests are being read for: try again"), nullptr};
        }
        ++reading;
        auto answering = readers_.respond(std::move(received), brief);
        auto answered = co_await std::move(answering);
        --reading;
        if (answered.body && !streams_.has_room()) {
            answered = {too_many("too many streams are open: try again"), nullptr};
        }
        co_return answered;
    }

    void begin_stop() {
        stopping_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        open_.close_idle();
        streams_.finish();
        if (!open_.empty()) {
            give_up_.expires_after(std::chrono::seconds{2});
            give_up_.async_wait([this](error_code cancelled) {
                if (!cancelled) {
                    io_.stop();
                }
            });
        }
    }

    const admin_options options_;
    const dispatcher dispatcher_;
    std::uint16_t port_ = 0;
    // The rest belongs to the server's thread. `io_` is destroyed before the sets: the sessions that a
    // hurried stop leaves behind end with it, or with the threads whose answers they wait for.
    bool stopping_ = false;
    bool large_body_ = false;  ///< a connection has a large body in memory
    std::size_t waiting_ = 0;  ///< requests with the handlers
    std::size_t reading_ = 0;  ///< requests with the readers, or waiting for one
    std::size_t reading_briefly_ = 0;
    answers_written writing_;
    connections open_;
    std::chrono::steady_clock::time_point told_closed_{};
    stream_writer streams_{io_, options_.max_streams, options_.write_timeout};
    asio::io_context io_{1};
    tcp::acceptor acceptor_{io_};
    asio::steady_timer pause_{io_};
    asio::steady_timer give_up_{io_};
    route_thread handlers_{dispatcher_};
    reader_threads readers_{
        dispatcher_, options_.record, {options_.readers, options_.read_timeout, options_.brief_read_time}};
    std::thread thread_;
};

admin_server::admin_server(admin_options options, const metrics& figures, route_table routes)
    : impl_{std::make_unique<impl>(std::move(options), figures, std::move(routes))} {}

admin_server::~admin_server() = default;

std::uint16_t admin_server::port() const noexcept {
    return impl_->port();
}

void admin_server::stop() {
    impl_->stop();
}

}  // namespace tapes::api
