#include "support.hpp"

#include <catch2/catch.hpp>

namespace tapes::relay::request_complete_test {

using namespace test;

namespace {

constexpr std::size_t large = record::recorder::worth_preparing_bytes;

}  // namespace

TEST_CASE("a large request is told of when it has passed, before anything of its answer comes") {
    running_relay relay;
    const std::string body(large, 'q');
    auto client = relay.connect();
    SECTION("of a length") {
        client.send(post_request("/chat", body));
    }
    SECTION("in chunks, of which the last is late") {
        client.send("POST /chat HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n" + body);
        client.send("\r\n0\r\n\r\n");
    }
    auto up = relay.up.accept();
    up.read_until("qq");
    const auto told = relay.recorder.complete_requests(1);
    REQUIRE(told.size() == 1);
    CHECK(told[0] == body);
    CHECK(relay.recorder.count() == 0);
    up.send(answer_with("a"));
    CHECK(client.read_until("\r\n\r\na") == answer_with("a"));
    CHECK(relay.recorder.get(0).request == body);
    CHECK(relay.recorder.complete_requests(0).size() == 1);
}

TEST_CASE("a small request costs no hand-over of its own") {
    running_relay relay;
    auto client = relay.connect();
    client.send(post_request("/chat", std::string(large - 1, 'q')));
    auto up = relay.up.accept();
    up.read_until("qq");
    up.send(answer_with("a"));
    relay.recorder.get(0);
    CHECK(relay.recorder.complete_requests(0).empty());
}

TEST_CASE("a request that was refused before its end, or never had one, is not told of") {
    running_relay relay;
    auto client = relay.connect();
    client.send("POST /chat HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(2 * large) +
                "\r\n\r\n" + std::string(large, 'q'));
    auto up = relay.up.accept();
    up.read_until("qq");
    SECTION("it was refused") {
        up.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nn");
        client.read_until("\r\n\r\nn");
        client.send(std::string(large, 'q'));
        up.read_until(std::string(large, 'q'));
        up.send("o");
    }
    SECTION("its client left") {
        client.reset();
    }
    relay.recorder.get(0);
    CHECK(relay.recorder.complete_requests(0).empty());
}

TEST_CASE("a large request that has to be sent again is the same one") {
    running_relay relay;
    const std::string body(large, 'q');
    auto client = relay.connect();
    client.send(post_request("/chat", "first"));
    auto pooled = relay.up.accept();
    pooled.read_until("first");
    pooled.send(answer_with("1"));
    client.read_until("\r\n\r\n1");
    client.send("GET /chat HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(large) + "\r\n\r\n" +
                body);
    pooled.read_until("qq");
    relay.recorder.complete_requests(1);
    pooled.close();
    auto again = relay.up.accept();
    again.read_until(body);
    again.send(answer_with("2"));
    CHECK(client.read_until("\r\n\r\n2") == answer_with("2"));
    CHECK(relay.recorder.get(1).request == body);
    for (const auto& told : relay.recorder.complete_requests(1)) {
        CHECK(told == body);
    }
}

}  // namespace tapes::relay::request_complete_test
