#pragma once

#include <tapes/mock/mock.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <string>

namespace tapes::mock::test {

/// What the server sends to these bytes until it closes.
inline std::string talk(const server& to, const std::string& bytes) {
    namespace asio = boost::asio;
    asio::io_context context;
    asio::ip::tcp::socket socket{context};
    socket.connect({asio::ip::address_v4::loopback(), to.port()});
    asio::write(socket, asio::buffer(bytes));
    std::string out;
    boost::system::error_code error;
    asio::read(socket, asio::dynamic_buffer(out), error);
    return out;
}

}  // namespace tapes::mock::test
