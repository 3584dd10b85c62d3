#include "session.hpp"

#include "answers.hpp"
#include "encoder.hpp"
#include "websocket.hpp"

#include <tapes/http/chunked.hpp>
#include <tapes/http/head.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace tapes::mock {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// What the X-Mock-* headers of a request ask for.
struct controls {
    shape look;
    int status = 200;
    int cut = -1;
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds event_delay{0};
    std::string encoding;
    bool chunked = false;
};

long long number_in(const http::request_head& head, std::string_view name, long long otherwise) {
    const auto* field = http::find_field(head.fields, name);
    long long value = otherwise;
    if (field != nullptr) {
        std::from_chars(field->value.data(), field->value.data() + field->value.size(), value);
    }
    return value;
}

controls controls_of(const http::request_head& head, const options& settings) {
    controls out;
    out.status = static_cast<int>(number_in(head, "x-mock-status", 200));
    out.cut = static_cast<int>(number_in(head, "x-mock-cut", -1));
    out.delay = std::chrono::milliseconds{number_in(head, "x-mock-delay-ms", settings.delay.count())};
    out.event_delay =
        std::chrono::milliseconds{number_in(head, "x-mock-event-delay-ms", settings.event_delay.count())};
    out.look.events = static_cast<int>(number_in(head, "x-mock-events", settings.events));
    out.look.bytes = static_cast<std::size_t>(
        std::max(0ll, number_in(head, "x-mock-bytes", static_cast<long long>(settings.bytes))));
    out.look.tool_calls = static_cast<int>(number_in(head, "x-mock-tool-calls", 0));
    out.look.refusal = number_in(head, "x-mock-refusal", 0) != 0;
    out.look.thinking = number_in(head, "x-mock-thinking", 0) != 0;
    out.chunked = number_in(head, "x-mock-chunked", 0) != 0;
    if (const auto* field = http::find_field(head.fields, "x-mock-encoding")) {
        out.encoding = field->value;
    }
    return out;
}

void append_chunk(std::string& out, std::string_view bytes) {
    std::array<char, 20> size;  // NOLINT: filled before it is read
    const auto* const end = std::to_chars(size.begin(), size.end(), bytes.size(), 16).ptr;
    out.append(static_cast<const char*>(size.data()), end).append("\r\n").append(bytes).append("\r\n");
}

std::string_view reason(int status) noexcept {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 404:
            return "Not Found";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 503:
            return "Service Unavailable";
        default:
            return "Mock";
    }
}

class session {
public:
    session(asio::ip::tcp::socket socket, const options& settings, std::atomic<std::uint64_t>& counter)
        : socket_{std::move(socket)},
          timer_{socket_.get_executor()},
          settings_{settings},
          counter_{counter} {}

    asio::awaitable<void> run() {
        error_code ignored;
        socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
        socket_.non_blocking(true, ignored);
        while (co_await read_request()) {
            number_ = counter_.fetch_add(1, std::memory_order_relaxed);
            const bool goes_on = co_await answer_request();
            if (!goes_on || !head_.keep_alive) {
                break;
            }
            in_.erase(0, request_end_);
        }
        socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    }

private:
    asio::awaitable<bool> read_more() {
        const auto size = in_.size();
        const auto room = std::max<std::size_t>(16 * 1024, std::min<std::size_t>(size, 1024 * 1024));
        in_.resize(size + room);
        const auto [error, count] = co_await socket_.async_read_some(asio::buffer(in_.data() + size, room),
                                                                     asio::as_tuple(asio::use_awaitable));
        in_.resize(size + count);
        co_return !error && count > 0;
    }

    // g++ 12 gets temporaries and conditional expressions around co_await wrong: what a coroutine is given
    // has a name, and branches are statements.

