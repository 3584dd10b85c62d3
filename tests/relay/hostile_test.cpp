// Peers that say what nobody asked for, or too much of it.
#include "support.hpp"

#include <catch2/catch.hpp>

namespace tapes::relay::hostile_test {

using namespace test;
using capture::end_reason;

TEST_CASE("what an upstream says unasked on an idle connection answers no request") {
    const std::string unasked = GENERATE(std::string{"body of an answer to HEAD"}, answer_with("other"));
    running_relay relay;
    auto client = relay.connect();
    client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
    auto first = relay.up.accept();
    first.read_until("\r\n\r\n");
    first.send("HTTP/1.1 200 OK\r\nContent-Length: 25\r\n\r\n");
    client.read_until("\r\n\r\n");
    relay.recorder.get(0);
    first.send(unasked);
    client.send(get_request);
    auto second = relay.up.accept();
    second.read_until("\r\n\r\n");
    second.send(answer_with("own"));
    CHECK(client.read_until("own") == answer_with("own"));
    CHECK(first.read_all().empty());
}

TEST_CASE("any number of informational answers passes before the final one, however they are read") {
    running_relay relay;
    auto client = relay.connect();
    client.send(get_request);
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    std::string heads;
    for (int i = 0; i < 3000; ++i) {
        heads += "HTTP/1.1 103 Early Hints\r\nLink: </" + std::to_string(i) + ">\r\n\r\n";
    }
    up.send(heads + answer_with("x"));
    CHECK(client.read_until("\r\n\r\nx") == heads + answer_with("x"));
}

TEST_CASE("empty lines before a request are passed over, and hold no connection open") {
    running_relay relay{[](options& settings) { settings.timeouts.request_head = 400ms; }};
    auto client = relay.connect();
    SECTION("any number of them") {
        std::string lines;
        for (int i = 0; i < 100'000; ++i) {
            lines += "\r\n";
        }
        client.send(lines + get_request);
        auto up = relay.up.accept();
        up.read_until("\r\n\r\n");
        up.send(answer_with("x"));
        CHECK(client.read_until("\r\n\r\nx") == answer_with("x"));
    }
    SECTION("not for ever") {
        const auto until = steady::now() + bound;
        while (!client.ended() && steady::now() < until) {
            client.try_send("\r\n");
            client.read_for(50ms);
        }
        CHECK(steady::now() < until);
    }
}

TEST_CASE("an upstream that switches to another protocol unasked is broken") {
    running_relay relay;
    auto client = relay.connect();
    client.send("GET /x HTTP/1.1\r\nHost: h\r\nUpgrade: echo\r\n\r\n" + get_request);
    auto up = relay.up.accept();
    CHECK_THAT(up.read_until("\r\n\r\n"), !Catch::Contains("Upgrade"));
    up.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 502 "));
    CHECK(up.read_all().empty());
    CHECK(relay.recorder.get(0).ended == end_reason::protocol_error);
}

}  // namespace tapes::relay::hostile_test
