#pragma once

#include <tapes/mock/mock.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>

namespace tapes::mock {

/// Serves one connection until it ends. `settings` and `counter` must outlive the coroutine.
boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket, const options& settings,
                                   std::atomic<std::uint64_t>& counter);

}  // namespace tapes::mock