    /// Reads a head and its whole body; false at the end of the connection or on bad bytes.
    asio::awaitable<bool> read_request() {
        http::head_scanner scanner;
        auto error = http::head_error::none;
        std::size_t head_end = 0;
        while ((head_end = scanner.scan(in_, error)) == 0 && error == http::head_error::none) {
            const bool more = co_await read_more();
            if (!more) {
                co_return false;
            }
        }
        raw_head_.assign(in_, 0, head_end);  // in_ may move while the body is read
        if (error == http::head_error::none) {
            error = http::parse_request(raw_head_, {}, head_);
        }
        if (error != http::head_error::none) {
            head_.keep_alive = false;
            prepare(400, error_body(400, http::describe(error)), {});
            co_await write(out_);
            co_return false;
        }
        if (head_.expects_continue && in_.size() == head_end) {
            co_await write("HTTP/1.1 100 Continue\r\n\r\n");
        }
        if (head_.body.kind == http::body_kind::chunked) {
            co_return co_await read_chunked(head_end);
        }
        co_return co_await read_sized(head_end);
    }

    asio::awaitable<bool> read_sized(std::size_t start) {
        const auto length = head_.body.kind == http::body_kind::length ? head_.body.length : 0;
        while (in_.size() - start < length) {
            const bool more = co_await read_more();
            if (!more) {
                co_return false;
            }
        }
        in_.reserve(in_.size() + request_padding);
        request_end_ = start + static_cast<std::size_t>(length);
        body_ = std::string_view{in_}.substr(start, static_cast<std::size_t>(length));
        co_return true;
    }

    asio::awaitable<bool> read_chunked(std::size_t at) {
        http::chunked_scanner scanner;
        joined_.clear();
        for (;;) {
            const auto step = scanner.next(std::string_view{in_}.substr(at));
            at += step.consumed;
            switch (step.what) {
                case http::chunked_scanner::event::data:
                    joined_.append(step.data);
                    break;
                case http::chunked_scanner::event::last_chunk:
                    break;
                case http::chunked_scanner::event::end:
                    request_end_ = at;
                    joined_.reserve(joined_.size() + request_padding);
                    body_ = joined_;
                    co_return true;
                case http::chunked_scanner::event::error:
                    co_return false;
                case http::chunked_scanner::event::more: {
                    in_.erase(0, at);
                    at = 0;
                    const bool more = co_await read_more();
                    if (!more) {
                        co_return false;
                    }
                }
            }
        }
    }

    asio::awaitable<bool> answer_request() {
        controls_ = controls_of(head_, settings_);
        const auto path = head_.target.substr(0, head_.target.find('?'));
        if (controls_.delay.count() > 0) {
            co_await pause(controls_.delay);
        }
        bool goes_on = true;
        if (controls_.status != 200) {
            const bool limited = controls_.status == 429 || controls_.status == 503;
            goes_on = prepare(controls_.status,
                              error_body_for(path, controls_.status, "The mock was asked for this error."),
                              limited ? "Retry-After: 1\r\n" : "");
        } else if (opens_websocket(head_)) {
            auto opening = read_opening(head_);
            opening.look = controls_.look;
            opening.cut = controls_.cut;
            opening.event_delay = controls_.event_delay;
            std::string early = in_.substr(request_end_);
            co_await serve_websocket(socket_, std::move(opening), std::move(early), counter_);
            co_return false;
        } else if (const auto make = find_answerer(head_.method, path)) {
            auto answer = make(body_, controls_.look, number_);
            if (answer.stream) {
                co_return co_await stream(answer);
            }
            goes_on = prepare(answer.status, std::move(answer.body), {});
        } else if (head_.method == "POST" && path.ends_with("/embeddings")) {
            goes_on = prepare(200, embeddings_body(body_), {});
        } else if ((head_.method == "GET" || head_.method == "HEAD") && path.ends_with("/models")) {
            goes_on = prepare(200, models_body(), {});
        } else {
            goes_on = prepare(404, error_body(404, "Unknown request URL."), {});
        }
        const bool sent = co_await write(out_);
        co_return sent&& goes_on;
    }

