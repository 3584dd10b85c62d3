#include "shelf.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <string>

namespace tapes::mock::shelf_test {

using namespace std::chrono_literals;

const auto start = answer_shelf::clock::now();

kept_answer deep(const std::string& id = "resp_1") {
    return {id, "begun", "whole", "cancelled", "e0;e1;e2;", {3, 6, 9}, true};
}

answer ask(answer_shelf& from, const std::string& method, const std::string& target,
           std::chrono::milliseconds after = 0ms) {
    const auto asked = llm::find_later_request(method, target);
    REQUIRE(asked);
    return from.serve(*asked, target, start + after);
}

TEST_CASE("an answer in the background is made until its time is over") {
    answer_shelf shelf;
    shelf.keep(deep(), start + 100ms);
    CHECK(ask(shelf, "GET", "/v1/responses/resp_1", 99ms).body == "begun");
    CHECK(ask(shelf, "GET", "/v1/responses/resp_1?include[]=x", 100ms).body == "whole");
    CHECK(ask(shelf, "GET", "/v1/responses/resp_2").status == 404);
}

TEST_CASE("a stream is sent from behind the event that the client has") {
    answer_shelf shelf;
    shelf.keep(deep(), start);
    const auto one = ask(shelf, "GET", "/v1/responses/resp_1?stream=true&starting_after=0");
    CHECK(one.stream);
    CHECK(one.body == "e1;e2;");
    CHECK(one.event(1) == "e2;");
    CHECK(ask(shelf, "GET", "/v1/responses/resp_1?stream=true").body == "e0;e1;e2;");
    CHECK(ask(shelf, "GET", "/v1/responses/resp_1?stream=true&starting_after=9").body.empty());
}

TEST_CASE("what is still made can be cancelled, and anything be deleted") {
    answer_shelf shelf;
    shelf.keep(deep(), start + 100ms);
    shelf.keep(deep("resp_2"), start);
    CHECK(ask(shelf, "POST", "/v1/responses/resp_1/cancel").body == "cancelled");
    CHECK(ask(shelf, "GET", "/v1/responses/resp_1", 1s).body == "cancelled");
    CHECK(ask(shelf, "POST", "/v1/responses/resp_2/cancel").body == "whole");
    CHECK(ask(shelf, "DELETE", "/v1/responses/resp_2").body ==
          R"({"id":"resp_2","object":"response","deleted":true})");
    CHECK(ask(shelf, "GET", "/v1/responses/resp_2").status == 404);
    auto foreground = deep("resp_3");
    foreground.background = false;
    shelf.keep(foreground, start);
    CHECK(ask(shelf, "POST", "/v1/responses/resp_3/cancel").status == 400);
}

TEST_CASE("the newest answers are kept") {
    answer_shelf shelf;
    for (std::size_t i = 0; i <= answer_shelf::most; ++i) {
        shelf.keep(deep("resp_" + std::to_string(i)), start);
    }
    CHECK(ask(shelf, "GET", "/v1/responses/resp_0").status == 404);
    CHECK(ask(shelf, "GET", "/v1/responses/resp_1").status == 200);
}

}  // namespace tapes::mock::shelf_test
