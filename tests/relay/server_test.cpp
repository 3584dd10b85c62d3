#include "support.hpp"

#include <catch2/catch.hpp>

namespace tapes::relay::server_test {

using namespace test;
using capture::end_reason;

TEST_CASE("a request and its answer pass unchanged and are captured") {
    running_relay relay;
    auto client = relay.connect();
    client.send(post_request("/v1/chat?a=b", "question"));
    auto up = relay.up.accept();
    CHECK(up.read_until("question") == "POST /v1/chat?a=b HTTP/1.1\r\nHost: " + relay.up.url().substr(7) +
                                           "\r\nContent-Length: 8\r\n\r\nquestion");
    up.send("HTTP/1.1 201 Made\r\nX-A: 1\r\nx-a:  2\r\nContent-Length: 6\r\n\r\nans");
    CHECK(client.read_until("ans") ==
          "HTTP/1.1 201 Made\r\nX-A: 1\r\nx-a:  2\r\nContent-Length: 6\r\n\r\nans");
    up.send("wer");
    CHECK(client.read_until("wer") == "wer");
    const auto seen = relay.recorder.get(0);
    CHECK(seen.method == "POST");
    CHECK(seen.path == "/v1/chat");
    CHECK(seen.request == "question");
    CHECK(seen.response == "answer");
    CHECK(seen.status == 201);
    CHECK(seen.ended == end_reason::complete);
}

TEST_CASE("connections are used again on both sides, and pipelined requests are answered in order") {
    running_relay relay;
    auto client = relay.connect();
    client.send(post_request("/1", "a") + post_request("/2", "b") + get_request);
    auto up = relay.up.accept();
    CHECK_THAT(up.read_until("\r\n\r\na"), Catch::StartsWith("POST /1 "));
    CHECK(up.read_for(50ms).empty());  // one after the other
    up.send(answer_with("one"));
    CHECK_THAT(up.read_until("\r\n\r\nb"), Catch::StartsWith("POST /2 "));
    up.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\ntwo\r\n0\r\nT: 1\r\n\r\n");
    CHECK_THAT(up.read_until("\r\n\r\n"), Catch::StartsWith("GET /x "));
    up.send(answer_with("three"));
    CHECK(client.read_until("three") ==
          answer_with("one") +
              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\ntwo\r\n0\r\nT: 1\r\n\r\n" +
              answer_with("three"));
    CHECK(relay.recorder.get(2).response == "three");
    CHECK(relay.recorder.get(1).response == "two");
}

TEST_CASE("a request body streams up while it comes, in lengths and in chunks") {
    running_relay relay;
    auto client = relay.connect();
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc");
    auto up = relay.up.accept();
    CHECK_THAT(up.read_until("abc"), Catch::EndsWith("abc"));
    client.send("def" +
                std::string{"POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"});
    CHECK(up.read_until("def") == "def");
    up.send(answer_with("1"));
    CHECK_THAT(up.read_until("ab\r\n"), Catch::EndsWith("2\r\nab\r\n"));
    client.send("1\r\nc\r\n0\r\n\r\n");
    CHECK(up.read_until("0\r\n\r\n") == "1\r\nc\r\n0\r\n\r\n");
    up.send(answer_with("2"));
    CHECK(client.read_until("\r\n\r\n2") == answer_with("1") + answer_with("2"));
    CHECK(relay.recorder.get(0).request == "abcdef");
    CHECK(relay.recorder.get(1).request == "abc");
}

TEST_CASE("informational answers and 100-continue pass before the final one") {
    running_relay relay;
    auto client = relay.connect();
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    auto up = relay.up.accept();
    CHECK_THAT(up.read_until("\r\n\r\n"), Catch::Contains("Expect: 100-continue\r\n"));
    up.send("HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ok");
    CHECK(up.read_until("ok") == "ok");
    up.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer_with("done"));
    CHECK(client.read_until("done") == "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + answer_with("done"));
}

TEST_CASE("a client of HTTP/1.0 gets chunks undone and the close as the end") {
    running_relay relay;
    auto client = relay.connect();
    client.send("GET /chat HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    up.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    CHECK(client.read_until("abc") == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc");
    up.send("2\r\nde\r\n0\r\n\r\n");
    CHECK(client.read_all() == "de");
    CHECK((client.ended() && !client.broken()));
    CHECK(relay.recorder.get(0).response == "abcde");
}

TEST_CASE("an answer to HEAD has no body") {
    running_relay relay;
    auto client = relay.connect();
    client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + get_request);
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    up.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    CHECK_THAT(up.read_until("\r\n\r\n"), Catch::StartsWith("GET /x"));
    up.send(answer_with("x"));
    CHECK(client.read_until("1\r\n\r\nx") ==
          "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + answer_with("x"));
}

TEST_CASE("an answer that breaks off is never made to look whole") {
    const char* const begun = GENERATE("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart",
                                       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n");
    running_relay relay;
    auto client = relay.connect();
    client.send(get_request);
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    up.send(begun);
    client.read_until("part");
    up.close();
    client.read_all();
    CHECK(client.broken());
    const auto seen = relay.recorder.get(0);
    CHECK(seen.ended == end_reason::upstream_closed);
    CHECK(seen.response == "part");
}

TEST_CASE("what has passed of an answer that breaks off arrives, also at a client that is slow") {
    running_relay relay;
    auto client = relay.connect();
    client.send(get_request);
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    const std::string part(300'000, 'x');
    up.send("HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + part);
    up.close();
    CHECK(relay.recorder.get(0).response == part);
    CHECK_FALSE(client.breaks_within(100ms));
    CHECK(client.read_all().size() > part.size());
    CHECK(client.broken());
}

TEST_CASE("an answer that ends at the close ends well at a close and badly at a reset") {
    const bool reset = GENERATE(false, true);
    running_relay relay;
    auto client = relay.connect();
    client.send(get_request);
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    up.send("HTTP/1.1 200 OK\r\n\r\npart");
    client.read_until("part");
    reset ? up.reset() : up.close();
    client.read_all();
    CHECK(client.broken() == reset);
    CHECK(relay.recorder.get(0).ended == (reset ? end_reason::upstream_closed : end_reason::complete));
}

TEST_CASE("what is no HTTP from the upstream is 502, and an upstream that is not there too") {
    running_relay relay;
    auto client = relay.connect();
    client.send(get_request);
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    up.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n");
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 502 Bad Gateway\r\n"));
    CHECK(relay.recorder.get(0).ended == end_reason::protocol_error);
    relay.up.refuse();
    client.send(get_request);
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 502 Bad Gateway\r\n"));
    CHECK(relay.recorder.get(1).ended == end_reason::upstream_unreachable);
}

TEST_CASE(
    "a GET on a pooled connection that was closed is sent again, once, and the client does not notice") {
    running_relay relay;
    auto client = relay.connect();
    client.send(get_request);
    auto first = relay.up.accept();
    first.read_until("\r\n\r\n");
    first.send(answer_with("1"));
    client.read_until("\r\n\r\n1");
    client.send("GET /again HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody");
    CHECK_THAT(first.read_until("body"), Catch::StartsWith("GET /again"));
    first.close();  // after it was taken from the pool
    auto second = relay.up.accept();
    CHECK_THAT(second.read_until("body"), Catch::StartsWith("GET /again"));
    SECTION("answered") {
        second.send(answer_with("2"));
        CHECK(client.read_until("\r\n\r\n2") == answer_with("2"));
        CHECK(relay.recorder.get(1).request == "body");
    }
    SECTION("once only") {
        second.close();
        CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 502"));
        CHECK_FALSE(relay.up.waiting(50ms));
    }
}

TEST_CASE("a request that was answered in part, be it by 100 Continue, is not sent twice") {
    running_relay relay;
    auto client = relay.connect();
    client.send(get_request);
    auto first = relay.up.accept();
    first.read_until("\r\n\r\n");
    first.send(answer_with("1"));
    client.read_until("\r\n\r\n1");
    client.send(post_request("/again", "body"));
    first.read_until("body");
    first.send("HTTP/1.1 100 Continue\r\n\r\n");
    client.read_until("\r\n\r\n");
    first.close();
    CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 502"));
    CHECK_FALSE(relay.up.waiting(50ms));
    CHECK(relay.account.read().accepted == 2);
}

TEST_CASE("a request that cannot be is refused and accounted where its head was read") {
    running_relay relay;
    struct row {
        std::string request;
        const char* status;
        std::uint64_t accepted;
    };
    const row rows[] = {
        {"GET /\r\n\r\n", "400", 0},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400", 0},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n", "431", 0},
        {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "405", 1},
        {"GET a:443 HTTP/1.1\r\nHost: h\r\n\r\n", "400", 1},
        {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400", 1},
    };
    for (const auto& one : rows) {
        CAPTURE(one.request.substr(0, 80));
        const auto before = relay.account.read().accepted;
        auto client = relay.connect();
        client.try_send(one.request);
        CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 " + std::string{one.status}) &&
                                          Catch::Contains("Connection: close"));
        CHECK(relay.account.read().accepted == before + one.accepted);
    }
    CHECK(relay.recorder.get(2).ended == end_reason::protocol_error);
    CHECK(relay.account.read().in_flight() == 0);
}

TEST_CASE("a web page from elsewhere is refused and accounted, and its body is not captured") {
    running_relay relay;
    auto client = relay.connect();
    SECTION("a request") {
        client.send(
            "POST /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://evil.example\r\n"
            "Content-Length: 4\r\n\r\nbody");
        CHECK_THAT(client.read_all(),
                   Catch::StartsWith("HTTP/1.1 403 Forbidden\r\n") && Catch::Contains("Connection: close") &&
                       Catch::Contains("{\"error\":\"") && Catch::Contains("proxy.allowed_origins"));
    }
    SECTION("HEAD, whose answer has no body") {
        client.send("HEAD /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: cross-site\r\n\r\n");
        CHECK_THAT(client.read_all(),
                   Catch::StartsWith("HTTP/1.1 403 Forbidden\r\n") && Catch::EndsWith("\r\n\r\n"));
    }
    SECTION("the preflight of one") {
        client.send(
            "OPTIONS /chat HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
            "Access-Control-Request-Method: POST\r\n\r\n");
        CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 403") &&
                                          !Catch::Contains("Access-Control", Catch::CaseSensitive::No));
    }
    SECTION("a WebSocket") {
        client.send(
            "GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
        CHECK_THAT(client.read_all(), Catch::StartsWith("HTTP/1.1 403"));
    }
    CHECK_FALSE(relay.up.waiting(50ms));
    const auto seen = relay.recorder.get(0);
    CHECK(seen.ended == end_reason::protocol_error);
    CHECK(seen.request.empty());
    CHECK(seen.status == 0);
    CHECK(relay.account.read().accepted == 1);
    CHECK(relay.account.read().in_flight() == 0);
}

TEST_CASE("a client that resets while the upstream thinks is noticed, and the upstream is let go") {
    running_relay relay;
    auto client = relay.connect();
    client.send(get_request);
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    client.reset();
    CHECK(up.read_all().empty());
    CHECK(up.ended());
    CHECK(relay.recorder.get(0).ended == end_reason::client_closed);
}

TEST_CASE("with drain the answer is read to its end although the client has left") {
    running_relay relay{[](options& settings) { settings.on_client_disconnect = disconnect_policy::drain; }};
    auto client = relay.connect();
    client.send(get_request);
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    up.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n01234");
    client.read_until("01234");
    client.reset();
    for (int i = 0; i < 3; ++i) {
        up.send("56789");
    }
    const auto seen = relay.recorder.get(0);
    CHECK(seen.ended == end_reason::client_closed);
    CHECK(seen.response == "01234567895678956789");
}

TEST_CASE("deadlines end what waits for a peer") {
    running_relay relay{[](options& settings) {
        settings.timeouts.first_byte = 100ms;
        settings.timeouts.between_bytes = 100ms;
        settings.timeouts.request_head = 100ms;
        settings.timeouts.keep_alive = 100ms;
    }};
    SECTION("for the first byte of an answer") {
        auto client = relay.connect();
        client.send(get_request);
        auto up = relay.up.accept();
        CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 504"));
        CHECK(relay.recorder.get(0).ended == end_reason::timeout);
    }
    SECTION("between bytes of an answer") {
        auto client = relay.connect();
        client.send(get_request);
        auto up = relay.up.accept();
        up.read_until("\r\n\r\n");
        up.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
        client.read_all();
        CHECK(client.broken());
        CHECK(relay.recorder.get(0).ended == end_reason::timeout);
    }
    SECTION("for the rest of a request's body") {
        auto client = relay.connect();
        client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\npart");
        auto up = relay.up.accept();
        CHECK_THAT(client.read_until("}"), Catch::StartsWith("HTTP/1.1 408"));
        CHECK(relay.recorder.get(0).ended == end_reason::timeout);
    }
    SECTION("for a head, or the next one") {
        auto client = relay.connect();
        client.send("GET ");
        CHECK(client.read_all().empty());
        CHECK(client.ended());
        auto idle = relay.connect();
        idle.send(get_request);
        auto up = relay.up.accept();
        up.read_until("\r\n\r\n");
        up.send(answer_with("x"));
        CHECK(idle.read_all() == answer_with("x"));
        CHECK(idle.ended());
    }
    CHECK(relay.account.read().in_flight() == 0);
}

TEST_CASE("after 101 bytes pass both ways and are not captured") {
    running_relay relay;
    auto client = relay.connect();
    client.send("GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
    auto up = relay.up.accept();
    CHECK_THAT(up.read_until("\r\n\r\n"), Catch::Contains("Upgrade: echo\r\nConnection: Upgrade\r\n"));
    up.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\nfirst");
    CHECK_THAT(client.read_until("first"), Catch::StartsWith("HTTP/1.1 101 "));
    client.send("ping");
    CHECK(up.read_until("ping") == "ping");
    up.send("pong");
    CHECK(client.read_until("pong") == "pong");
    client.finish();
    CHECK(up.read_all().empty());
    CHECK(up.ended());
    up.send("last");
    up.close();
    CHECK(client.read_all() == "last");
    const auto seen = relay.recorder.get(0);
    CHECK(seen.tunnel);
    CHECK(seen.response.empty());
    CHECK(seen.ended == end_reason::complete);
    CHECK(relay.idle());
}

TEST_CASE("what a client sends with its request for another protocol goes into the tunnel") {
    running_relay relay;
    auto client = relay.connect();
    client.send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly");
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    up.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n");
    CHECK(up.read_until("early") == "early");
    up.close();
    client.close();
    CHECK(relay.idle());
}

TEST_CASE("a drain lets what is in flight end, with Connection: close, and closes idle connections") {
    running_relay relay;
    auto idle = relay.connect();
    auto client = relay.connect();
    client.send(get_request);
    auto up = relay.up.accept();
    up.read_until("\r\n\r\n");
    relay.served->drain();
    CHECK(idle.read_all().empty());
    CHECK(idle.ended());
    up.send(answer_with("last"));
    CHECK(client.read_all() == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlast");
    CHECK(relay.idle());
    CHECK_THROWS(relay.connect().send("x"));
}

TEST_CASE("a cut ends what is in flight; it is recorded as such") {
    running_relay relay;
    auto waiting = relay.connect();
    waiting.send(get_request);
    auto up_waiting = relay.up.accept();
    up_waiting.read_until("\r\n\r\n");
    auto begun = relay.connect();
    begun.send(get_request);
    auto up_begun = relay.up.accept();
    up_begun.read_until("\r\n\r\n");
    up_begun.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
    begun.read_until("part");
    relay.served->drain();
    relay.served->cut();
    CHECK_THAT(waiting.read_all(), Catch::StartsWith("HTTP/1.1 503"));
    begun.read_all();
    CHECK(begun.broken());
    CHECK(relay.recorder.get(0).ended == end_reason::shutdown);
    CHECK(relay.recorder.get(1).ended == end_reason::shutdown);
    CHECK(relay.idle());
}

TEST_CASE("a stop hands over what is in flight and ends every connection") {
    running_relay relay{[](options& settings) { settings.threads = 2; }};
    std::vector<peer> clients;
    std::vector<peer> ups;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(relay.connect());
        clients.back().send(i % 2 == 0 ? get_request : post_request("/chat", "x").substr(0, 60));
        ups.push_back(relay.up.accept());
    }
    relay.served->stop();
    CHECK(relay.recorder.count() == 6);
    CHECK(relay.account.read().in_flight() == 0);
    CHECK(relay.served->connections() == 0);
    relay.served->stop();
}

TEST_CASE("an error of the relay's own ends its exchange, with all that is at work on it, and nothing else") {
    running_relay relay;
    auto other = relay.connect();
    other.send(get_request);
    auto other_up = relay.up.accept();
    other_up.read_until("\r\n\r\n");
    relay.recorder.fails = true;
    auto client = relay.connect();
    // The rest of its body is still waited for when the answer's head cannot be taken.
    client.send("POST /chat HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\npart");
    auto up = relay.up.accept();
    up.read_until("part");
    up.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n");
    CHECK(client.read_all().empty());
    CHECK(client.broken());
    CHECK(relay.recorder.get(0).ended == end_reason::shutdown);
    other_up.send(answer_with("fine"));
    CHECK(other.read_until("fine") == answer_with("fine"));
    relay.recorder.get(1);
    CHECK(relay.account.read().in_flight() == 0);
}

TEST_CASE("over the limit connections are refused with 503") {
    running_relay relay{[](options& settings) { settings.max_connections = 1; }};
    auto first = relay.connect();
    first.send(get_request);
    auto up = relay.up.accept();
    auto second = relay.connect();
    CHECK_THAT(second.read_all(), Catch::StartsWith("HTTP/1.1 503"));
    CHECK(relay.account.read().accepted == 1);
}

TEST_CASE("an address that cannot be listened on is refused with the setting's name") {
    for (const char* const host : {"nowhere.example", "127.0.0", "::g"}) {
        CAPTURE(host);
        CHECK_THROWS_WITH(running_relay([&](options& settings) { settings.host = host; }),
                          Catch::Contains("proxy.listen") && Catch::Contains(host));
    }
    running_relay relay;
    const auto taken = relay.served->url().substr(7);
    const auto port = static_cast<std::uint16_t>(std::stoi(taken.substr(taken.rfind(':') + 1)));
    CHECK_THROWS_WITH(running_relay([&](options& settings) { settings.port = port; }),
                      Catch::Contains(taken));
}

}  // namespace tapes::relay::server_test
