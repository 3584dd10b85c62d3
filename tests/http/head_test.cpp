#include <tapes/http/head.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tapes::http::head_test {

namespace http = tapes::http;
using http::body_kind;
using http::head_error;

namespace {

/// A head as the relay takes it from its buffer: the scanner finds it, the parser reads it.
head_error request_error(const std::string& bytes, http::request_head& out, http::head_limits limits = {}) {
    http::head_scanner scanner;
    auto error = head_error::none;
    const auto size = scanner.scan(bytes, error);
    if (error != head_error::none) {
        return error;
    }
    REQUIRE(size == bytes.size());
    return http::parse_request(bytes, limits, out);
}

head_error post(const std::string& fields) {
    http::request_head out;
    return request_error("POST /v1/x HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n", out);
}

head_error start(const std::string& line) {
    http::request_head out;
    return request_error(line + "\r\nHost: h\r\n\r\n", out);
}

head_error response_error(const std::string& bytes, http::response_head& out, bool to_head = false) {
    http::head_scanner scanner;
    auto error = head_error::none;
    const auto size = scanner.scan(bytes, error);
    if (error != head_error::none) {
        return error;
    }
    REQUIRE(size == bytes.size());
    return http::parse_response(bytes, {}, to_head, out);
}

http::response_head response(const std::string& bytes, bool to_head = false) {
    http::response_head out;
    CAPTURE(bytes);
    CHECK(response_error(bytes, out, to_head) == head_error::none);
    return out;
}

struct row {
    std::string bytes;
    head_error error;
};

}  // namespace

TEST_CASE("fields that two parsers could read in two ways are refused in requests and answers alike") {
    const std::string nul(1, '\0');
    const std::vector<row> rows{
        {"Content-Length: 5\r\n", head_error::none},
        {"Content-Length: 5\r\ncontent-length: 5\r\n", head_error::none},
        {"Content-Length: 5, 5\r\n", head_error::none},
        {"Content-Length: 5\r\nContent-Length: 6\r\n", head_error::bad_content_length},
        {"Content-Length: 5, 6\r\n", head_error::bad_content_length},
        {"Content-Length: 5,\r\n", head_error::bad_content_length},
        {"Content-Length:\r\n", head_error::bad_content_length},
        {"Content-Length: +5\r\n", head_error::bad_content_length},
        {"Content-Length: -5\r\n", head_error::bad_content_length},
        {"Content-Length: 0x5\r\n", head_error::bad_content_length},
        {"Content-Length: 5 5\r\n", head_error::bad_content_length},
        {"Content-Length: 5a\r\n", head_error::bad_content_length},
        {"Content-Length: 99999999999999999999\r\n", head_error::bad_content_length},
        {"Content-Length: 18446744073709551621\r\n", head_error::bad_content_length},
        {"Transfer-Encoding: chunked\r\n", head_error::none},
        {"transfer-encoding:\t CHUNKED \r\n", head_error::none},
        {"Transfer-Encoding: xchunked\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding: chunked, identity\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding: chunked, identity\r\nContent-Length: 5\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding: identity\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding: gzip, chunked\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding: chunked, chunked\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding: chunked;q=1\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding: \"chunked\"\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding: \x0b"
         "chunked\r\n",
         head_error::bad_transfer_encoding},
        {"Transfer-Encoding:\r\n", head_error::bad_transfer_encoding},
        {"Transfer-Encoding : chunked\r\n", head_error::bad_field},
        {"Content-Length\t: 5\r\n", head_error::bad_field},
        {" Transfer-Encoding: chunked\r\n", head_error::bad_field},
        {"X: a\r\n b\r\n", head_error::bad_field},
        {"X: a\r\n\tb: c\r\n", head_error::bad_field},
        {": a\r\n", head_error::bad_field},
        {"X\r\n", head_error::bad_field},
        {"X(y): a\r\n", head_error::bad_field},
        {"X\xc3\xa4: a\r\n", head_error::bad_field},
        {"X: a" + nul + "b\r\n", head_error::bad_field},
        {"X" + nul + ": b\r\n", head_error::bad_field},
        {"X: a\nTransfer-Encoding: chunked\r\n", head_error::bad_line_end},
        {"X: a\r\n\n", head_error::bad_line_end},
        {"X: a\rTransfer-Encoding: chunked\r\n", head_error::bad_line_end},
        {"X: a\r\r\n", head_error::bad_line_end},
        {"X:\r\nY: \xc3\xa4 \t\r\n", head_error::none},
    };
    for (const auto& one : rows) {
        CAPTURE(one.bytes);
        CHECK(post(one.bytes) == one.error);
        http::response_head out;
        CHECK(response_error("HTTP/1.1 200 OK\r\n" + one.bytes + "\r\n", out) == one.error);
    }
}

