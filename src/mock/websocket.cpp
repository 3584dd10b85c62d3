#include "websocket.hpp"

#include "answers.hpp"
#include "text.hpp"
#include "use_result.hpp"

#include <tapes/llm/socket.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace tapes::mock {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;

constexpr std::size_t write_buffer_bytes = 1024 * 1024;  // Beast would cut messages into frames of 4 KiB

std::string_view path_of(const http_request& handshake) {
    const std::string_view target = handshake.target();
    return target.substr(0, target.find('?'));
}

/// The data of a server-sent event.
std::string_view data_of(std::string_view event) {
    constexpr std::string_view name = "data: ";
    const auto at = event.find(name);
    return at == std::string_view::npos
               ? std::string_view{}
               : event.substr(at + name.size(), event.find('\n', at) - at - name.size());
}

class conversation {
public:
    conversation(asio::ip::tcp::socket& socket, const http_request& handshake, controls control,
                 std::atomic<std::uint64_t>& counter)
        : stream_{socket},
          timer_{socket.get_executor()},
          handshake_{handshake},
          control_{std::move(control)},
          counter_{counter} {}

    asio::awaitable<void> run() {
        beast::websocket::permessage_deflate deflate;
        deflate.server_enable = true;
        deflate.server_no_context_takeover = true;
        deflate.client_no_context_takeover = true;
        stream_.set_option(deflate);
        stream_.read_message_max(0);
        stream_.auto_fragment(false);
        stream_.write_buffer_bytes(write_buffer_bytes);
        stream_.text(true);
        const auto [refused] = co_await stream_.async_accept(handshake_, use_result);
        bool open = !refused;
        while (open) {
            const auto [error, size] = co_await stream_.async_read(buffer_, use_result);
            open = !error;
            if (open) {
                open = co_await answer();
            }
        }
    }

private:
    /// Sends one event as a message; what names the lane goes with it.
    asio::awaitable<bool> send(std::string event) {
        if (!lane_.empty() && event.size() > 2) {
            event.insert(1, "\"stream_id\":" + lane_ + ",");
        }
        const auto [error, size] = co_await stream_.async_write(asio::buffer(event), use_result);
        co_return !error;
    }

    asio::awaitable<bool> answer() {
        const auto number = counter_.fetch_add(1, std::memory_order_relaxed);
        auto message = beast::buffers_to_string(buffer_.data());
        buffer_.clear();
        const auto parsed = json::parse(message, nullptr, false);
        if (!parsed.is_object() || string_member(parsed, "type") != "response.create") {
            if (parsed.is_object() && parsed.contains("type")) {
                co_return true;  // an acknowledgement, or something of later: no answer
            }
            lane_.clear();
            auto refusal = error_event(400, error_body(400, "The message is no event."));
            co_return co_await send(std::move(refusal));
        }
        lane_ = parsed.contains("stream_id") ? dump(parsed["stream_id"]) : std::string{};
        if (parsed.contains("generate") && parsed["generate"] == false) {
            co_return co_await prepare(parsed, number);
        }
        message.insert(message.find('{') + 1, "\"stream\":true,");
        message.reserve(message.size() + request_padding);
        const auto made = find_answerer("POST", path_of(handshake_))(message, control_.look, number);
        if (!made.stream) {
            auto refusal = error_event(made.status, made.body);
            co_return co_await send(std::move(refusal));
        }
        for (std::size_t i = 0; i < made.events(); ++i) {
            if (static_cast<int>(i) == control_.cut) {
                co_return false;
            }
            if (i > 0 && control_.event_delay.count() > 0) {
                timer_.expires_after(control_.event_delay);
                co_await timer_.async_wait(use_result);
            }
            std::string data{data_of(made.event(i))};
            const bool sent = co_await send(std::move(data));
            if (!sent) {
                co_return false;
            }
        }
        co_return true;
    }

    static std::string error_event(int status, std::string_view body) {
        return "{\"type\":\"error\",\"status\":" + std::to_string(status) + "," +
               std::string{body.substr(body.find('{') + 1)};
    }

    /// Answers `generate: false`: the request is taken over, without output.
    asio::awaitable<bool> prepare(json request, std::uint64_t number) {
        json made{{"id", "resp_mock" + std::to_string(number)},
                  {"object", "response"},
                  {"created_at", 1700000000},
                  {"status", "completed"},
                  {"model", string_member(request, "model")},
                  {"output", json::array()},
                  {"usage", {{"input_tokens", 0}, {"output_tokens", 0}, {"total_tokens", 0}}}};
        const json created{{"type", "response.created"}, {"sequence_number", 0}, {"response", made}};
        const json completed{{"type", "response.completed"}, {"sequence_number", 1}, {"response", made}};
        auto first = dump(created);
        const bool open = co_await send(std::move(first));
        if (!open) {
            co_return false;
        }
        auto last = dump(completed);
        co_return co_await send(std::move(last));
    }

    beast::websocket::stream<asio::ip::tcp::socket&> stream_;
    asio::steady_timer timer_;
    const http_request& handshake_;
    controls control_;
    beast::flat_buffer buffer_;
    std::string lane_;  ///< the `stream_id` of the request that is being answered, as JSON
    std::atomic<std::uint64_t>& counter_;
};

}  // namespace

bool opens_websocket(const http_request& handshake) {
    const auto path = path_of(handshake);
    return beast::websocket::is_upgrade(handshake) && llm::find_socket_look(path) != nullptr &&
           find_answerer("POST", path) != nullptr;
}

asio::awaitable<void> serve_websocket(asio::ip::tcp::socket& socket, const http_request& handshake,
                                      controls control, std::atomic<std::uint64_t>& counter) {
    conversation one{socket, handshake, std::move(control), counter};
    co_await one.run();
}

}  // namespace tapes::mock
