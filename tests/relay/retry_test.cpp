// Requests on pooled connections that their upstream closes.
#include "support.hpp"

#include <catch2/catch.hpp>
#include <dlfcn.h>
#include <sys/socket.h>

#include <atomic>
#include <cstring>

namespace tapes::relay::retry_test {

namespace {

/// Runs once, before the system takes the next bytes that begin so: what happens between the look at a pooled
/// connection and the write to it. (The client of a test has another Host.)
struct {
    std::atomic<const char*> start{nullptr};
    std::function<void()> happens;
    std::atomic<bool> happened{false};

    void before(const char* bytes, std::function<void()> what) {
        happens = std::move(what);
        happened = false;
        start = bytes;
    }
    /// What the I/O thread has done happens before what the test does next.
    void wait() const { happened.wait(false); }
} race;

}  // namespace

/// Stands in place of the system's.
extern "C" ssize_t send(int file, const void* bytes, size_t size, int flags) {
    static const auto system = reinterpret_cast<decltype(&send)>(::dlsym(RTLD_NEXT, "send"));
    const char* const start = race.start.load();
    if (start != nullptr && size >= std::strlen(start) &&
        std::memcmp(bytes, start, std::strlen(start)) == 0) {
        race.start = nullptr;
        race.happens();
        race.happened = true;
        race.happened.notify_all();
    }
    return system(file, bytes, size, flags);
}

using namespace test;
using capture::end_reason;

namespace {

/// Answers a first request on a connection, which the relay keeps then.
peer pooled_connection(running_relay& relay, peer& client) {
    client.send(get_request);
    auto pooled = relay.up.accept();
    pooled.read_until("\r\n\r\n");
    pooled.send(answer_with("1"));
    client.read_until("\r\n\r\n1");
    return pooled;
}

std::string chunked_request(std::string_view path) {
    return "POST " + std::string{path} +
           " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
           "4\r\nbody\r\n0\r\n\r\n";
}

}  // namespace

TEST_CASE("a request is sent again whose pooled connection was closed as it was written") {
    running_relay relay;
    auto client = relay.connect();
    auto pooled = pooled_connection(relay, client);
    const std::string request =
        GENERATE(post_request("/again", "body"), post_request("/again", std::string(900'000, 'b') + "body"),
                 chunked_request("/again"));
    CAPTURE(request.size());
    race.before("POST /again HTTP/1.1\r\nHost: 127", [&] { pooled.close(); });
    std::thread sending{[&] { client.try_send(request); }};
    auto again = relay.up.accept();
    race.wait();
    CHECK_THAT(again.read_until("body"), Catch::StartsWith("POST /again"));
    again.send(answer_with("2"));
    CHECK(client.read_until("\r\n\r\n2") == answer_with("2"));
    sending.join();
    CHECK_FALSE(relay.up.waiting(50ms));
    CHECK(relay.recorder.get(1).ended == end_reason::complete);
}

TEST_CASE("a request that may have been read is not sent again, however the upstream closes") {
    running_relay relay;
    auto client = relay.connect();
    auto pooled = pooled_connection(relay, client);
    SECTION("it read all and closed") {
        client.send(post_request("/work", "body"));
        pooled.read_until("body");
        pooled.close();
    }
    SECTION("it read all and worked for long") {
        client.send(post_request("/work", "body"));
        pooled.read_until("body");
        pooled.read_for(1500ms);
        pooled.close();
    }
    SECTION("it read all and reset at once, before its system acknowledged") {
        client.send(post_request("/work", "body"));
        pooled.read_until("body");
        pooled.reset();
    }
    SECTION("it read a part and left the rest") {
        client.send(post_request("/work", std::string(100'000, 'b')));
        pooled.read_until("POST");
        pooled.close();
    }
    SECTION("it read nothing, but its system had all") {
        client.send(post_request("/work", "body"));
        while (!pooled.socket().available()) {
            std::this_thread::yield();
        }
        pooled.close();
    }
    SECTION("it ended its own direction as the request came, and read that") {
        race.before("POST /work HTTP/1.1\r\nHost: 127", [&] { pooled.finish(); });
        client.send(post_request("/work", "body"));
        race.wait();
        CHECK_THAT(pooled.read_until("body"), Catch::Contains("body"));
        pooled.close();
    }
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 502"));
    CHECK_FALSE(relay.up.waiting(50ms));
    CHECK(relay.recorder.get(1).ended == end_reason::upstream_closed);
    CHECK(relay.account.read().in_flight() == 0);
}

}  // namespace tapes::relay::retry_test
