#include <tapes/api/http_content_source.hpp>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>
#include <stdexcept>
#include <string>

namespace tapes::api::http_content_source_test {

using namespace tapes;
using namespace std::chrono_literals;

namespace {

api::http_content_settings asked_at(const std::string& url, std::chrono::milliseconds timeout) {
    api::http_content_settings how;
    how.urls = {url};
    how.timeout = timeout;
    return how;
}

/// Takes connections, and says nothing.
class silent_server {
public:
    silent_server() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in at{};
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof at;
        auto* const address = reinterpret_cast<sockaddr*>(&at);
        if (::bind(socket_, address, size) != 0 || ::listen(socket_, 8) != 0 ||
            ::getsockname(socket_, address, &size) != 0) {
            throw std::runtime_error{"no socket"};
        }
        url = "http://127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    }
    ~silent_server() { ::close(socket_); }
    silent_server(const silent_server&) = delete;
    silent_server& operator=(const silent_server&) = delete;

    std::string url;

private:
    int socket_;
};

}  // namespace

TEST_CASE("a content source must be an HTTP URL, and one that cannot be reached says so") {
    for (const auto* const bad : {"https://a", "a:80", "http://", "http://:80", "http://u:p@h"}) {
        INFO(bad);
        CHECK_THROWS_AS(api::make_http_content_source(asked_at(bad, 1s)), std::invalid_argument);
    }
    const auto nobody = api::make_http_content_source(asked_at("http://127.0.0.1:1/x", 2s));
    const auto answer = nobody->find({});
    CHECK_FALSE(answer.found);
    CHECK(answer.reason.find("http://127.0.0.1:1/x cannot be asked: ") == 0);
}

TEST_CASE("a content source that is silent is waited for until its time is over") {
    const silent_server silent;
    const auto source = api::make_http_content_source(asked_at(silent.url, 50ms));
    CHECK(source->find({}).reason == silent.url + " did not answer in time");
}

TEST_CASE("a content source that is given up ends what is being asked, and is not asked again") {
    const silent_server silent;
    const auto source = api::make_http_content_source(asked_at(silent.url, 1h));
    auto asked = std::async(std::launch::async, [&] { return source->find({}); });
    CHECK(asked.wait_for(100ms) == std::future_status::timeout);
    source->give_up();
    CHECK_FALSE(asked.get().found);
    CHECK_FALSE(source->find({}).found);
}

}  // namespace tapes::api::http_content_source_test
