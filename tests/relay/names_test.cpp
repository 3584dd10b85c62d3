// Names of upstreams that are slow to be found.
#include "support.hpp"

#include <catch2/catch.hpp>
#include <dlfcn.h>
#include <netdb.h>
#include <sys/socket.h>

#include <condition_variable>
#include <cstring>
#include <mutex>

namespace tapes::relay::names_test {

namespace {

/// The look-up of the slow name: it ends when the test says so.
class slow_look_up {
public:
    void wait() {
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, test::bound, [this] { return over_; });
    }
    void end() {
        const std::lock_guard guard{mutex_};
        over_ = true;
        changed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool over_ = false;
};

slow_look_up look_up;

}  // namespace

/// Stands in place of the system's: one name takes long to be found.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
    if (node != nullptr && std::strcmp(node, "slow.invalid") == 0) {
        look_up.wait();
        return EAI_NONAME;
    }
    static const auto system = reinterpret_cast<decltype(&getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    if (node == nullptr || std::strcmp(node, "two.invalid") != 0) {
        return system(node, service, hints, found);
    }
    if (const int failed = system("127.0.0.2", service, hints, found); failed != 0) {
        return failed;
    }
    addrinfo* last = *found;
    while (last->ai_next != nullptr) {
        last = last->ai_next;
    }
    return system("127.0.0.1", service, hints, &last->ai_next);
}

using namespace test;

namespace {

/// A listener whose queue is full: who connects gets no answer.
class silent_address {
public:
    explicit silent_address(const char* address, unsigned short port)
        : acceptor_{context_, {asio::ip::make_address(address), port}} {
        acceptor_.listen(0);
        const auto local = acceptor_.local_endpoint();
        for (int i = 0; i < 6; ++i) {
            auto& one = fill_.emplace_back(context_);
            one.open(local.protocol());
            one.native_non_blocking(true);
            ::connect(one.native_handle(), local.data(), static_cast<socklen_t>(local.size()));
        }
    }

private:
    asio::io_context context_;
    asio::ip::tcp::acceptor acceptor_;
    std::vector<asio::ip::tcp::socket> fill_;
};

unsigned short port_of(const upstream& up) {
    const auto url = up.url();
    return static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)));
}

/// Serves one request of a new connection; returns how long it took to reach the upstream.
steady::duration reach(running_relay& relay) {
    const auto began = steady::now();
    auto client = relay.connect();
    client.send(get_request);
    auto up = relay.up.accept();
    const auto took = steady::now() - began;
    up.read_until("\r\n\r\n");
    up.send(answer_with("x"));
    CHECK(client.read_until("\r\n\r\nx") == answer_with("x"));
    up.close();
    return took;
}

}  // namespace

TEST_CASE("a name that takes long to be found ends at connect_timeout, and is not waited for elsewhere") {
    running_relay relay{[](options& settings) {
        settings.upstream = "http://slow.invalid:1";
        settings.timeouts.connect = std::chrono::milliseconds{200};
    }};
    auto client = relay.connect();
    client.send(get_request);
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 504"));
    CHECK(relay.recorder.get(0).ended == capture::end_reason::timeout);
    look_up.end();  // or the relay's end would wait for it
}

TEST_CASE(
    "a silent address of a name costs a share of the time, and the one that answers is first next time") {
    running_relay relay{[](options& settings) {
        settings.upstream = "http://two.invalid" + settings.upstream.substr(settings.upstream.rfind(':'));
        settings.timeouts.connect = std::chrono::seconds{10};
    }};
    const silent_address first{"127.0.0.2", port_of(relay.up)};
    const auto took = reach(relay);
    CHECK(took >= 250ms);
    CHECK(took < 5s);
    auto fastest = took;
    for (int i = 0; i < 5; ++i) {
        fastest = std::min(fastest, reach(relay));
    }
    CHECK(fastest < 200ms);
}

TEST_CASE("where the time to connect is short, every address has its share of it") {
    running_relay relay{[](options& settings) {
        settings.upstream = "http://two.invalid" + settings.upstream.substr(settings.upstream.rfind(':'));
        settings.timeouts.connect = std::chrono::milliseconds{300};
    }};
    const silent_address first{"127.0.0.2", port_of(relay.up)};
    reach(relay);
    CHECK(relay.recorder.get(0).status == 200);
}

TEST_CASE("an address that refuses costs no time") {
    running_relay relay{[](options& settings) {
        settings.upstream = "http://two.invalid" + settings.upstream.substr(settings.upstream.rfind(':'));
    }};
    auto fastest = reach(relay);
    CHECK(relay.recorder.get(0).status == 200);
    CHECK(fastest < 5s);
}

TEST_CASE("with every address silent the time to connect ends the wait") {
    running_relay relay{[](options& settings) {
        settings.upstream =
            "http://two.invalid:" + settings.upstream.substr(settings.upstream.rfind(':') + 1);
        settings.timeouts.connect = std::chrono::milliseconds{500};
    }};
    const auto port = port_of(relay.up);
    relay.up.refuse();
    const silent_address first{"127.0.0.2", port};
    const silent_address second{"127.0.0.1", port};
    auto client = relay.connect();
    client.send(get_request);
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 504"));
    CHECK(relay.recorder.get(0).ended == capture::end_reason::timeout);
}

}  // namespace tapes::relay::names_test
