#include "websocket.hpp"

#include "answers.hpp"
#include "text.hpp"

#include <tapes/http/websocket.hpp>
#include <tapes/llm/socket.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <optional>

namespace tapes::mock {
namespace {

namespace asio = boost::asio;
using reader = http::websocket_reader;

constexpr auto use_result = asio::as_tuple(asio::use_awaitable);
constexpr http::deflate_settings taken{false, 15};
constexpr unsigned text_frame = 1;
constexpr unsigned close_frame = 8;
constexpr unsigned compressed = 0x40;

/// RFC 6455 §4.2.2.
std::string accept_of(std::string key) {
    key += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(key.data(), key.size(), digest.data(), &size, EVP_sha1(), nullptr);
    std::array<unsigned char, 64> text{};
    const int length = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(size));
    return {text.begin(), text.begin() + length};
}

/// A whole message, compressed on its own (RFC 7692 §7.2.1).
std::string deflated(std::string_view text) {
    z_stream stream{};
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -taken.window_bits, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        throw std::bad_alloc{};
    }
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 16, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_SYNC_FLUSH);
    out.resize(out.size() - stream.avail_out - 4);
    deflateEnd(&stream);
    return out;
}

/// A frame of our own, unmasked and last of its message.
std::string frame(unsigned opcode, std::string_view payload) {
    std::string out(1, static_cast<char>(0x80U | opcode));
    if (payload.size() < 126) {
        out += static_cast<char>(payload.size());
    } else {
        const unsigned bytes = payload.size() < 65536 ? 2 : 8;
        out += static_cast<char>(bytes == 2 ? 126 : 127);
        for (unsigned i = bytes; i-- > 0;) {
            out += static_cast<char>(payload.size() >> (8 * i) & 0xffU);
        }
    }
    return out.append(payload);
}

/// The data of a server-sent event.
std::string_view data_of(std::string_view event) {
    constexpr std::string_view name = "data: ";
    const auto at = event.find(name);
    return at == std::string_view::npos
               ? std::string_view{}
               : event.substr(at + name.size(), event.find('\n', at) - at - name.size());
}

