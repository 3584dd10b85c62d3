#pragma once

#include "controls.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <cstdint>

namespace tapes::mock {

using http_request = boost::beast::http::request<boost::beast::http::string_body>;

/// Tells whether a request is a handshake on a path whose API answers on WebSockets too: Responses.
bool opens_websocket(const http_request& handshake);

/// Accepts the handshake, and permessage-deflate without context takeover where it is offered. Then answers
/// each `response.create` in turn with the events of a streamed answer, a message each, until the peer
/// closes. `generate: false` gets an answer without output. `socket` and `counter` must outlive the
/// coroutine.
boost::asio::awaitable<void> serve_websocket(boost::asio::ip::tcp::socket& socket,
                                             const http_request& handshake, controls control,
                                             std::atomic<std::uint64_t>& counter);

}  // namespace tapes::mock
