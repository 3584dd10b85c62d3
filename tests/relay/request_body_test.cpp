#include "request_body.hpp"

#include "splits.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::relay::request_body_test {

namespace {

/// What became of a whole input: the sums over all calls.
struct outcome {
    std::string passed;    ///< what belongs to the body, as it came
    std::string captured;  ///< its data
    std::string behind;    ///< what belongs to the next request
    bool over = false;
    bool malformed = false;
};

outcome run(const http::framing& framing, const std::vector<std::string_view>& parts) {
    capture::budget limits{1U << 20, 0};
    const capture::spill_policy policy;
    capture::body copy{limits, policy};
    request_body body{framing, copy};
    outcome seen;
    for (const auto part : parts) {
        if (body.malformed()) {
            break;
        }
        const auto used = body.feed(part);
        REQUIRE(used <= part.size());
        seen.passed.append(part.substr(0, used));
        // Only the end of the body leaves bytes over.
        REQUIRE((used == part.size() || body.over() || body.malformed()));
        if (!body.malformed()) {
            seen.behind.append(part.substr(used));
        }
    }
    seen.captured = copy.view();
    seen.over = body.over();
    seen.malformed = body.malformed();
    return seen;
}

/// Runs `text` in every split; `check` gets each outcome.
template <class Check>
void in_every_split(const http::framing& framing, std::string_view text, Check check) {
    test::in_every_split(text, [&](const auto& parts) { check(run(framing, parts)); });
}

constexpr http::framing chunked{http::body_kind::chunked, 0};

http::framing of_length(std::uint64_t bytes) {
    return {http::body_kind::length, bytes};
}

}  // namespace

TEST_CASE("a request without a body is over before a byte was fed, and takes none") {
    const auto framing = GENERATE(http::framing{}, http::framing{http::body_kind::length, 0});
    const auto seen = run(framing, {});
    CHECK(seen.over);
    CHECK(run(framing, {"GET /next"}).behind == "GET /next");
    CHECK(run(framing, {"GET /next"}).captured.empty());
}

TEST_CASE("of a request's body with a length just that is taken, in every split") {
    in_every_split(of_length(10), "0123456789NEXT", [](const outcome& seen) {
        CHECK(seen.over);
        CHECK_FALSE(seen.malformed);
        CHECK(seen.passed == "0123456789");
        CHECK(seen.captured == "0123456789");
        CHECK(seen.behind == "NEXT");
    });
}

TEST_CASE("a request's body is not over before its last byte") {
    in_every_split(of_length(10), "012345678", [](const outcome& seen) {
        CHECK_FALSE(seen.over);
        CHECK(seen.captured == "012345678");
    });
    in_every_split(chunked, "5\r\nhello\r\n0\r\n\r", [](const outcome& seen) {
        CHECK_FALSE(seen.over);
        CHECK_FALSE(seen.malformed);
        CHECK(seen.captured == "hello");
    });
}

TEST_CASE("a request's chunks pass as they came and are captured undone, in every split") {
    const std::string text = "6;ext=1\r\nhello \r\n5\r\nworld\r\n0\r\nTrailer: x\r\n\r\n";
    in_every_split(chunked, text + "NEXT", [&](const outcome& seen) {
        CHECK(seen.over);
        CHECK_FALSE(seen.malformed);
        CHECK(seen.passed == text);
        CHECK(seen.captured == "hello world");
        CHECK(seen.behind == "NEXT");
    });
}

TEST_CASE("a request's chunks that are malformed are told, and what came before them is captured") {
    const std::string text = GENERATE("5\r\nhello\r\nx\r\n", "5\r\nhello!\r\n", "5\r\nhello\r\n5\nworld\r\n");
    in_every_split(chunked, text, [](const outcome& seen) {
        CHECK(seen.malformed);
        CHECK_FALSE(seen.over);
        CHECK(seen.captured == "hello");
    });
}

TEST_CASE("a request's body that is over takes nothing more") {
    capture::budget limits{1U << 20, 0};
    const capture::spill_policy policy;
    capture::body copy{limits, policy};
    request_body body{of_length(2), copy};
    CHECK(body.feed("ab") == 2);
    CHECK(body.feed("cd") == 0);
    CHECK(copy.view() == "ab");
}

}  // namespace tapes::relay::request_body_test
