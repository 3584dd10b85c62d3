#pragma once

#include <tapes/relay/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tapes::relay::test {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using steady = std::chrono::steady_clock;

/// Every wait of these tests ends by then.
constexpr auto bound = 60s;

/// A blocking socket whose reads end by themselves.
class peer {
public:
    explicit peer(asio::ip::tcp::socket socket) : socket_{std::move(socket)} {}

    void send(std::string_view bytes) { asio::write(socket_, asio::buffer(bytes)); }
    /// As `send`, where the other side may be gone already.
    void try_send(std::string_view bytes) {
        boost::system::error_code ignored;
        asio::write(socket_, asio::buffer(bytes), ignored);
    }

    /// What comes until `mark` has come, the stream has ended or the time is up. Kept for the next call:
    /// nothing.
    std::string read_until(std::string_view mark, std::chrono::milliseconds within = bound) {
        const auto until = steady::now() + within;
        std::string seen = std::exchange(rest_, {});
        std::size_t looked = 0;
        while (true) {
            if (const auto at = seen.find(mark, looked); at != std::string::npos && !mark.empty()) {
                rest_ = seen.substr(at + mark.size());
                seen.resize(at + mark.size());
                return seen;
            }
            looked = seen.size() - std::min(seen.size(), mark.size());
            if (!read_some(seen, until)) {
                return seen;
            }
        }
    }
    /// All until the stream's end.
    std::string read_all(std::chrono::milliseconds within = bound) { return read_until({}, within); }
    /// What comes within that time, to see that nothing does.
    std::string read_for(std::chrono::milliseconds time) { return read_until({}, time); }

    /// True when nothing can be sent for that time: the other side does not read.
    bool stalls_for(std::chrono::milliseconds time) { return !polls(POLLOUT, time); }
    /// True when a reset, or the end of both directions, comes within that time, whatever was not read yet.
    bool breaks_within(std::chrono::milliseconds time) { return polls(0, time); }

    bool ended() const { return ended_ || broken_; }
    bool broken() const { return broken_; }  ///< by a reset

    void finish() {
        boost::system::error_code ignored;
        socket_.shutdown(asio::socket_base::shutdown_send, ignored);
    }
    void close() {
        boost::system::error_code ignored;
        socket_.close(ignored);
    }
    void reset() {
        socket_.set_option(asio::socket_base::linger{true, 0});
        close();
    }
    asio::ip::tcp::socket& socket() { return socket_; }

private:
    bool polls(short events, std::chrono::milliseconds time) {
        pollfd waiting{socket_.native_handle(), events, 0};
        return ::poll(&waiting, 1, static_cast<int>(time.count())) > 0;
    }
    bool read_some(std::string& into, steady::time_point until) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady::now());
        if (left.count() < 0 || !polls(POLLIN, left)) {
            return false;
        }
        char bytes[16384];
        boost::system::error_code error;
        const auto got = socket_.read_some(asio::buffer(bytes), error);
        into.append(bytes, got);
        ended_ = ended_ || error == asio::error::eof;
        broken_ = broken_ || (error && error != asio::error::eof);
        return !error;
    }

    asio::ip::tcp::socket socket_;
    std::string rest_;
    bool ended_ = false;
    bool broken_ = false;
};

/// The upstream: the test accepts its connections one by one and says what happens on them.
class upstream {
public:
    upstream() : acceptor_{context_, {asio::ip::address_v4::loopback(), 0}} { acceptor_.non_blocking(true); }

    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

    /// The next connection; throws when none comes.
    peer accept() {
        if (!waiting(bound)) {
            throw std::runtime_error{"no connection came to the upstream"};
        }
        auto socket = acceptor_.accept();
        socket.non_blocking(false);
        return peer{std::move(socket)};
    }
    bool waiting(std::chrono::milliseconds time) {
        pollfd waiting{acceptor_.native_handle(), POLLIN, 0};
        return ::poll(&waiting, 1, static_cast<int>(time.count())) > 0;
    }
    void refuse() { acceptor_.close(); }

private:
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
};

/// What the relay handed over, in plain values.
struct handed_over {
    std::string method;
    std::string path;
    std::string request_head;
    std::string request;
    std::string response;
    int status = 0;
    bool tunnel = false;
    bool websocket = false;
    bool event_stream = false;
    bool whole = false;  ///< both bodies were captured whole
    bool waits = false;
    std::uint64_t request_received = 0;
    std::uint64_t response_received = 0;
    std::size_t chunks = 0;
    capture::end_reason ended{};
};

