#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tapes::mock {

/// Makes an operation awaitable that gives its error code instead of throwing it.
inline constexpr auto use_result = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace tapes::mock
