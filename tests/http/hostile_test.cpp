// Bytes that mean harm: bounded time and memory, a clear answer.
#include <tapes/http/chunked.hpp>
#include <tapes/http/content_coding.hpp>
#include <tapes/http/head.hpp>
#include <tapes/http/redaction.hpp>

#include <catch2/catch.hpp>
#include <processor_time.hpp>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <vector>

namespace tapes::http::hostile_test {

namespace http = tapes::http;
using http::decode_status;

namespace {

constexpr double bound_seconds = 5;  // with sanitizers

std::string gzipped(std::string_view text) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

// A frame header that asks for a window of 2^`window_log` (RFC 8878 §3.1.1), then a block of one repeated
// byte.
std::string zstd_with_window(int window_log) {
    std::string frame{"\x28\xb5\x2f\xfd\x00", 5};
    frame.push_back(static_cast<char>((window_log - 10) << 3));
    const std::uint32_t block = (100'000U << 3U) | (1U << 1U) | 1U;  // RLE, last
    for (unsigned i = 0; i < 3; ++i) {
        frame.push_back(static_cast<char>(block >> (8 * i)));
    }
    return frame + "x";
}

}  // namespace

TEST_CASE("a bomb in three layers stops at the limit in bounded time") {
    const std::string bomb = gzipped(gzipped(gzipped(std::string(64U << 20U, '\0'))));
    CHECK(bomb.size() < 2000);
    const http::decode_limits limits{.max_decoded_bytes = 1 << 20};
    const processor_time spent;
    const auto result = http::decode_all("gzip, gzip, gzip", bomb, limits);
    CHECK(result.status == decode_status::too_large);
    CHECK(result.bytes.size() == 1U << 20U);
    CHECK(result.reserved_bytes <= 4U << 20U);
    CHECK(spent.seconds() < bound_seconds);
}

TEST_CASE("100,000 members that hold nothing take bounded time and no room") {
    std::string members;
    std::string frames;
    const std::string member = gzipped("");
    for (int i = 0; i < 100'000; ++i) {
        members += member;
        frames += std::string_view{"\x50\x2a\x4d\x18\x00\x00\x00\x00", 8};  // skippable, RFC 8878 §3.1.2
    }
    const processor_time spent;
    for (const auto& [encoding, coded] : {std::pair{"gzip", members}, std::pair{"zstd", frames}}) {
        const auto result = http::decode_all(encoding, coded);
        CHECK(result.status == decode_status::done);
        CHECK(result.bytes.empty());
    }
    CHECK(spent.seconds() < bound_seconds);
}

TEST_CASE("a zstd frame that asks for a window of more than 32 MiB is too large before memory is taken") {
    CHECK(http::decode_all("zstd", zstd_with_window(25)).status == decode_status::done);
    for (const int window_log : {26, 27, 31}) {
        CHECK(http::decode_all("zstd", zstd_with_window(window_log)).status == decode_status::too_large);
    }
}

TEST_CASE("a value of Content-Encoding with 100,000 names is refused in bounded time") {
    std::string names = "gzip";
    for (int i = 0; i < 100'000; ++i) {
        names += ", gzip";
    }
    const processor_time spent;
    CHECK(http::decode_all(names, "x").status == decode_status::unknown_coding);
    CHECK(spent.seconds() < bound_seconds);
}

TEST_CASE("64 KiB of one chunk extension or of many trailers are refused, one byte at a time as well") {
    for (const std::string& bytes : {"1;" + std::string(65'536, 'x'), "0\r\n" + std::string(70'000, 'x')}) {
        http::chunked_scanner scanner;
        bool failed = false;
        for (std::size_t at = 0; at < bytes.size() && !failed; ++at) {
            failed = scanner.next(std::string_view{bytes}.substr(at, 1)).kind ==
                     http::chunked_scanner::event::error;
        }
        CHECK(failed);
    }
}

TEST_CASE("a head of 64 KiB that comes byte by byte is scanned in linear time") {
    std::string head = "GET / HTTP/1.1\r\nHost: a\r\n";
    while (head.size() < 65'000) {
        head += "a:\r\n";
    }
    head += "\r\n";
    http::head_scanner scanner;
    http::head_error error = http::head_error::none;
    const processor_time spent;
    std::size_t size = 0;
    for (std::size_t known = 1; known <= head.size(); ++known) {
        size = scanner.scan(std::string_view{head}.substr(0, known), error);
    }
    CHECK(size == head.size());
    http::request_head parsed;
    CHECK(http::parse_request(head, {}, parsed) == http::head_error::too_large);  // too many fields
    CHECK(spent.seconds() < bound_seconds);
}

TEST_CASE("a long credential with special characters is looked for in linear time") {
    const http::redactor redactor{"0123456789abcdef0123456789abcdef"};
    std::string almost;
    while (almost.size() < 16'000) {
        almost += "abc\"";
    }
    const std::string credential = almost + "X";
    std::string body;
    while (body.size() < 2'000'000) {
        body += "abc\"";
    }
    const processor_time spent;
    CHECK_FALSE(redactor.redact_body(body, {credential}, http::body_format::other));
    CHECK(spent.seconds() < bound_seconds);
    CHECK(redactor.redact_body(body + credential + "-", {credential}, http::body_format::other) ==
          body.substr(0, body.size()) + redactor.token(credential) + "-");
    std::string escaped;
    for (const char c : credential) {
        escaped.append(c == '"' ? "\\\"" : c == 'X' ? "\\u0058" : std::string(1, c));
    }
    CHECK(redactor.redact_body("{\"a\":\"" + escaped + "\"}", {credential}, http::body_format::json) ==
          "{\"a\":\"" + redactor.token(credential) + "\"}");
}

TEST_CASE("a credential that reads like an escape is found as it is") {
    const http::redactor redactor{"0123456789abcdef0123456789abcdef"};
    const std::string credential = "u\\\"nusual-value";
    CHECK(redactor.redact_body("a " + credential + " b", {credential}, http::body_format::other) ==
          "a " + redactor.token(credential) + " b");
    CHECK(redactor.redact_body(R"(["u\\\"nusual-value"])", {credential}, http::body_format::json) ==
          "[\"" + redactor.token(credential) + "\"]");
}

TEST_CASE("what is redacted stays as it is when it is redacted again") {
    const http::redactor redactor{"0123456789abcdef0123456789abcdef"};
    const std::string body =
        R"({"api_key":"sk-1","mcp_servers":[{"authorization_token":"x"}],"input":"sk-ant-12345678"})";
    const std::vector<std::string> credentials{"sk-ant-12345678"};
    const auto once = redactor.redact_body(body, credentials, http::body_format::json);
    REQUIRE(once);
    CHECK_FALSE(redactor.redact_body(*once, credentials, http::body_format::json));
    const auto target = redactor.redact_target("https://u:p@h/x?key=secret-value#token=y");
    CHECK(redactor.redact_target(target) == target);
    std::string head = "GET /?key=secret-value HTTP/1.1\r\nAuthorization: Bearer sk-1\r\nCookie: a=b\r\n\r\n";
    redactor.redact_head(head);
    auto again = head;
    redactor.redact_head(again);
    CHECK(again == head);
    CHECK(http::collect_credentials(head).empty());
}

TEST_CASE("deep, broken and repeated JSON is looked through for credentials in bounded time") {
    const http::redactor redactor{"0123456789abcdef0123456789abcdef"};
    std::string many;
    for (int i = 0; i < 100'000; ++i) {
        many += R"({"api_key":)";
    }
    const processor_time spent;
    for (const std::string& body : {many, R"({"api_key":")" + std::string(1'000'000, '\\'),
                                    std::string(1'000'000, '[') + R"("api_key")",
                                    std::string(500'000, '"') + "_token\"", R"({"tools":)" + many}) {
        (void)redactor.redact_body(body, {}, http::body_format::json);
        (void)redactor.redact_body(body, {}, http::body_format::lines);
    }
    CHECK(spent.seconds() < bound_seconds);
}

}  // namespace tapes::http::hostile_test
