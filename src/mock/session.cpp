#include "session.hpp"

#include "answers.hpp"
#include "controls.hpp"
#include "encoder.hpp"
#include "path_answers.hpp"
#include "replies.hpp"
#include "use_result.hpp"
#include "websocket.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include <optional>

namespace tapes::mock {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using beast::http::field;
using boost::system::error_code;

constexpr std::uint32_t header_limit = 1024 * 1024;

class session {
public:
    session(asio::ip::tcp::socket socket, served from)
        : socket_{std::move(socket)},
          timer_{socket_.get_executor()},
          settings_{from.settings},
          counter_{from.counter},
          answers_{from.answers},
          shelf_{from.shelf} {}

    asio::awaitable<void> run() {
        error_code ignored;
        socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
        socket_.non_blocking(true, ignored);
        while (keep_alive_) {
            const bool read = co_await read_request();
            if (!read) {
                break;
            }
            number_ = counter_.fetch_add(1, std::memory_order_relaxed);
            bool whole = false;
            if (answers_ != nullptr) {
                whole = co_await answer_from_source();
            } else {
                whole = co_await answer_request();
            }
            if (!whole) {
                break;
            }
        }
        socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    }

private:
    // g++ 12 gets temporaries and conditional expressions around co_await wrong: what a coroutine is given
    // has a name, and branches are statements.

    /// Reads a head and its whole body; false at the end of the connection or on bad bytes.
    asio::awaitable<bool> read_request() {
        beast::http::request_parser<beast::http::string_body> parser;
        parser.header_limit(header_limit);
        parser.body_limit(boost::none);
        auto [error, size] = co_await beast::http::async_read_header(socket_, buffer_, parser, use_result);
        const auto& head = parser.get();
        const bool lacks_host = !error && head.version() >= 11 && head.count(field::host) == 0;
        if (lacks_host) {
            error = beast::http::error::bad_field;
        }
        if (error) {
            const bool is_request =
                error.category() == make_error_code(beast::http::error::bad_method).category() &&
                error != beast::http::error::end_of_stream;
            if (is_request) {
                keep_alive_ = false;
                std::string reason = error.message();
                if (lacks_host) {
                    reason = "Host is missing.";
                }
                auto body = error_body(400, reason);
                co_await send_whole(400, std::move(body));
            }
            co_return false;
        }
        const bool waits = beast::iequals(head[field::expect], "100-continue") && buffer_.size() == 0;
        if (waits) {
            const beast::http::response<beast::http::empty_body> go{beast::http::status::continue_, 11};
            co_await beast::http::async_write(socket_, go, use_result);
        }
        const auto [body_error, body_size] =
            co_await beast::http::async_read(socket_, buffer_, parser, use_result);
        if (body_error) {
            co_return false;
        }
        request_ = parser.release();
        request_.body().reserve(request_.body().size() + request_padding);
        keep_alive_ = request_.keep_alive();
        co_return true;
    }

    asio::awaitable<bool> answer_from_source() {
        bool on_websocket = beast::websocket::is_upgrade(request_);
        if (on_websocket) {
            auto handshake = asked_of(request_);
            on_websocket = co_await answers_->accepts_websocket(std::move(handshake));
        }
        if (on_websocket) {
            co_await serve_replies(socket_, request_, *answers_);
            co_return false;
        }
        co_return co_await send_reply(socket_, request_, *answers_);
    }

    asio::awaitable<bool> answer_request() {
        controls_ = read_controls(request_, settings_);
        const std::string_view target = request_.target();
        const auto path = target.substr(0, target.find('?'));
        const std::string_view method = request_.method_string();
        controls_.look.target = target;
        if (controls_.delay.count() > 0) {
            co_await pause(controls_.delay);
        }
        if (controls_.status != 200) {
            auto body = error_body_for(path, static_cast<int>(controls_.status),
                                       "The mock was asked for this error.");
            co_return co_await send_whole(controls_.status, std::move(body));
        }
        if (opens_websocket(request_)) {
            co_await serve_websocket(socket_, request_, controls_, counter_);
            co_return false;
        }
        if (const auto later = llm::find_later_request(method, target)) {
            auto answer = shelf_.serve(*later, target, answer_shelf::clock::now());
            co_return co_await send_answer(std::move(answer));
        }
        if (const auto make = find_answerer(method, path)) {
            auto answer = answer_at(path, make, request_.body(), controls_.look, number_);
            if (answer.kept) {
                auto due = answer_shelf::clock::now();
                if (answer.kept->background) {
                    due += controls_.background;
                }
                shelf_.keep(std::move(*answer.kept), due);
            }
            co_return co_await send_answer(std::move(answer));
        }
        if (method == "POST" && path.ends_with("/embeddings")) {
            auto body = embeddings_body(request_.body());
            co_return co_await send_whole(200, std::move(body));
        }
        if ((method == "GET" || method == "HEAD") && path.ends_with("/models")) {
            auto body = models_body();
            co_return co_await send_whole(200, std::move(body));
        }
        auto body = error_body(404, "Unknown request URL.");
        co_return co_await send_whole(404, std::move(body));
    }

