#include "reply_head.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace tapes::tape::reply_head_test {
namespace {

constexpr const char* recorded =
    "HTTP/1.1 200 OK\r\nDate: Sat, 31 Jan 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
    "Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n"
    "x-request-id:  req_1 \r\nSet-Cookie: a=redacted:12345678\r\nSet-Cookie: b=2\r\n\r\n";

TEST_CASE("fields stay as they were recorded, but for those of the connection and the framing") {
    const auto head = read_reply_head(recorded, {});
    REQUIRE(head);
    CHECK(head->status == 200);
    CHECK(head->reason == "OK");
    CHECK(head->length == 12U);
    CHECK(head->coding == "gzip");
    CHECK(head->has_body);
    CHECK(
        head->fields ==
        "Date: Sat, 31 Jan 2026 12:00:00 GMT\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        "x-request-id:  req_1 \r\nSet-Cookie: a=redacted:12345678\r\nSet-Cookie: b=2\r\n");
}

TEST_CASE("a body that is sent without its coding has a head without it") {
    const auto head = read_reply_head(recorded, {true, false, 0});
    REQUIRE(head);
    CHECK(head->fields.find("Content-Encoding") == std::string::npos);
}

TEST_CASE("the answer to HEAD keeps its length") {
    const auto head = read_reply_head(recorded, {false, true, 0});
    REQUIRE(head);
    CHECK(head->fields.find("Content-Length: 12\r\n") != std::string::npos);
}

TEST_CASE("what a client is told to wait follows the speed") {
    const std::string limited =
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 30\r\nretry-after-ms: 1500.5\r\n\r\n";
    const auto at_once = read_reply_head(limited, {false, false, 0});
    REQUIRE(at_once);
    CHECK(at_once->fields == "Retry-After: 0\r\nretry-after-ms: 0\r\n");
    CHECK(read_reply_head(limited, {false, false, 1})->fields ==
          "Retry-After: 30\r\nretry-after-ms: 1500.5\r\n");
    CHECK(read_reply_head(limited, {false, false, 10})->fields ==
          "Retry-After: 3\r\nretry-after-ms: 151\r\n");
    const auto dated = read_reply_head(
        "HTTP/1.1 503 Busy\r\nRetry-After: Sat, 31 Jan 2026 12:00:00 GMT\r\n\r\n", {false, false, 0});
    CHECK(dated->fields == "Retry-After: Sat, 31 Jan 2026 12:00:00 GMT\r\n");
}

TEST_CASE("the handshake of a WebSocket becomes the head of an event stream") {
    const auto head = read_reply_head(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n", {});
    REQUIRE(head);
    CHECK(head->status == 200);
    CHECK(head->fields == "Content-Type: text/event-stream\r\n");
    CHECK(head->event_stream);
    CHECK(read_reply_head("HTTP/1.1 200 OK\r\ncontent-type: Text/Event-Stream; charset=utf-8\r\n\r\n", {})
              ->event_stream);
    CHECK_FALSE(read_reply_head(recorded, {})->event_stream);
}

TEST_CASE("answers without a body have none, and what is no head is none") {
    CHECK_FALSE(read_reply_head("HTTP/1.1 204 No Content\r\nx: 1\r\n\r\n", {})->has_body);
    CHECK_FALSE(read_reply_head("HTTP/1.1 304 Not Modified\r\n\r\n", {})->has_body);
    CHECK_FALSE(read_reply_head("hello", {}));
    CHECK_FALSE(read_reply_head("", {}));
}

}  // namespace
}  // namespace tapes::tape::reply_head_test
