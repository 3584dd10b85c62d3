#include <tapes/publish/content_source.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tapes::publish {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct origin {
    std::string url;  ///< as configured, for messages
    std::string host;
    std::string port;
    std::string prefix;  ///< "" or "/path"
};

origin parse(const std::string& url) {
    constexpr std::string_view scheme = "http://";
    const auto wrong = [&url](const char* why) {
        return std::invalid_argument("content source \"" + url + "\": " + why);
    };
    if (!url.starts_with(scheme)) {
        throw wrong("must be http://host[:port]");
    }
    origin made{url, {}, "80", {}};
    auto rest = url.substr(scheme.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    made.prefix = rest.substr(slash);
    while (made.prefix.ends_with('/')) {
        made.prefix.pop_back();
    }
    rest.resize(slash);
    const auto bracket = rest.find(']');
    const auto colon = rest.find(':', bracket == std::string::npos ? 0 : bracket);
    if (colon != std::string::npos) {
        made.port = rest.substr(colon + 1);
        rest.resize(colon);
    }
    made.host = rest.starts_with('[') && rest.ends_with(']') ? rest.substr(1, rest.size() - 2) : rest;
    const bool number = !made.port.empty() && made.port.size() <= 5 &&
                        made.port.find_first_not_of("0123456789") == std::string::npos;
    if (made.host.empty() || made.host.find('@') != std::string::npos || !number) {
        throw wrong("must be http://host[:port]");
    }
    return made;
}

struct question {
    origin where;
    std::string target;
    std::string token;
    std::chrono::milliseconds timeout;
    std::uint64_t max_bytes;
};

asio::awaitable<http::response<http::string_body>> ask(question what) {
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver{executor};
    const auto found = co_await resolver.async_resolve(what.where.host, what.where.port, asio::use_awaitable);
    beast::tcp_stream stream{executor};
    stream.expires_after(what.timeout);
    co_await stream.async_connect(found, asio::use_awaitable);
    http::request<http::empty_body> request{http::verb::get, what.target, 11};
    const bool v6 = what.where.host.find(':') != std::string::npos;
    request.set(http::field::host,
                (v6 ? "[" + what.where.host + "]" : what.where.host) + ":" + what.where.port);
    request.set(http::field::accept, "application/json");
    request.set(http::field::connection, "close");
    if (!what.token.empty()) {
        request.set(http::field::authorization, "Bearer " + what.token);
    }
    co_await http::async_write(stream, request, asio::use_awaitable);
    http::response_parser<http::string_body> parser;
    parser.body_limit(what.max_bytes);
    beast::flat_buffer buffer;
    co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
    co_return parser.release();
}

content_answer read(const http::response<http::string_body>& answer) {
    if (answer.result() == http::status::ok) {
        return {true, answer.body(), {}};
    }
    return {false, {}, "answered " + std::to_string(answer.result_int())};
}

class http_content_source : public content_source {
public:
    explicit http_content_source(http_content_settings how) : how_{std::move(how)} {
        for (const auto& url : how_.urls) {
            origins_.push_back(parse(url));
        }
    }

    content_answer find(const merkle::digest& hash) override {
        std::string reasons;
        for (const auto& where : origins_) {
            auto answer = find_at(where, hash);
            if (answer.found) {
                return answer;
            }
            reasons += (reasons.empty() ? "" : "; ") + where.url + " " + answer.reason;
        }
        return {false, {}, reasons.empty() ? "no content source is configured" : reasons};
    }

private:
    content_answer find_at(const origin& where, const merkle::digest& hash) const {
        try {
            asio::io_context io;
            std::optional<http::response<http::string_body>> answer;
            std::exception_ptr failure;
            question what{where, where.prefix + "/v1/nodes/" + merkle::to_hex(hash), how_.token, how_.timeout,
                          how_.max_bytes};
            asio::co_spawn(io, ask(std::move(what)),
                           [&](std::exception_ptr error, http::response<http::string_body> came) {
                               failure = std::move(error);
                               answer = std::move(came);
                           });
            io.run_for(how_.timeout);
            if (!answer) {
                return {false, {}, "did not answer in time"};
            }
            if (failure) {
                std::rethrow_exception(failure);
            }
            return read(*answer);
        } catch (const boost::system::system_error& error) {
            return {false, {}, "cannot be asked: " + error.code().message()};
        } catch (const std::exception& error) {
            return {false, {}, std::string{"cannot be asked: "} + error.what()};
        }
    }

    const http_content_settings how_;
    std::vector<origin> origins_;
};

}  // namespace

std::unique_ptr<content_source> make_http_content_source(http_content_settings how) {
    return std::make_unique<http_content_source>(std::move(how));
}

}  // namespace tapes::publish
