#pragma once

#include "answer.hpp"

#include <tapes/http/head.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

namespace tapes::mock {

/// What a WebSocket is to be like, as its handshake asks.
struct websocket_opening {
    std::string path;
    std::string key;       ///< Sec-WebSocket-Key
    bool deflate = false;  ///< permessage-deflate was offered, and is taken without context takeover
    shape look;
    int cut = -1;  ///< closes after so many events of an answer
    std::chrono::milliseconds event_delay{0};
};

/// True for a handshake (RFC 6455 §4.2.1) on a path whose API answers on WebSockets too: Responses.
bool opens_websocket(const http::request_head& head) noexcept;

/// Path, key and extension of a handshake; the rest is the caller's to set.
websocket_opening read_opening(const http::request_head& head);

/// Accepts, then answers each `response.create` in turn with the events of a streamed answer, a message each,
/// until the peer closes. `generate: false` gets an answer without output. `early` is what came behind the
/// handshake; `socket` and `counter` must outlive the coroutine.
boost::asio::awaitable<void> serve_websocket(boost::asio::ip::tcp::socket& socket, websocket_opening how,
                                             std::string early, std::atomic<std::uint64_t>& counter);

}  // namespace tapes::mock