    std::string common_fields(std::string_view type) const {
        std::string out = "Content-Type: ";
        // Anthropic names the field without x-.
        const auto id = "req_mock" + std::to_string(number_);
        out.append(type).append("\r\nx-request-id: ").append(id).append("\r\nrequest-id: ").append(id);
        out.append("\r\nopenai-version: 2020-10-01\r\n");
        if (!head_.keep_alive) {
            out.append("Connection: close\r\n");
        }
        return out;
    }

    /// Puts a whole answer into out_; false where the connection is to end after it.
    bool prepare(int status, std::string body, std::string_view more) {
        out_ = "HTTP/1.1 " + std::to_string(status) + " ";
        out_.append(reason(status)).append("\r\n").append(common_fields("application/json")).append(more);
        if (const auto coding = make_encoder(controls_.encoding)) {
            body = coding->push(body, true);
            out_.append("Content-Encoding: ").append(controls_.encoding).append("\r\n");
        }
        const bool chunked = controls_.chunked && head_.minor_version > 0;
        out_.append(chunked ? "Transfer-Encoding: chunked"
                            : "Content-Length: " + std::to_string(body.size()));
        out_.append("\r\n\r\n");
        if (head_.method == "HEAD") {
            return true;
        }
        const bool cut = controls_.cut >= 0;
        const auto said = std::string_view{body}.substr(0, cut ? body.size() / 2 : body.size());
        if (!chunked) {
            out_.append(said);
        } else {
            append_chunk(out_, said);
            out_.append(cut ? "" : "0\r\n\r\n");
        }
        return !cut;
    }

    /// Each event is a write, and a chunk, of its own; with the first one goes the head.
    asio::awaitable<bool> stream(const answer& from) {
        const bool chunked = head_.minor_version > 0;
        head_.keep_alive = head_.keep_alive && chunked;
        const auto coding = make_encoder(controls_.encoding);
        out_ = "HTTP/1.1 200 OK\r\n" + common_fields(from.type);
        out_.append(coding ? "Content-Encoding: " + controls_.encoding + "\r\n" : "");
        out_.append(chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
        int sent = 0;
        for (std::size_t i = 0; i < from.events(); ++i) {
            if (i > 0 || sent == controls_.cut) {
                const bool open = co_await write(out_);
                if (!open || sent == controls_.cut) {
                    co_return false;
                }
                out_.clear();
            }
            if (i > 0 && controls_.event_delay.count() > 0) {
                co_await pause(controls_.event_delay);
            }
            ++sent;
            std::string coded;
            auto data = from.event(i);
            if (coding) {
                coded = coding->push(data, i + 1 == from.events());
                data = coded;
            }
            if (chunked) {
                append_chunk(out_, data);
            } else {
                out_.append(data);
            }
        }
        out_.append(chunked ? "0\r\n\r\n" : "");
        co_return co_await write(out_);
    }

    asio::awaitable<void> pause(std::chrono::milliseconds time) {
        timer_.expires_after(time);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }

    /// Tries at once: a small write hardly ever has to wait, and is then spared a turn of the event loop.
    asio::awaitable<bool> write(std::string_view bytes) {
        error_code error;
        const auto count = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), error);
        if (!error && count == bytes.size()) {
            co_return true;
        }
        if (error && error != asio::error::would_block) {
            co_return false;
        }
        co_await asio::async_write(socket_, asio::buffer(bytes.data() + count, bytes.size() - count),
                                   asio::redirect_error(asio::use_awaitable, error));
        co_return !error;
    }

    asio::ip::tcp::socket socket_;
    asio::steady_timer timer_;
    const options& settings_;
    std::atomic<std::uint64_t>& counter_;
    std::string in_;
    std::string out_;
    std::string raw_head_;
    std::string joined_;     ///< the data of a chunked body
    std::string_view body_;  ///< into in_ or joined_, with room behind it
    http::request_head head_;
    controls controls_;
    std::size_t request_end_ = 0;
    std::uint64_t number_ = 0;
};

}  // namespace

asio::awaitable<void> serve(asio::ip::tcp::socket socket, const options& settings,
                            std::atomic<std::uint64_t>& counter) {
    session one{std::move(socket), settings, counter};
    co_await one.run();
}

}  // namespace tapes::mock