/// Finds a message's type and lane where a test put them.
inline record::socket_message look_at_socket(std::string_view text) noexcept {
    using kind = record::socket_message::kind;
    record::socket_message seen;
    const auto head = text.substr(0, 120);
    const auto has = [&](std::string_view part) { return head.find(part) != std::string_view::npos; };
    seen.type = has("\"response.create\"")                                    ? kind::asks
                : has("\"response.completed\"") || has("\"response.failed\"") ? kind::ends
                                                                              : kind::other;
    constexpr std::string_view name = "\"stream_id\":\"";
    if (const auto at = head.find(name); at != std::string_view::npos) {
        seen.lane = head.substr(at + name.size(), 1);
    }
    return seen;
}

/// Keeps what is handed over. It settles at once, or when the test says so.
class fake_recorder final : public record::recorder {
public:
    explicit fake_recorder(capture::ledger& account) : account_{account} {}

    bool may_be_turn(std::string_view, std::string_view path) const noexcept override {
        return path.ends_with("/chat");
    }
    /// Throws while `fails` is set.
    std::unique_ptr<record::answer_watch> watch_answer(capture::exchange&) override;
    record::socket_look watch_socket(std::string_view path) const noexcept override {
        return path.starts_with("/v1/responses") ? look_at_socket : nullptr;
    }
    void request_complete(capture::exchange& running) noexcept override {
        const std::lock_guard guard{mutex_};
        complete_.emplace_back(running.request_body.view());
        changed_.notify_all();
    }
    void finish(std::unique_ptr<capture::exchange> ended) override {
        handed_over seen;
        seen.method = ended->method;
        seen.path = ended->path;
        seen.request_head = ended->request_head;
        seen.request = ended->request_body.view();
        seen.response = ended->response_body.view();
        seen.status = ended->status;
        seen.tunnel = ended->tunnel;
        seen.websocket = ended->websocket;
        seen.event_stream = ended->event_stream;
        seen.whole = ended->request_body.complete() && ended->response_body.complete();
        seen.waits = ended->waiter != nullptr;
        seen.ended = ended->ended;
        seen.request_received = ended->request_received;
        seen.response_received = ended->response_received;
        seen.chunks = ended->response_times.size();
        auto waiter = ended->waiter;
        ended.reset();  // so that its bytes are in no account when a test sees it
        const std::lock_guard guard{mutex_};
        seen_.push_back(std::move(seen));
        waiters_.push_back(std::move(waiter));
        if (settles_at_once) {
            settle_locked();
        }
        changed_.notify_all();
    }
    bool store_failing() const noexcept override { return failing; }
    std::shared_ptr<record::answer_rest> expect_rest(capture::exchange&) override {
        return std::make_shared<fake_rest>(*this);
    }

    /// What came of an answer behind its exchange.
    struct rest {
        std::string bytes;
        capture::end_reason ended{};
        std::uint64_t received = 0;
    };
    /// The rest of that number that has ended; throws when it does not come.
    rest get_rest(std::size_t index) {
        std::unique_lock lock{mutex_};
        if (!changed_.wait_for(lock, bound, [&] { return rests_.size() > index; })) {
            throw std::runtime_error{"the rest of an answer did not end"};
        }
        return rests_[index];
    }

    /// All that was handed over is durable now.
    void settle() {
        const std::lock_guard guard{mutex_};
        settle_locked();
    }
    /// The exchange of that number; throws when it does not come.
    handed_over get(std::size_t index) {
        std::unique_lock lock{mutex_};
        if (!changed_.wait_for(lock, bound, [&] { return seen_.size() > index; })) {
            throw std::runtime_error{"an exchange was not handed over"};
        }
        return seen_[index];
    }
    /// Waits until what is in flight has been handed over and only waits to settle.
    bool has_all() {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, bound, [&] { return account_.read().in_flight() == waiters_.size(); });
    }
    std::size_t count() {
        const std::lock_guard guard{mutex_};
        return seen_.size();
    }
    /// The bodies of requests that were told of before their answers; waits for `wanted`.
    std::vector<std::string> complete_requests(std::size_t wanted) {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, bound, [&] { return complete_.size() >= wanted; });
        return complete_;
    }

    std::atomic<bool> settles_at_once{true};
    std::atomic<bool> failing{false};
    std::atomic<bool> fails{false};

