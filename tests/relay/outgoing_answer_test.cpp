#include "outgoing_answer.hpp"

#include "splits.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::relay::outgoing_answer_test {

namespace {

struct sample {
    std::string head;
    bool hold = true;
    bool dechunk = false;
};

const std::string chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::string length_head = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n";

/// What goes to the client.
struct outcome {
    std::vector<std::string> sent;  ///< of each read, before the commit
    std::string rest;               ///< after it

    std::string at_once() const {
        std::string all;
        for (const auto& one : sent) {
            all += one;
        }
        return all;
    }
};

outcome run(const sample& input, const std::vector<std::string_view>& parts) {
    http::response_head head;
    REQUIRE(http::parse_response(input.head, {}, false, head) == http::head_error::none);
    capture::budget limits{1U << 20, 0};
    const capture::spill_policy policy;
    capture::body copy{limits, policy};
    answer_body body{head.body, input.hold, nullptr, copy};
    outgoing_answer answer;
    answer.open(head, {}, input.dechunk);
    outcome seen;
    for (const auto part : parts) {
        answer_body::verdict now;
        seen.sent.emplace_back(answer.take(part, body, now));
        answer.sent();
        REQUIRE_FALSE(now.broken);
    }
    seen.rest = answer.take_rest();
    REQUIRE_FALSE(answer.holds_bytes());
    return seen;
}

}  // namespace

TEST_CASE("an answer's head goes with the first bytes of its body") {
    const auto seen = run({length_head}, {"ans", "we", "r"});
    CHECK(seen.sent == std::vector<std::string>{length_head + "ans", "we", ""});
    CHECK(seen.rest == "r");
}

TEST_CASE("an answer that comes in one read is held whole, its head included") {
    const auto seen = run({length_head}, {"answer"});
    CHECK(seen.at_once().empty());
    CHECK(seen.rest == length_head + "answer");
}

TEST_CASE("of an answer that is not held nothing is left, in every split") {
    test::in_every_split("6\r\nanswer\r\n0\r\n\r\n", [](const auto& parts) {
        const auto seen = run({chunked_head, false}, parts);
        CHECK(seen.at_once() == chunked_head + "6\r\nanswer\r\n0\r\n\r\n");
        CHECK(seen.rest.empty());
    });
}

TEST_CASE("an answer goes out byte for byte, its last chunk after the commit, in every split") {
    test::in_every_split("6\r\nanswer\r\n0\r\n\r\n", [](const auto& parts) {
        const auto seen = run({chunked_head}, parts);
        CHECK(seen.at_once() + seen.rest == chunked_head + "6\r\nanswer\r\n0\r\n\r\n");
        CHECK(seen.at_once().find("\r\n0\r\n\r\n", chunked_head.size()) == std::string::npos);
    });
}

TEST_CASE("for a client that knows no chunks they are undone, in every split") {
    const bool hold = GENERATE(false, true);
    test::in_every_split("3\r\nans\r\n3\r\nwer\r\n0\r\n\r\n", [&](const auto& parts) {
        const auto seen = run({chunked_head, hold, true}, parts);
        CHECK(seen.at_once() + seen.rest == "HTTP/1.1 200 OK\r\n\r\nanswer");
    });
}

}  // namespace tapes::relay::outgoing_answer_test