TEST_CASE("a start line has three parts parted by one space") {
    CHECK(start("GET / HTTP/1.1") == head_error::none);
    CHECK(start("GET http://h/p?q HTTP/1.1") == head_error::none);
    CHECK(start("GET / HTTP/1.2") == head_error::bad_version);
    CHECK(start("GET / HTTP/2.0") == head_error::bad_version);
    CHECK(start("GET / http/1.1") == head_error::bad_version);
    CHECK(start("GET / HTTP/1.1 ") == head_error::bad_version);
    CHECK(start("GET /a b HTTP/1.1") == head_error::bad_version);
    CHECK(start("GET  / HTTP/1.1") != head_error::none);
    CHECK(start("GET /") == head_error::bad_start_line);
    CHECK(start("GET") == head_error::bad_start_line);
    CHECK(start(" GET / HTTP/1.1") == head_error::bad_start_line);
    CHECK(start("G(T / HTTP/1.1") == head_error::bad_start_line);
    CHECK(start("GET /\tx HTTP/1.1") == head_error::bad_start_line);
    CHECK(start("GET /\rx HTTP/1.1") == head_error::bad_start_line);
    CHECK(start(std::string{"GET /\0x HTTP/1.1", 16}) == head_error::bad_start_line);
    CHECK(start("GET / HTTP/1.1\n") == head_error::bad_line_end);
    http::request_head out;
    CHECK(request_error("\r\n", out) == head_error::bad_start_line);
}

TEST_CASE("Host stands once, and in HTTP/1.0 may be missing") {
    http::request_head out;
    CHECK(request_error("GET / HTTP/1.1\r\n\r\n", out) == head_error::missing_host);
    CHECK(request_error("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", out) == head_error::repeated_host);
    CHECK(request_error("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", out) == head_error::repeated_host);
    CHECK(request_error("GET / HTTP/1.0\r\n\r\n", out) == head_error::none);
}

TEST_CASE("chunked in HTTP/1.0 is refused") {
    http::request_head out;
    CHECK(request_error("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", out) ==
          head_error::bad_transfer_encoding);
    http::response_head answer;
    CHECK(response_error("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", answer) ==
          head_error::bad_transfer_encoding);
}

TEST_CASE("a head larger or with more fields than the limits is refused") {
    http::request_head out;
    const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n\r\n";
    CHECK(request_error(head, out, {head.size(), 3}) == head_error::none);
    CHECK(request_error(head, out, {head.size() - 1, 3}) == head_error::too_large);
    CHECK(request_error(head, out, {head.size(), 2}) == head_error::too_large);
}

TEST_CASE("the scanner finds the same end, or error, in any split") {
    const std::string good = "GET / HTTP/1.1\r\nHost: h\r\n\r\nbody\n\r\n\r\n";
    const auto end = good.find("body");
    http::head_scanner scanner;
    for (std::size_t step = 1; step <= good.size(); ++step) {
        scanner.reset();
        auto error = head_error::none;
        std::size_t found = 0;
        for (std::size_t size = step; found == 0 && error == head_error::none; size += step) {
            found = scanner.scan(std::string_view{good}.substr(0, size), error);
        }
        CHECK(error == head_error::none);
        CHECK(found == end);
    }
    const std::string bad = "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n";
    for (std::size_t step = 1; step <= bad.size(); ++step) {
        scanner.reset();
        auto error = head_error::none;
        for (std::size_t size = step; size < bad.size() + step && error == head_error::none; size += step) {
            CHECK(scanner.scan(std::string_view{bad}.substr(0, size), error) == 0);
        }
        CHECK(error == head_error::bad_line_end);
    }
}

TEST_CASE("a request's parts are views of what came") {
    const std::string head =
        "POST /v1/chat?x=1 HTTP/1.1\r\nHost: h\r\nX-A:\t one two \r\nContent-Length: 7\r\nExpect: "
        "100-Continue\r\nx-a: three\r\n\r\n";
    http::request_head out;
    REQUIRE(request_error(head, out) == head_error::none);
    CHECK(out.method == "POST");
    CHECK(out.target == "/v1/chat?x=1");
    CHECK(out.minor_version == 1);
    CHECK(out.body.kind == body_kind::length);
    CHECK(out.body.length == 7);
    CHECK(out.keep_alive);
    CHECK_FALSE(out.upgrade);
    CHECK(out.expects_continue);
    REQUIRE(out.fields.size() == 5);
    CHECK(out.fields[1].name == "X-A");
    CHECK(out.fields[1].value == "one two");
    CHECK(out.fields[1].line == "X-A:\t one two \r\n");
    CHECK(http::find_field(out.fields, "X-a") == &out.fields[1]);
    CHECK(http::find_field(out.fields, "x-b") == nullptr);
    REQUIRE(request_error("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: "
                          "websocket\r\n\r\n",
                          out) == head_error::none);
    CHECK(out.upgrade);
    CHECK(out.body.kind == body_kind::none);
    CHECK_FALSE(out.expects_continue);
    CHECK(out.fields.size() == 3);
}

