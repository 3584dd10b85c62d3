#include <tapes/api/http_content_source.hpp>

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <future>
#include <stdexcept>
#include <string>
#include <vector>

namespace tapes::api::http_content_source_test {

using namespace tapes;
using namespace std::chrono_literals;

namespace {

api::http_content_settings source_at(const std::string& url, std::chrono::milliseconds timeout) {
    api::http_content_settings settings;
    settings.urls = {url};
    settings.timeout = timeout;
    return settings;
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
    ~silent_server() {
        for (const int client : clients_) {
            ::close(client);
        }
        ::close(socket_);
    }
    silent_server(const silent_server&) = delete;
    silent_server& operator=(const silent_server&) = delete;

    /// Waits until a client has sent something, at most 10 s.
    void wait_for_request() const {
        const int client = ::accept(socket_, nullptr, nullptr);
        const timeval limit{10, 0};
        ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        char byte = 0;
        const auto got = ::recv(client, &byte, 1, MSG_PEEK);
        clients_.push_back(client);
        REQUIRE(got == 1);
    }

    std::string url;

private:
    mutable std::vector<int> clients_;
    int socket_;
};

}  // namespace

TEST_CASE("a content source must be an HTTP URL, and one that cannot be reached says so") {
    for (const auto* const bad : {"https://a", "a:80", "http://", "http://:80", "http://u:p@h"}) {
        INFO(bad);
        CHECK_THROWS_AS(api::make_http_content_source(source_at(bad, 1s)), std::invalid_argument);
    }
    const auto nobody = api::make_http_content_source(source_at("http://127.0.0.1:1/x", 2s));
    const auto answer = nobody->find({});
    CHECK_FALSE(answer.found);
    CHECK(answer.reason.find("http://127.0.0.1:1/x cannot be asked: ") == 0);
}

TEST_CASE("a content source that is silent is waited for until its time is over") {
    const silent_server silent;
    const auto source = api::make_http_content_source(source_at(silent.url, 50ms));
    CHECK(source->find({}).reason == silent.url + " did not answer in time");
}

TEST_CASE("a content source that is given up ends what is being asked, and is not asked again") {
    const silent_server silent;
    const auto source = api::make_http_content_source(source_at(silent.url, 1h));
    auto answer = std::async(std::launch::async, [&] { return source->find({}); });
    silent.wait_for_request();
    CHECK(answer.wait_for(0ms) == std::future_status::timeout);
    source->give_up();
    CHECK_FALSE(answer.get().found);
    CHECK_FALSE(source->find({}).found);
}

}  // namespace tapes::api::http_content_source_test
