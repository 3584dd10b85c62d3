#pragma once

#include "shelf.hpp"

#include <tapes/mock/mock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>

namespace tapes::mock {

class source_access;

/// What all connections of a server share; it must outlive them.
struct served {
    const options& settings;
    std::atomic<std::uint64_t>& counter;
    answer_shelf& shelf;
    const source_access* answers = nullptr;  ///< who gives the answers; null: the mock
};

/// Serves one connection until it ends.
boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, served from);

}  // namespace tapes::mock