TEST_CASE("a connection goes on as its version and Connection say") {
    http::request_head out;
    const auto keeps = [&](const std::string& version, const std::string& more) {
        REQUIRE(request_error("GET / HTTP/" + version + "\r\nHost: h\r\n" + more + "\r\n", out) ==
                head_error::none);
        return out.keep_alive;
    };
    CHECK(keeps("1.1", ""));
    CHECK_FALSE(keeps("1.1", "Connection: x, CLOSE\r\n"));
    CHECK_FALSE(keeps("1.1", "Connection: keep-alive\r\nConnection: close\r\n"));
    CHECK(keeps("1.1", "Connection: closed\r\n"));
    CHECK_FALSE(keeps("1.0", ""));
    CHECK(keeps("1.0", "Connection: Keep-Alive\r\n"));
    CHECK_FALSE(keeps("1.0", "Connection: keep-alive, close\r\n"));
}

TEST_CASE("the end of an answer is known as RFC 9112 §6.3 says") {
    CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n").body.length == 3);
    CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").body.kind == body_kind::length);
    CHECK(response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").body.kind == body_kind::chunked);
    const auto open = response("HTTP/1.1 200 OK\r\n\r\n");
    CHECK(open.body.kind == body_kind::until_close);
    CHECK_FALSE(open.keep_alive);
    for (const std::string status : {"100", "103", "204", "304"}) {
        const auto none = response("HTTP/1.1 " + status + " x\r\nContent-Length: 3\r\n\r\n");
        CHECK(none.body.kind == body_kind::none);
        CHECK(none.keep_alive);
    }
    CHECK(response("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", true).body.kind == body_kind::none);
    CHECK_FALSE(response("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n").keep_alive);
}

TEST_CASE("both lengths are refused in a request; in an answer the chunks count, and the connection ends") {
    for (const std::string fields : {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                                     "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                     "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"}) {
        CAPTURE(fields);
        http::request_head asked;
        CHECK(request_error("POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n", asked) ==
              head_error::both_lengths);
        const auto answer = response("HTTP/1.1 200 OK\r\n" + fields + "\r\n");
        CHECK(answer.body.kind == body_kind::chunked);
        CHECK_FALSE(answer.keep_alive);
        CHECK(response("HTTP/1.1 200 OK\r\n" + fields + "\r\n", true).body.kind == body_kind::none);
    }
    http::response_head out;
    CHECK(response_error("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\n",
                         out) == head_error::bad_transfer_encoding);
    CHECK(response_error("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n",
                         out) == head_error::bad_content_length);
}

TEST_CASE("status lines are taken with or without a reason and refused when malformed") {
    CHECK(response("HTTP/1.1 200\r\n\r\n").reason_phrase.empty());
    CHECK(response("HTTP/1.1 200 \r\n\r\n").reason_phrase.empty());
    CHECK(response("HTTP/1.1 404 Not Found\r\n\r\n").reason_phrase == "Not Found");
    CHECK(response("HTTP/1.0 599 x\r\n\r\n").status == 599);
    for (const std::string line : {"HTTP/1.1 20 OK", "HTTP/1.1 2000 OK", "HTTP/1.1 2x0 OK",
                                   "HTTP/1.1  200 OK", "HTTP/1.1 099 x", "HTTP/1.1", "HTTP/1.1 200 a\rb"}) {
        http::response_head out;
        CAPTURE(line);
        CHECK(response_error(line + "\r\n\r\n", out) == head_error::bad_start_line);
    }
    http::response_head out;
    CHECK(response_error(std::string{"HTTP/1.1 200 \0\r\n\r\n", 18}, out) == head_error::bad_start_line);
    CHECK(response_error("HTTP/2.0 200 OK\r\n\r\n", out) == head_error::bad_version);
}

TEST_CASE("fields that end at this hop are those of RFC 9110 §7.6.1 and what Connection names") {
    const std::string head =
        "GET / HTTP/1.1\r\nHost: h\r\nConnection: close, X-Hop\r\nconnection: ,  x-too\r\n"
        "Keep-Alive: 1\r\nProxy-Connection: x\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n"
        "Upgrade: h2c\r\nx-hop: 1\r\nX-TOO: 2\r\nX-Hop-Not: 3\r\nTrailer: X\r\nAccept: a\r\n\r\n";
    http::request_head out;
    REQUIRE(request_error(head, out) == head_error::none);
    std::vector<std::string> kept;
    for (const auto& one : out.fields) {
        if (!one.hop_by_hop) {
            kept.emplace_back(one.name);
        }
    }
    CHECK(kept == std::vector<std::string>{"Host", "X-Hop-Not", "Trailer", "Accept"});
}

TEST_CASE("every error has a sentence of its own") {
    std::vector<std::string_view> seen;
    for (int i = 0; i <= static_cast<int>(head_error::repeated_host); ++i) {
        const auto text = http::describe(static_cast<head_error>(i));
        CHECK(text != "unknown error");
        CHECK(std::find(seen.begin(), seen.end(), text) == seen.end());
        seen.push_back(text);
    }
}

}  // namespace tapes::http::head_test
