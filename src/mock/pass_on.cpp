#include "pass_on.hpp"

#include "answers.hpp"
#include "use_result.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <charconv>
#include <cstddef>

namespace tapes::mock {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

struct server_place {
    tcp::endpoint address;
    std::string host;
    std::string path;
};

/// Reads `http://ADDRESS:PORT/PATH`.
server_place place_of(std::string_view base) {
    base.remove_prefix(std::min(base.size(), std::string_view{"http://"}.size()));
    const auto slash = std::min(base.find('/'), base.size());
    const auto host = base.substr(0, slash);
    const auto colon = std::min(host.rfind(':'), host.size());
    std::uint16_t port = 80;
    if (colon < host.size()) {
        std::from_chars(host.data() + colon + 1, host.data() + host.size(), port);
    }
    boost::system::error_code ignored;
    const auto address = asio::ip::make_address(std::string{host.substr(0, colon)}, ignored);
    return {{address, port}, std::string{host}, std::string{base.substr(slash)}};
}

asio::awaitable<void> refuse(tcp::socket& client, std::string_view path) {
    const auto body = error_body_for(path, 502, "The proxy that records what is missing cannot be reached.");
    const auto text = "HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nContent-Length: " +
                      std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
    co_await asio::async_write(client, asio::buffer(text), use_result);
}

}  // namespace

asio::awaitable<void> pass_on(tcp::socket& client, const http_request& request, std::string base) {
    const auto to = place_of(base);
    const std::string target{request.target()};
    tcp::socket upstream{client.get_executor()};
    const auto [failed] = co_await upstream.async_connect(to.address, use_result);
    if (failed) {
        co_await refuse(client, target.substr(0, target.find('?')));
        co_return;
    }
    auto sent = request;
    const auto whole_target = to.path + target;
    sent.target(whole_target);
    sent.set(beast::http::field::host, to.host);
    sent.set(beast::http::field::connection, "close");
    sent.erase(beast::http::field::expect);
    sent.prepare_payload();
    const auto [unsent, size] = co_await beast::http::async_write(upstream, sent, use_result);
    std::array<char, std::size_t{64} * 1024> bytes{};
    bool open = !unsent;
    while (open) {
        const auto [ended, count] = co_await upstream.async_read_some(asio::buffer(bytes), use_result);
        if (ended || count == 0) {
            break;
        }
        const asio::const_buffer piece{bytes.data(), count};
        const auto [gone, written] = co_await asio::async_write(client, piece, use_result);
        open = !gone;
    }
}

}  // namespace tapes::mock
