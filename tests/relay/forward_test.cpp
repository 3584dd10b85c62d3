#include "forward.hpp"

#include "heads.hpp"

#include <catch2/catch.hpp>

namespace tapes::relay::forward_test {

namespace {

std::string upstream_head(const std::string& request) {
    options settings;
    settings.upstream = "http://up.example:8000";
    const router routes{settings};
    const test::parsed_request parsed{request};
    route destination;
    REQUIRE(routes.find(parsed.head, destination));
    std::string out;
    write_upstream_head(parsed.head, destination, out);
    return out;
}

std::string client_head(const std::string& response, client_side client = {}, bool dechunk = false) {
    const test::parsed_response parsed{response};
    std::string out;
    write_client_head(parsed.head, client, dechunk, out);
    return out;
}

}  // namespace

TEST_CASE("field lines go upstream as they came, in their order and with their repeats") {
    CHECK(
        upstream_head(
            "POST /a?b=c HTTP/1.1\r\nX-One:  1 \r\nhost: me\r\nx-two: a\r\nX-Two: b\r\nContent-Length: 3\r\n"
            "Accept-Encoding: gzip, br\r\nExpect: 100-continue\r\n\r\n") ==
        "POST /a?b=c HTTP/1.1\r\nX-One:  1 \r\nHost: up.example:8000\r\nx-two: a\r\nX-Two: "
        "b\r\nContent-Length: 3\r\n"
        "Accept-Encoding: gzip, br\r\nExpect: 100-continue\r\n\r\n");
}

TEST_CASE("what ends at this hop does not go upstream") {
    CHECK(upstream_head(
              "GET / HTTP/1.1\r\nHost: me\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\n"
              "Proxy-Connection: x\r\nTE: trailers\r\nX-Tapes-Agent-Name: a\r\nAccept: */*\r\n\r\n") ==
          "GET / HTTP/1.1\r\nHost: up.example:8000\r\nAccept: */*\r\n\r\n");
}

TEST_CASE("chunks and an upgrade are announced upstream again") {
    CHECK(upstream_head("POST / HTTP/1.1\r\nHost: me\r\nTransfer-Encoding: chunked\r\n\r\n") ==
          "POST / HTTP/1.1\r\nHost: up.example:8000\r\nTransfer-Encoding: chunked\r\n\r\n");
    CHECK(
        upstream_head(
            "GET / HTTP/1.1\r\nHost: me\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n") ==
        "GET / HTTP/1.1\r\nHost: up.example:8000\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

TEST_CASE("a request of HTTP/1.0 without Host gets one, and equal lengths are said once") {
    CHECK(upstream_head("GET / HTTP/1.0\r\nAccept: x\r\n\r\n") ==
          "GET / HTTP/1.1\r\nHost: up.example:8000\r\nAccept: x\r\n\r\n");
    CHECK(upstream_head("POST / HTTP/1.1\r\nHost: me\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n") ==
          "POST / HTTP/1.1\r\nHost: up.example:8000\r\nContent-Length: 3\r\n\r\n");
}

TEST_CASE("an answer's field lines go to the client as they came") {
    CHECK(
        client_head("HTTP/1.0 200 All  right\r\nSet-Cookie: a\r\nset-cookie: b\r\nServer:x\r\nConnection: "
                    "close, x-y\r\n"
                    "X-Y: 1\r\nKeep-Alive: 3\r\nContent-Length: 2\r\n\r\n") ==
        "HTTP/1.1 200 All  right\r\nSet-Cookie: a\r\nset-cookie: b\r\nServer:x\r\nContent-Length: 2\r\n\r\n");
}

TEST_CASE("of both lengths of an answer the client gets one") {
    const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(client_head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") ==
          chunked);
    CHECK(client_head("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n") ==
          chunked);
    CHECK(client_head("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
                      {0, false}, true) == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
}

TEST_CASE("how the client's connection goes on is said to it") {
    const std::string answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(client_head(answer) == answer);
    CHECK(client_head(answer, {1, false}) ==
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
    CHECK(client_head(answer, {0, false}, true) == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    CHECK(client_head("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", {0, true}) ==
          "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
    CHECK(client_head("HTTP/1.1 100 Continue\r\n\r\n", {1, false}) == "HTTP/1.1 100 Continue\r\n\r\n");
    CHECK(client_head(
              "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n") ==
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

TEST_CASE("an answer of our own is a JSON object with its length") {
    std::string out;
    write_error(502, "upstream request failed", true, out);
    CHECK(out ==
          "HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n"
          "{\"error\":\"upstream request failed\"}");
    out.clear();
    write_error(405, "no", false, out);
    CHECK_THAT(out, Catch::Contains("\r\nAllow: ") && Catch::Contains("\r\nConnection: close\r\n\r\n"));
}

}  // namespace tapes::relay::forward_test