private:
    class fake_rest final : public record::answer_rest {
    public:
        explicit fake_rest(fake_recorder& home) : home_{home} {}
        void append(std::string_view bytes, std::int64_t) override { rest_.bytes.append(bytes); }
        void end(capture::end_reason ended, capture::timestamp, std::uint64_t received) noexcept override {
            rest_.ended = ended;
            rest_.received = received;
            const std::lock_guard guard{home_.mutex_};
            home_.rests_.push_back(rest_);
            home_.changed_.notify_all();
        }

    private:
        fake_recorder& home_;
        rest rest_;
    };

    void settle_locked() {
        for (auto& waiter : waiters_) {
            account_.settle(capture::drop_reason::none);
            if (waiter) {
                waiter->home().deliver({waiter});
            }
        }
        waiters_.clear();
    }

    capture::ledger& account_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<handed_over> seen_;
    std::vector<std::string> complete_;
    std::vector<std::shared_ptr<capture::receipt>> waiters_;
    std::vector<rest> rests_;
};

/// Takes "data: END" for a strong end, "data: WEAK" for a weak one, and "data: say" for what refutes either.
class end_watch final : public record::answer_watch {
public:
    record::end_mark feed(std::string_view bytes) override {
        using record::end_kind;
        record::end_mark mark;
        const auto before = seen_.size();
        seen_.append(bytes);
        while (true) {
            const auto at = seen_.find("data: ", looked_);
            if (at == std::string::npos || seen_.find('\n', at) == std::string::npos) {
                return mark;
            }
            looked_ = at + 1;
            const auto event = std::string_view{seen_}.substr(at + 6);
            if (event.starts_with("say") && ended_ != end_kind::none) {
                mark = {end_kind::none, record::end_mark::npos, true};
                ended_ = end_kind::none;
            }
            const auto kind = event.starts_with("END")    ? end_kind::strong
                              : event.starts_with("WEAK") ? end_kind::weak
                                                          : end_kind::none;
            if (kind > ended_) {
                mark.from = std::min(mark.from, at < before ? 0 : at - before);
                mark.kind = ended_ = kind;
            }
        }
    }

private:
    std::string seen_;
    std::size_t looked_ = 0;
    record::end_kind ended_ = record::end_kind::none;
};

inline std::unique_ptr<record::answer_watch> fake_recorder::watch_answer(capture::exchange&) {
    if (fails) {
        throw std::runtime_error{"no memory"};
    }
    return std::make_unique<end_watch>();
}

/// A relay between the test's clients and its upstream.
class running_relay {
public:
    explicit running_relay(const std::function<void(options&)>& change = {}) : recorder{account} {
        options_.port = 0;
        options_.upstream = up.url();
        options_.threads = 1;
        if (change) {
            change(options_);
        }
        served.emplace(options_, surroundings{recorder, budget, spill, account, [this] { ++ack_timeouts; }});
        served->start();
    }

    peer connect() {
        const auto url = served->url();
        const auto port = static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)));
        asio::ip::tcp::socket socket{context_};
        socket.connect({asio::ip::address_v4::loopback(), port});
        socket.set_option(asio::ip::tcp::no_delay{true});
        return peer{std::move(socket)};
    }

    /// Waits until the relay has no connection any more, and has handed over all that it had accepted.
    bool idle() { return served->wait_idle(bound) && recorder.has_all(); }

    upstream up;
    capture::budget budget{64U << 20, 0};
    capture::spill_policy spill;
    capture::ledger account;
    fake_recorder recorder;
    std::atomic<int> ack_timeouts{0};
    std::optional<server> served;

private:
    options options_;
    asio::io_context context_;
};

/// Changes a relay's options to that mode of `record.ack` and its time-out.
inline auto ack_options(record::ack_mode mode, std::chrono::milliseconds timeout) {
    return [=](options& settings) {
        settings.ack = mode;
        settings.ack_timeout = timeout;
    };
}

inline const std::string get_request = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

inline std::string post_request(std::string_view path, std::string_view body) {
    return "POST " + std::string{path} +
           " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string{body};
}

inline std::string answer_with(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string{body};
}

}  // namespace tapes::relay::test
