#pragma once

#include "websocket.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace tapes::mock {

/// Sends a request to another server, `base` being its URL with the beginning of all paths, and hands the
/// answer's bytes to the client as they come, until that server closes. Where it cannot be reached the answer
/// is 502. The connection to the client must end after it.
boost::asio::awaitable<void> pass_on(boost::asio::ip::tcp::socket& client, const http_request& request,
                                     std::string base);

}  // namespace tapes::mock
