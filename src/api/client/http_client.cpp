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
namespace http = beast::http;
using tcp = asio::ip::tcp;
using std::chrono::steady_clock;

/// How often it is looked whether nobody wants the answer any more.
constexpr std::chrono::milliseconds look_every{20};

http::request<http::string_body> wire_form(http_question& asked) {
    auto& what = asked.what;
    http::request<http::string_body> made;
    made.method_string(what.method);
    made.target(asked.where.prefix + what.path + (what.query.empty() ? "" : "?" + what.query));
    made.version(11);
    made.set(http::field::host, asked.where.authority);
    made.set(http::field::connection, "close");
    made.set(http::field::accept, "application/json");
    if (!asked.token.empty()) {
        made.set(http::field::authorization, "Bearer " + asked.token);
    }
    for (const auto& [name, value] : what.fields) {
        made.set(name, value);
    }
    made.body() = std::move(what.body);
    made.prepare_payload();
    return made;
}

asio::awaitable<response> exchange(http_question asked) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver{executor};
    const auto found =
        co_await resolver.async_resolve(asked.where.host, asked.where.port, asio::use_awaitable);
    beast::tcp_stream stream{executor};
    stream.expires_after(asked.timeout);
    co_await stream.async_connect(found, asio::use_awaitable);
    const auto wanted = wire_form(asked);
    co_await http::async_write(stream, wanted, asio::use_awaitable);
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(asked.max_bytes);
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

std::optional<http_place> read_http_url(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) {
        return std::nullopt;
    }
    const auto slash = std::min(url.find('/', scheme.size()), url.size());
    http_place made;
    made.authority = url.substr(scheme.size(), slash - scheme.size());
    made.prefix = url.substr(slash);
    while (made.prefix.ends_with('/')) {
        made.prefix.pop_back();
    }
    const auto& authority = made.authority;
    const auto bracket = authority.find(']');
    const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
    made.host = authority.substr(0, colon);
    made.port = colon == std::string::npos ? "80" : authority.substr(colon + 1);
    if (made.host.starts_with('[') && made.host.ends_with(']')) {
        made.host = made.host.substr(1, made.host.size() - 2);
    }
    const bool number = !made.port.empty() && made.port.size() <= 5 &&
                        made.port.find_first_not_of("0123456789") == std::string::npos;
    const bool good = number && !made.host.empty() && made.host.find('@') == std::string::npos;
    return good ? std::optional{std::move(made)} : std::nullopt;
}

response ask_http(http_question asked) {
    const auto until = steady_clock::now() + asked.timeout;
    const auto* const given_up = asked.given_up;
    const auto unwanted = [given_up] { return given_up != nullptr && given_up->load(); };
    asio::io_context io;
    std::optional<response> answer;
    std::exception_ptr failed;
    asio::co_spawn(io, exchange(std::move(asked)), [&](std::exception_ptr error, response made) {
        failed = std::move(error);
        answer = std::move(made);
    });
    while (!answer && !unwanted() && steady_clock::now() < until) {
        io.run_until(given_up == nullptr ? until : std::min(until, steady_clock::now() + look_every));
    }
    if (failed) {
        std::rethrow_exception(failed);
    }
    if (!answer) {
        throw boost::system::system_error{unwanted() ? asio::error::operation_aborted
                                                     : make_error_code(beast::error::timeout)};
    }
    return *std::move(answer);
}

}  // namespace tapes::api
