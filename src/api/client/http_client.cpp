#include "client/http_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace tapes::api {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using tcp = asio::ip::tcp;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds cancel_check_interval{20};

beast::http::request<beast::http::string_body> wire_request_of(http_call& call) {
    auto& request = call.request;
    beast::http::request<beast::http::string_body> wire;
    wire.method_string(request.method);
    wire.target(call.server.prefix + request.path + (request.query.empty() ? "" : "?" + request.query));
    wire.version(11);
    wire.set(beast::http::field::host, call.server.authority);
    wire.set(beast::http::field::connection, "close");
    wire.set(beast::http::field::accept, "application/json");
    if (!call.token.empty()) {
        wire.set(beast::http::field::authorization, "Bearer " + call.token);
    }
    for (const auto& [name, value] : request.fields) {
        wire.set(name, value);
    }
    wire.body() = std::move(request.body);
    wire.prepare_payload();
    return wire;
}

asio::awaitable<response> exchange(http_call call) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver{executor};
    const auto endpoints =
        co_await resolver.async_resolve(call.server.host, call.server.port, asio::use_awaitable);
    beast::tcp_stream stream{executor};
    stream.expires_after(call.timeout);
    co_await stream.async_connect(endpoints, asio::use_awaitable);
    const auto request = wire_request_of(call);
    co_await beast::http::async_write(stream, request, asio::use_awaitable);
    beast::flat_buffer buffer;
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(call.max_bytes);
    if (request.method() == beast::http::verb::head) {
        parser.skip(true);
    }
    co_await beast::http::async_read(stream, buffer, parser, asio::use_awaitable);
    auto received = parser.release();
    response answer;
    answer.status = received.result_int();
    answer.content_type = std::string{received[beast::http::field::content_type]};
    answer.body = std::move(received.body());
    co_return answer;
}

}  // namespace

std::optional<http_server> read_http_url(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) {
        return std::nullopt;
    }
    const auto slash = std::min(url.find('/', scheme.size()), url.size());
    http_server server;
    server.authority = url.substr(scheme.size(), slash - scheme.size());
    server.prefix = url.substr(slash);
    while (server.prefix.ends_with('/')) {
        server.prefix.pop_back();
    }
    const auto& authority = server.authority;
    const auto bracket = authority.find(']');
    const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
    server.host = authority.substr(0, colon);
    server.port = colon == std::string::npos ? "80" : authority.substr(colon + 1);
    if (server.host.starts_with('[') && server.host.ends_with(']')) {
        server.host = server.host.substr(1, server.host.size() - 2);
    }
    const bool number = !server.port.empty() && server.port.size() <= 5 &&
                        server.port.find_first_not_of("0123456789") == std::string::npos;
    const bool good = number && !server.host.empty() && server.host.find('@') == std::string::npos;
    return good ? std::optional{std::move(server)} : std::nullopt;
}

response send_http(http_call call) {
    const auto until = steady_clock::now() + call.timeout;
    const auto* const cancelled = call.cancelled;
    const auto is_cancelled = [cancelled] { return cancelled != nullptr && cancelled->load(); };
    asio::io_context io;
    std::optional<response> answer;
    std::exception_ptr failed;
    asio::co_spawn(io, exchange(std::move(call)), [&](std::exception_ptr error, response received) {
        failed = std::move(error);
        answer = std::move(received);
    });
    while (!answer && !is_cancelled() && steady_clock::now() < until) {
        io.run_until(cancelled == nullptr ? until
                                          : std::min(until, steady_clock::now() + cancel_check_interval));
    }
    if (failed) {
        std::rethrow_exception(failed);
    }
    if (!answer) {
        throw boost::system::system_error{is_cancelled() ? asio::error::operation_aborted
                                                         : make_error_code(beast::error::timeout)};
    }
    return *std::move(answer);
}

}  // namespace tapes::api