    asio::awaitable<bool> send_answer(answer from) {
        if (from.stream) {
            co_return co_await send_stream(from);
        }
        co_return co_await send_whole(static_cast<unsigned>(from.status), std::move(from.body));
    }

    template <class Body>
    beast::http::response<Body> begin_response(unsigned status, std::string_view type) const {
        beast::http::response<Body> response;
        response.version(11);
        response.result(status);
        response.set(field::content_type, {type.data(), type.size()});
        // Anthropic names the field without x-.
        const auto id = "req_mock" + std::to_string(number_);
        response.set("x-request-id", id);
        response.set("request-id", id);
        response.set("openai-version", "2020-10-01");
        if (status == 429 || status == 503) {
            response.set(field::retry_after, "1");
        }
        if (!controls_.encoding.empty() && make_encoder(controls_.encoding)) {
            response.set(field::content_encoding, controls_.encoding);
        }
        response.keep_alive(keep_alive_);
        return response;
    }

    /// Sends a whole answer, of which a cut leaves the first half; false where the connection is to end after
    /// it.
    asio::awaitable<bool> send_whole(unsigned status, std::string body) {
        if (const auto coding = make_encoder(controls_.encoding)) {
            body = coding->push(body, true);
        }
        const bool cut = controls_.cut >= 0;
        const bool has_body = request_.method() != beast::http::verb::head;
        const auto sent_size = !has_body ? 0 : cut ? body.size() / 2 : body.size();
        if (controls_.chunked && request_.version() >= 11 && has_body) {
            bool open = co_await send_head(status, answer::json, true);
            if (open) {
                open = co_await send_part(std::string_view{body}.substr(0, sent_size), true);
            }
            if (open && !cut) {
                const auto last = beast::http::make_chunk_last();
                open = co_await send(last);
            }
            co_return open && !cut;
        }
        auto response = begin_response<beast::http::string_body>(status, answer::json);
        response.content_length(body.size());
        body.resize(sent_size);
        response.body() = std::move(body);
        const auto [error, count] = co_await beast::http::async_write(socket_, response, use_result);
        co_return !error && !(cut && has_body);
    }

    /// Sends each event as a chunk, and in a write, of its own.
    asio::awaitable<bool> send_stream(const answer& from) {
        const bool chunked = request_.version() >= 11;
        keep_alive_ = keep_alive_ && chunked;
        const auto coding = make_encoder(controls_.encoding);
        bool open = co_await send_head(200, from.type, chunked);
        for (std::size_t i = 0; open && i < from.events(); ++i) {
            if (static_cast<int>(i) == controls_.cut) {
                co_return false;
            }
            if (i > 0 && controls_.event_delay.count() > 0) {
                co_await pause(controls_.event_delay);
            }
            std::string coded;
            auto data = from.event(i);
            if (coding) {
                coded = coding->push(data, i + 1 == from.events());
                data = coded;
            }
            open = co_await send_part(data, chunked);
        }
        if (open && chunked) {
            open = co_await send(beast::http::make_chunk_last());
        }
        co_return open;
    }

    asio::awaitable<bool> send_head(unsigned status, std::string_view type, bool chunked) {
        auto response = begin_response<beast::http::empty_body>(status, type);
        response.chunked(chunked);
        beast::http::response_serializer<beast::http::empty_body> serializer{response};
        const auto [error, count] = co_await beast::http::async_write_header(socket_, serializer, use_result);
        co_return !error;
    }

    asio::awaitable<bool> send_part(std::string_view data, bool chunked) {
        if (data.empty()) {  // an empty chunk would end the body
            co_return true;
        }
        const asio::const_buffer bytes{data.data(), data.size()};
        if (chunked) {
            co_return co_await send(beast::http::make_chunk(bytes));
        }
        co_return co_await send(bytes);
    }

    /// Tries at once: a small write hardly ever has to wait, and is then spared a turn of the event loop.
    template <class Buffers>
    asio::awaitable<bool> send(Buffers buffers) {
        error_code error;
        const auto count = socket_.write_some(buffers, error);
        if (error && error != asio::error::would_block) {
            co_return false;
        }
        beast::buffers_suffix<Buffers> rest{buffers};
        rest.consume(error ? 0 : count);
        if (beast::buffer_bytes(rest) == 0) {
            co_return true;
        }
        const auto [failed, written] = co_await asio::async_write(socket_, rest, use_result);
        co_return !failed;
    }

    asio::awaitable<void> pause(std::chrono::milliseconds time) {
        timer_.expires_after(time);
        co_await timer_.async_wait(use_result);
    }

    asio::ip::tcp::socket socket_;
    asio::steady_timer timer_;
    const options& settings_;
    std::atomic<std::uint64_t>& counter_;
    const source_access* answers_;
    answer_shelf& shelf_;
    beast::flat_buffer buffer_;
    http_request request_;
    controls controls_;
    bool keep_alive_ = true;
    std::uint64_t number_ = 0;
};

}  // namespace

asio::awaitable<void> serve(asio::ip::tcp::socket socket, served from) {
    session one{std::move(socket), from};
    co_await one.run();
}

}  // namespace tapes::mock
