#pragma once

#include "websocket.hpp"

#include <tapes/mock/answer_source.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <optional>

namespace tapes::mock {

/// Asks a source on a thread of a pool, so that no connection waits for what another one asked.
class source_access {
public:
    /// Both must outlive it.
    source_access(answer_source& source, boost::asio::thread_pool& threads) noexcept
        : source_{&source}, threads_{&threads} {}

    boost::asio::awaitable<std::unique_ptr<reply>> answer(asked request) const;
    boost::asio::awaitable<bool> accepts_websocket(asked handshake) const;
    /// Returns the next piece of a reply; nothing at its end, or where it cannot be read: then it is cut.
    boost::asio::awaitable<std::optional<reply_piece>> next(reply& from) const;

private:
    answer_source* source_;
    boost::asio::thread_pool* threads_;
};

/// Returns a request as a source is asked it.
asked asked_of(const http_request& request);

/// Answers one request from a source. Returns false where the connection is to end.
boost::asio::awaitable<bool> send_reply(boost::asio::ip::tcp::socket& socket, const http_request& request,
                                        source_access from);

/// Answers the messages of a WebSocket that is accepted, each with those of a reply, until the peer closes.
boost::asio::awaitable<void> serve_replies(boost::asio::ip::tcp::socket& socket,
                                           const http_request& handshake, source_access from);

}  // namespace tapes::mock
