#include <tapes/api/admin_client.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <cstdint>
#include <exception>
#include <stdexcept>

namespace tapes::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t largest_answer = 64ULL << 20;

struct place {
    std::string host;  ///< without brackets
    std::string port;
    std::string authority;  ///< as in the URL
};

place place_of(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) {
        throw std::runtime_error{"the admin listener's address must begin with http://, not be \"" + url +
                                 "\""};
    }
    place made;
    made.authority = url.substr(scheme.size(), url.find('/', scheme.size()) - scheme.size());
    const auto bracket = made.authority.find(']');
    const auto colon = made.authority.rfind(':');
    const bool has_port = colon != std::string::npos && (bracket == std::string::npos || colon > bracket);
    made.host = made.authority.substr(0, has_port ? colon : std::string::npos);
    made.port = has_port ? made.authority.substr(colon + 1) : "80";
    if (made.host.starts_with('[') && made.host.ends_with(']')) {
        made.host = made.host.substr(1, made.host.size() - 2);
    }
    return made;
}

http::request<http::string_body> wire_form(const request& what, const place& at, const std::string& token) {
    http::request<http::string_body> made;
    made.method_string(what.method);
    made.target(what.path + (what.query.empty() ? "" : "?" + what.query));
    made.version(11);
    made.set(http::field::host, at.authority);
    made.set(http::field::connection, "close");
    made.set(http::field::accept, "application/json");
    if (!token.empty()) {
        made.set(http::field::authorization, "Bearer " + token);
    }
    for (const auto& [name, value] : what.fields) {
        made.set(name, value);
    }
    made.body() = what.body;
    made.prepare_payload();
    return made;
}

asio::awaitable<response> exchange(place at, http::request<http::string_body> wanted,
                                   std::chrono::milliseconds timeout) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver{executor};
    const auto found = co_await resolver.async_resolve(at.host, at.port, asio::use_awaitable);
    beast::tcp_stream stream{executor};
    stream.expires_after(timeout);
    co_await stream.async_connect(found, asio::use_awaitable);
    co_await http::async_write(stream, wanted, asio::use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(largest_answer);
    if (wanted.method() == http::verb::head) {
        parser.skip(true);
    }
    co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
    auto answer = parser.release();
    response made;
    made.status = answer.result_int();
    made.content_type = std::string{answer[http::field::content_type]};
    made.body = std::move(answer.body());
    co_return made;
}

}  // namespace

response ask_admin(const admin_address& at, const request& what, std::chrono::milliseconds timeout) {
    const auto where = place_of(at.url);
    asio::io_context io;
    response answer;
    std::exception_ptr failed;
    asio::co_spawn(io, exchange(where, wire_form(what, where, at.token), timeout),
                   [&](std::exception_ptr error, response made) {
                       failed = error;
                       answer = std::move(made);
                   });
    io.run();
    if (failed) {
        try {
            std::rethrow_exception(failed);
        } catch (const std::exception& error) {
            throw std::runtime_error{"no answer from the admin listener at " + at.url + ": " + error.what()};
        }
    }
    return answer;
}

}  // namespace tapes::api
