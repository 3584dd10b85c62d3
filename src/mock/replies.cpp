#include "replies.hpp"

#include "pass_on.hpp"
#include "use_result.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/websocket.hpp>

#include <exception>
#include <sstream>
#include <utility>

namespace tapes::mock {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

std::string head_text(const reply& from, bool keep_alive, bool chunked) {
    std::string head = "HTTP/1.1 " + std::to_string(from.status) + " " + from.reason + "\r\n" + from.fields;
    if (from.has_body && chunked) {
        head += "Transfer-Encoding: chunked\r\n";
    } else if (from.has_body && from.length) {
        head += "Content-Length: " + std::to_string(*from.length) + "\r\n";
    }
    if (!keep_alive) {
        head += "Connection: close\r\n";
    }
    return head + "\r\n";
}

asio::awaitable<bool> write_text(asio::ip::tcp::socket& socket, std::string text) {
    const auto [failed, written] = co_await asio::async_write(socket, asio::buffer(text), use_result);
    co_return !failed;
}

asio::awaitable<void> pause_for(asio::ip::tcp::socket& socket, std::chrono::microseconds time) {
    if (time.count() > 0) {
        asio::steady_timer timer{socket.get_executor()};
        timer.expires_after(time);
        co_await timer.async_wait(use_result);
    }
}

// The thread pool runs these, and the connection goes on on its own thread.

asio::awaitable<std::unique_ptr<reply>> ask(answer_source* source, asked request) {
    co_return source->answer(request);
}

asio::awaitable<bool> ask_for_websocket(answer_source* source, asked handshake) {
    co_return source->accepts_websocket(handshake);
}

asio::awaitable<std::optional<reply_piece>> take(reply* from) {
    std::optional<reply_piece> piece;
    try {
        piece = from->next();
    } catch (const std::exception&) {
        from->cut = true;
    }
    co_return piece;
}

}  // namespace

asio::awaitable<std::unique_ptr<reply>> source_access::answer(asked request) const {
    auto work = ask(source_, std::move(request));
    const auto threads = threads_->get_executor();
    co_return co_await asio::co_spawn(threads, std::move(work), asio::use_awaitable);
}

asio::awaitable<bool> source_access::accepts_websocket(asked handshake) const {
    auto work = ask_for_websocket(source_, std::move(handshake));
    const auto threads = threads_->get_executor();
    co_return co_await asio::co_spawn(threads, std::move(work), asio::use_awaitable);
}

asio::awaitable<std::optional<reply_piece>> source_access::next(reply& from) const {
    auto work = take(&from);
    const auto threads = threads_->get_executor();
    co_return co_await asio::co_spawn(threads, std::move(work), asio::use_awaitable);
}

asked asked_of(const http_request& request) {
    asked made;
    made.method = std::string{request.method_string()};
    made.target = std::string{request.target()};
    std::ostringstream head;
    head << request.base();
    made.head = head.str();
    made.body = request.body();
    return made;
}

asio::awaitable<bool> send_reply(asio::ip::tcp::socket& socket, const http_request& request,
                                 source_access from) {
    auto question = asked_of(request);
    const auto made = co_await from.answer(std::move(question));
    if (!made->pass_to.empty()) {
        co_await pass_on(socket, request, made->pass_to);
        co_return false;
    }
    co_await pause_for(socket, made->wait);
    const bool to_head = request.method() == beast::http::verb::head;
    const bool has_body = made->has_body && !to_head;
    const bool chunked = !made->length && request.version() >= 11;
    const bool keep_alive =
        request.keep_alive() && !made->cut && (made->length || chunked || !made->has_body);
    auto head = head_text(*made, keep_alive, chunked);
    bool open = co_await write_text(socket, std::move(head));
    while (open && has_body) {
        auto piece = co_await from.next(*made);
        if (!piece) {
            break;
        }
        co_await pause_for(socket, piece->wait);
        auto bytes = std::move(piece->bytes);
        if (chunked) {
            const asio::const_buffer data{bytes.data(), bytes.size()};
            const auto chunk = beast::http::make_chunk(data);
            const auto [failed, written] = co_await asio::async_write(socket, chunk, use_result);
            open = !failed;
        } else {
            open = co_await write_text(socket, std::move(bytes));
        }
    }
    if (made->cut) {
        co_return false;
    }
    if (open && has_body && chunked) {
        std::string last = "0\r\n\r\n";
        open = co_await write_text(socket, std::move(last));
    }
    co_return open&& keep_alive;
}

asio::awaitable<void> serve_replies(asio::ip::tcp::socket& socket, const http_request& handshake,
                                    source_access from) {
    beast::websocket::stream<asio::ip::tcp::socket&> stream{socket};
    beast::websocket::permessage_deflate deflate;
    deflate.server_enable = true;
    deflate.server_no_context_takeover = true;
    deflate.client_no_context_takeover = true;
    stream.set_option(deflate);
    stream.read_message_max(0);
    stream.auto_fragment(false);
    stream.text(true);
    const auto [refused] = co_await stream.async_accept(handshake, use_result);
    bool open = !refused;
    beast::flat_buffer buffer;
    while (open) {
        const auto [error, size] = co_await stream.async_read(buffer, use_result);
        if (error) {
            co_return;
        }
        auto question = asked_of(handshake);
        question.body = beast::buffers_to_string(buffer.data());
        question.on_websocket = true;
        buffer.clear();
        const auto made = co_await from.answer(std::move(question));
        co_await pause_for(socket, made->wait);
        while (open) {
            auto piece = co_await from.next(*made);
            if (!piece) {
                break;
            }
            co_await pause_for(socket, piece->wait);
            const auto [failed, written] =
                co_await stream.async_write(asio::buffer(piece->bytes), use_result);
            open = !failed;
        }
        open = open && !made->cut;
    }
}

}  // namespace tapes::mock
