// What redaction takes of time and memory, whatever comes.
#include "redaction/credentials.hpp"
#include "redaction/search.hpp"

#include <tapes/http/redaction.hpp>
#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <new>
#include <string>
#include <vector>

namespace tapes::http::redaction_bounds_test {

namespace http = tapes::http;

namespace {

const std::string key(32, 'k');

std::string repeated(const std::string& start, const std::string& piece, std::size_t size,
                     const std::string& end) {
    auto text = start;
    while (text.size() < size) {
        text += piece;
    }
    return text + end;
}

struct shape {
    const char* name;
    std::string body;
    http::body_format format;
};

/// Bodies in which there is as much to find as fits.
std::vector<shape> dense_bodies(std::size_t size) {
    using http::body_format;
    return {
        {"members", repeated("{", R"("api_key":"x",)", size, R"("a":1})"), body_format::json},
        {"long values", repeated("{", R"("api_key":")" + std::string(300, 'y') + R"(",)", size, R"("a":1})"),
         body_format::json},
        {"elements", repeated(R"({"api_keys":[)", R"("x",)", size, R"("y"]})"), body_format::json},
        {"objects", repeated(R"({"body":{"requests":[)", R"({"api_key":"x"},)", size, "{}]}}"),
         body_format::json},
        {"parameters", repeated("a=b", "&api_key=x", size, ""), body_format::form},
        {"lines", repeated("", "data: {\"api_key\":\"x\"}\n", size, "\n"), body_format::lines},
        {"events", repeated("", "data: {\"api_key\":\"x\"}\n\n", size, ""), body_format::lines},
        {"empty elements", repeated("[", "[1,],", size, R"("api_key":"x")"), body_format::json},
        {"broken elements", repeated(R"({"api_key":"x","a":[)", R"([1 2],"api_key":"x",)", size, "1]}"),
         body_format::json},
        {"arrays that stay open", repeated("{", R"("a":["api_key":"x",)", size, R"("b":1})"),
         body_format::json},
        {"objects that stay open", repeated("", R"({"api_key":"x","messages":[)", size, "}"),
         body_format::json},
        {"brackets that close nothing", repeated("{}", R"(}"api_key":"x"]["api_key":"x")", size, ""),
         body_format::json},
        {"missing colons", repeated("{", R"("api_key" "x""api_key":"x",)", size, "}"), body_format::json},
        {"escapes where a name should be", repeated(R"({"api_key":"x" 1,"a" ")", R"(\u0061)", size, R"("})"),
         body_format::json},
        {"escaped quotes where a name should be",
         repeated(R"({"api_key":"x" 1,"a" ")", R"(\"\u0061)", size, R"("})"), body_format::json},
        {"empty lines of data", repeated("data: {\"api_key\":\"x\"}\n", "data:\n", size, "\n"),
         body_format::lines},
    };
}

}  // namespace

TEST_CASE("what is found in a body is charged before it takes memory") {
    const http::redactor redactor{key};
    for (const auto& one : dense_bodies(400'000)) {
        CAPTURE(one.name);
        std::size_t charged = 0;
        const auto out = redactor.redact_body(one.body, {}, one.format, nullptr,
                                              [&](std::size_t bytes) { charged += bytes; });
        REQUIRE(out);
        CHECK(charged >= out->size());
        CHECK(charged < 64 * one.body.size());
        std::size_t left = charged / 2;
        const auto refuse = [&](std::size_t bytes) {
            if (bytes > left) {
                throw std::bad_alloc{};
            }
            left -= bytes;
        };
        CHECK_THROWS_AS(redactor.redact_body(one.body, {}, one.format, nullptr, refuse), std::bad_alloc);
    }
}

TEST_CASE("an ordinary body is charged nothing") {
    std::size_t charged = 0;
    const auto out = http::redactor{key}.redact_body(
        R"({"model":"m","messages":[{"role":"user","content":"hi"}]})", {"a-key-that-is-elsewhere"},
        http::body_format::json, nullptr, [&](std::size_t bytes) { charged += bytes; });
    CHECK_FALSE(out);
    CHECK(charged == 0);
}

TEST_CASE("the work of redaction grows with the body") {
    const http::redactor redactor{key};
    const auto work = [&](const shape& one) {
        text::work_meter meter;
        const text::metered here{meter};
        std::vector<std::string> named;
        (void)redactor.redact_body(one.body, {}, one.format, &named);
        return static_cast<double>(meter.steps()) / static_cast<double>(one.body.size());
    };
    for (const auto size : {20'000U, 320'000U}) {
        for (const auto& one : dense_bodies(size)) {
            CAPTURE(one.name, size);
            CHECK(work(one) < 80);
            CHECK(work(one) > 0.9);
        }
    }
}

TEST_CASE("a long credential in many small parts costs no more than a short one") {
    const http::redactor redactor{key};
    for (const std::size_t length : {20U, 8'000U}) {
        const std::string value(length, 'a');
        const auto stream = repeated("", "data: {\"text\":\"a\"}\n\n", 400'000, "");
        const auto parts = stream.size() / 20;
        text::work_meter meter;
        const text::metered here{meter};
        std::size_t charged = 0;
        const auto out =
            redactor.redact_across_events(stream, {value}, [&](std::size_t bytes) { charged += bytes; });
        REQUIRE(out);
        CAPTURE(length, meter.steps(), charged);
        CHECK(out->find("\"a\"") == std::string::npos);
        CHECK(charged < 200 * parts);
        CHECK(meter.steps() < 40 * stream.size());
    }
}

TEST_CASE("values of a head are looked for as far as 64 of 64 KiB fit, the first ones first") {
    const auto head = [](const std::string& fields) { return "POST / HTTP/1.1\r\nHost: h\r\n" + fields; };
    const std::string large(40'000, 'l');
    const std::string other(39'000, 'm');
    const std::string small = "small-but-secret-enough";
    const auto found = http::collect_credentials(
        head("X-Api-Key: " + large + "\r\nApi-Key: " + other + "\r\nX-Goog-Api-Key: " + small + "\r\n"));
    CHECK(found == std::vector<std::string>{large, small});
    std::string cookies = "Cookie: ";
    for (int i = 0; i < 240; ++i) {
        cookies += "c" + std::to_string(i) + "=cookie-value-number-" + std::to_string(1000 + i) + "; ";
    }
    const auto many = http::collect_credentials(head(cookies + "\r\nX-Api-Key: " + small + "\r\n"));
    CHECK(many.size() == 65);
    CHECK(std::ranges::find(many, "cookie-value-number-1000") != many.end());
    CHECK(std::ranges::find(many, "cookie-value-number-1064") == many.end());
    // All of them are replaced where they stand.
    auto redacted = head(cookies + "\r\nX-Api-Key: " + large + "\r\nApi-Key: " + other + "\r\n");
    http::redactor{key}.redact_head(redacted, {});
    for (const auto* part : {"cookie-value", "llll", "mmmm"}) {
        CHECK(redacted.find(part) == std::string::npos);
    }
}

TEST_CASE("a body names no more than its credentials' share of bytes") {
    const std::string huge(200'000, 'h');
    std::vector<std::string> named;
    const auto out = http::redactor{key}.redact_body(
        R"({"api_key":")" + huge + R"(","access_token":"a-usual-access-token"})", {}, http::body_format::json,
        &named);
    CHECK(named == std::vector<std::string>{"a-usual-access-token"});
    REQUIRE(out);
    CHECK(out->find("hhhh") == std::string::npos);
}

TEST_CASE("what looks for the credentials of an exchange is made once") {
    const http::credential_set all{"one-credential-of-some", "another-credential-of-some"};
    CHECK(&all.search() == &all.search());
    const auto more = all.with({"and-a-third-one-from-the-body"});
    CHECK(more.values().size() == 3);
    CHECK(all.values().size() == 2);
}

}  // namespace tapes::http::redaction_bounds_test
