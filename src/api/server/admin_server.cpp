#include "server/guard.hpp"

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
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

namespace tapes::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

/// A large body is being read already.
const error_code busy = make_error_code(boost::system::errc::device_or_resource_busy);

/// One connection; lives in its coroutine's frame.
struct session {
    explicit session(tcp::socket socket) : stream{std::move(socket)} {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    bool answering = false;
};

request plain_head(const http::request<http::string_body>& from) {
    request asked;
    asked.method = std::string{from.method_string()};
    const std::string target{from.target()};
    const auto mark = target.find('?');
    asked.path = target.substr(0, mark);
    asked.query = mark == std::string::npos ? std::string{} : target.substr(mark + 1);
    for (const auto& field : from) {
        asked.fields.emplace_back(std::string{field.name_string()}, std::string{field.value()});
    }
    return asked;
}

http::response<http::string_body> wire_form(response&& from, unsigned version, bool keep_alive) {
    http::response<http::string_body> answer;
    answer.version(version);
    answer.result(from.status);
    answer.set(http::field::content_type, from.content_type);
    answer.set(http::field::cache_control, "no-store");
    answer.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : from.fields) {
        answer.set(name, value);
    }
    answer.keep_alive(keep_alive);
    answer.body() = std::move(from.body);
    answer.prepare_payload();
    return answer;
}

/// Whether a large body is being read, for as long as it and its answer take.
class large_body {
public:
    explicit large_body(bool& any) noexcept : any_{any} {}
    ~large_body() {
        if (mine_) {
            any_ = false;
        }
    }
    large_body(const large_body&) = delete;
    large_body& operator=(const large_body&) = delete;

    /// False where another is being read.
    bool begin() noexcept {
        mine_ = !std::exchange(any_, true);
        return mine_;
    }

private:
    bool& any_;
    bool mine_ = false;
};

/// What to say to a request that cannot be read; 0: nothing, just close.
unsigned status_of(error_code failed) {
    if (failed == http::error::header_limit) {
        return 431;
    }
    if (failed == http::error::body_limit) {
        return 413;
    }
    if (failed == busy) {
        return 503;
    }
    const bool malformed = failed.category() == make_error_code(http::error::bad_method).category() &&
                           failed != http::error::end_of_stream && failed != http::error::partial_message;
    return malformed ? 400 : 0;
}

}  // namespace

class admin_server::impl {
public:
    impl(admin_options options, const metrics& figures, route_table routes)
        : options_{std::move(options)},
          figures_{figures},
          routes_{std::move(routes)},
          guard_{options_.host, options_.token} {
        add_own_routes();
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
    }

private:
    /// Nothing is expected to escape a coroutine here; what does must not pass unseen.
    static void report(std::exception_ptr failed) {
        if (!failed) {
            return;
        }
        try {
            std::rethrow_exception(failed);
        } catch (const std::exception& wrong) {
            spdlog::error("admin listener: {}", wrong.what());
        }
    }

    void add_own_routes() {
        routes_.add({"GET", "/healthz",
                     [](const request&) {
                         return response{200, "{\"status\":\"ok\"}\n"};
                     },
                     true});
        routes_.add({"GET", "/readyz", [this](const request&) { return readiness(); }, true});
        routes_.add(
            {"GET", "/metrics",
             [this](const request&) {
                 return response{200, figures_.text(), "text/plain; version=0.0.4; charset=utf-8", {}};
             },
             false});
    }