std::string string_of(const json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

class conversation {
public:
    conversation(asio::ip::tcp::socket& socket, websocket_opening how, std::string early,
                 std::atomic<std::uint64_t>& counter)
        : socket_{socket},
          timer_{socket.get_executor()},
          how_{std::move(how)},
          in_{std::move(early)},
          counter_{counter},
          reader_{http::websocket_side::client, how_.deflate ? std::optional{taken} : std::nullopt} {}

    asio::awaitable<void> run() {
        std::string head =
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
        head.append("Sec-WebSocket-Accept: ").append(accept_of(how_.key)).append("\r\n");
        if (how_.deflate) {
            head.append(
                "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
                "client_no_context_takeover\r\n");
        }
        head.append("\r\n");
        bool open = co_await write(head);
        while (open) {
            const auto step = reader_.next(in_);
            in_.erase(0, step.consumed);
            if (step.what == reader::event::message) {
                open = co_await answer();
            } else if (step.what == reader::event::control && step.opcode == close_frame) {
                const auto bye = frame(close_frame, "\x03\xe8");
                co_await write(bye);
                open = false;
            } else if (step.what == reader::event::more) {
                open = co_await read_more();
            } else if (step.what == reader::event::error) {
                open = false;
            }
        }
        boost::system::error_code ignored;
        socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    }

private:
    asio::awaitable<bool> read_more() {
        std::array<char, 16384> room;  // NOLINT: filled before it is read
        const auto [error, count] = co_await socket_.async_read_some(asio::buffer(room), use_result);
        in_.append(room.data(), count);
        co_return !error;
    }

    asio::awaitable<bool> write(std::string_view bytes) {
        const auto [error, count] = co_await asio::async_write(socket_, asio::buffer(bytes), use_result);
        co_return !error && count == bytes.size();
    }

    /// One event as a message; what names the lane goes with it.
    asio::awaitable<bool> say(std::string event) {
        if (!lane_.empty() && event.size() > 2) {
            event.insert(1, "\"stream_id\":" + lane_ + ",");
        }
        const auto bytes =
            how_.deflate ? frame(compressed | text_frame, deflated(event)) : frame(text_frame, event);
        co_return co_await write(bytes);
    }

    asio::awaitable<bool> answer() {
        const auto number = counter_.fetch_add(1, std::memory_order_relaxed);
        std::string asked{reader_.message()};
        const auto parsed = json::parse(asked, nullptr, false);
        if (!parsed.is_object() || string_of(parsed, "type") != "response.create") {
            if (parsed.is_object() && parsed.contains("type")) {
                co_return true;  // an acknowledgement, or something of later: no answer
            }
            lane_.clear();
            co_return co_await say(error_event(400, error_body(400, "The message is no event.")));
        }
        lane_ = parsed.contains("stream_id") ? dump(parsed["stream_id"]) : std::string{};
        if (parsed.contains("generate") && parsed["generate"] == false) {
            co_return co_await prepare(parsed, number);
        }
        asked.insert(asked.find('{') + 1, "\"stream\":true,");
        const auto size = asked.size();
        asked.resize(size + request_padding);
        const auto made =
            find_answerer("POST", how_.path)(std::string_view{asked}.substr(0, size), how_.look, number);
        if (!made.stream) {
            co_return co_await say(error_event(made.status, made.body));
        }
        for (std::size_t i = 0; i < made.events(); ++i) {
            if (static_cast<int>(i) == how_.cut) {
                co_return false;
            }
            if (i > 0 && how_.event_delay.count() > 0) {
                timer_.expires_after(how_.event_delay);
                co_await timer_.async_wait(use_result);
            }
            const bool sent = co_await say(std::string{data_of(made.event(i))});
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

    /// `generate: false`: the request's state is kept, nothing is said.
    asio::awaitable<bool> prepare(json asked, std::uint64_t number) {
        json made{{"id", "resp_mock" + std::to_string(number)},
                  {"object", "response"},
                  {"created_at", 1700000000},
                  {"status", "completed"},
                  {"model", string_of(asked, "model")},
                  {"output", json::array()},
                  {"usage", {{"input_tokens", 0}, {"output_tokens", 0}, {"total_tokens", 0}}}};
        const json created{{"type", "response.created"}, {"sequence_number", 0}, {"response", made}};
        const json completed{{"type", "response.completed"}, {"sequence_number", 1}, {"response", made}};
        const bool open = co_await say(dump(created));
        if (!open) {
            co_return false;
        }
        co_return co_await say(dump(completed));
    }

    asio::ip::tcp::socket& socket_;
    asio::steady_timer timer_;
    websocket_opening how_;
    std::string in_;
    std::string lane_;  ///< JSON; of the request that is being answered
    std::atomic<std::uint64_t>& counter_;
    reader reader_;
};

}  // namespace

bool opens_websocket(const http::request_head& head) noexcept {
    const auto* const to = http::find_field(head.fields, "upgrade");
    const auto path = head.target.substr(0, head.target.find('?'));
    return head.method == "GET" && head.upgrade && to != nullptr && http::has_token(to->value, "websocket") &&
           http::find_field(head.fields, "sec-websocket-key") != nullptr &&
           llm::find_socket_look(path) != nullptr && find_answerer("POST", path) != nullptr;
}

websocket_opening read_opening(const http::request_head& head) {
    websocket_opening read;
    read.path = head.target.substr(0, head.target.find('?'));
    read.key = http::find_field(head.fields, "sec-websocket-key")->value;
    for (const auto& one : head.fields) {
        read.deflate = read.deflate || (http::equal_names(one.name, "sec-websocket-extensions") &&
                                        one.value.find("permessage-deflate") != std::string_view::npos);
    }
    return read;
}

asio::awaitable<void> serve_websocket(asio::ip::tcp::socket& socket, websocket_opening how, std::string early,
                                      std::atomic<std::uint64_t>& counter) {
    conversation one{socket, std::move(how), std::move(early), counter};
    co_await one.run();
}

}  // namespace tapes::mock