    response readiness() const {
        const auto reasons = options_.not_ready ? options_.not_ready() : std::vector<std::string>{};
        const nlohmann::json body{{"ready", reasons.empty()}, {"reasons", reasons}};
        return {reasons.empty() ? 200U : 503U,
                body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n",
                "application/json",
                {}};
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

    void bind(const tcp::endpoint& where) {
        if (!acceptor_.is_open()) {
            acceptor_.open(where.protocol());
        }
        acceptor_.set_option(asio::socket_base::reuse_address{true});
        acceptor_.bind(where);
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
            } else if (sessions_.size() < options_.max_connections) {
                asio::co_spawn(io_, serve(std::move(socket)), report);
            }
        }
    }

    asio::awaitable<void> serve(tcp::socket socket) {
        session own{std::move(socket)};
        sessions_.insert(&own);
        try {
            while (!stopping_ && co_await answer_one(own)) {
            }
        } catch (const std::exception& failed) {
            spdlog::error("admin listener: {}", failed.what());
        }
        sessions_.erase(&own);
        if (stopping_ && sessions_.empty()) {
            give_up_.cancel();
        }
    }

    /// Reads a request and answers it; false when the connection is done.
    asio::awaitable<bool> answer_one(session& own) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
        parser.body_limit(boost::none);  // until the head says which route it is for
        own.stream.expires_after(options_.request_timeout);
        error_code failed;
        co_await http::async_read_header(own.stream, own.buffer, parser,
                                         asio::redirect_error(asio::use_awaitable, failed));
        large_body large{reading_large_};
        if (!failed) {
            failed = admit_body(parser, large);
        }
        if (!failed) {
            co_await http::async_read(own.stream, own.buffer, parser,
                                      asio::redirect_error(asio::use_awaitable, failed));
        }
        own.answering = true;
        const auto version = parser.get().version();
        bool keep_alive = !failed && parser.get().keep_alive();
        response said;
        bool bodyless = false;
        if (failed) {
            const auto status = status_of(failed);
            if (status == 0) {
                co_return false;
            }
            said = error_response(
                status, failed == busy
                            ? std::string{"another large request is being read: try again"}
                            : std::string{http::obsolete_reason(static_cast<http::status>(status))});
        } else {
            bodyless = parser.get().method() == http::verb::head;
            auto asked = plain_head(parser.get());
            asked.body = std::move(parser.get().body());
            said = respond(asked);
        }
        keep_alive = keep_alive && !stopping_;
        auto answer = wire_form(std::move(said), version == 10 ? 10 : 11, keep_alive);
        if (bodyless) {
            answer.body().clear();  // Content-Length stays that of the GET
        }
        own.stream.expires_after(options_.write_timeout);
        co_await http::async_write(own.stream, answer, asio::redirect_error(asio::use_awaitable, failed));
        own.answering = false;
        if (!failed && !keep_alive) {
            own.stream.socket().shutdown(tcp::socket::shutdown_send, failed);
        }
        co_return !failed && keep_alive;
    }

    /// How much may follow a head that was read. Chunked bodies are never large.
    error_code admit_body(http::request_parser<http::string_body>& parser, large_body& large) const {
        const auto length = parser.content_length();
        auto most = options_.max_body_bytes;
        if (length && *length > most) {
            const auto asked = plain_head(parser.get());
            std::string allowed;
            const auto* found = routes_.find(asked.method, asked.path, allowed);
            if (found != nullptr && guard_.check_origin(asked) == 0 && guard_.authorized(asked)) {
                most = std::max(most, found->max_body_bytes);
            }
            if (*length > most) {
                return make_error_code(http::error::body_limit);
            }
            if (!large.begin()) {
                return busy;
            }
        }
        parser.body_limit(most);
        return {};
    }

    response respond(const request& asked) const {
        if (const auto refused = guard_.check_origin(asked); refused != 0) {
            return error_response(refused, refused == 400 ? "one Host field is required"
                                                          : "this host or origin is not allowed here");
        }
        std::string allowed;
        const auto* found = routes_.find(asked.method, asked.path, allowed);
        if ((found == nullptr || !found->open) && !guard_.authorized(asked)) {
            auto refused = error_response(401, "a bearer token is required (admin.token)");
            refused.fields.emplace_back("WWW-Authenticate", "Bearer");
            return refused;
        }
        if (found == nullptr && allowed.empty()) {
            return error_response(404, "no such path");
        }
        if (found == nullptr) {
            auto refused = error_response(405, "method not allowed");
            refused.fields.emplace_back("Allow", allowed);
            return refused;
        }
        try {
            return found->handle(asked);
        } catch (const std::exception& failed) {
            spdlog::error("admin listener: {} {}: {}", asked.method, asked.path, failed.what());
            return error_response(500, "internal error");
        }
    }

    void begin_stop() {
        stopping_ = true;
        error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        for (auto* open : sessions_) {
            if (!open->answering) {
                open->stream.socket().close(ignored);
            }
        }
        if (!sessions_.empty()) {
            give_up_.expires_after(std::chrono::seconds{2});
            give_up_.async_wait([this](error_code cancelled) {
                if (!cancelled) {
                    io_.stop();
                }
            });
        }
    }

    admin_options options_;
    const metrics& figures_;
    route_table routes_;
    guard guard_;
    std::uint16_t port_ = 0;
    // The rest belongs to the server's thread. `io_` is destroyed before the set: the sessions that a hurried
    // stop leaves behind end with it.
    bool stopping_ = false;
    bool reading_large_ = false;
    std::set<session*> sessions_;
    asio::io_context io_{1};
    tcp::acceptor acceptor_{io_};
    asio::steady_timer pause_{io_};
    asio::steady_timer give_up_{io_};
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
