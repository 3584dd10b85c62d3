#include "openai_responses/background.hpp"

#include "openai_responses/api.hpp"

#include <tapes/llm/api.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::llm::openai_responses_background_test {

TEST_CASE("an event tells where its response is made") {
    struct row {
        std::string event;
        making told;
    };
    const auto one = GENERATE(values<row>({
        {R"({"type":"response.created","response":{"id":"r","background":true}})", making::in_background},
        {R"({"response" : { "background" : true , "id" : "r" } , "type":"response.created"})",
         making::in_background},
        {R"({"response":{"id":"r","background":false}})", making::foreground},
        {R"({"response":{"id":"r","background":null}})", making::named_only},
        {R"({"response":{"id":"r","background":"true"}})", making::named_only},
        {R"({"response":{"id":"r"}})", making::named_only},
        {R"({"response":{"id":"r","tools":[{"background":true}],"text":"\"background\":true"}})",
         making::named_only},
        {R"({"response":{"id":"r"},"background":true})", making::named_only},
        {R"({"response":{"background":true}})", making::untold},
        {R"({"response":{"id":"","background":true}})", making::untold},
        {R"({"response":{"id":7,"background":true}})", making::untold},
        {R"({"response":null})", making::untold},
        {R"({"response":[{"id":"r","background":true}]})", making::untold},
        {R"({"id":"r","background":true})", making::untold},
        {"[DONE]", making::untold},
        {"", making::untold},
        {R"({"response":{"id")", making::untold},
        {R"({"response":{)", making::untold},
    }));
    CAPTURE(one.event);
    CHECK(openai_responses::making_of(one.event) == one.told);
}

TEST_CASE("a request tells whether it asks for an answer in the background") {
    struct row {
        std::string body;
        bool asks;
    };
    const auto one = GENERATE(values<row>({
        {R"({"background":true})", true},
        {R"({"input":[{"a":{"b":[1]}}], "background" : true ,"stream":true})", true},
        {R"({"background":false})", false},
        {R"({"background":null})", false},
        {R"({"background":"true"})", false},
        {R"({"metadata":{"background":true}})", false},
        {R"({"input":"\"background\":true"})", false},
        {R"([{"background":true}])", false},
        {R"({"input":"q)", false},
        {"", false},
    }));
    CAPTURE(one.body);
    CHECK(openai_responses::asks_in_background(one.body) == one.asks);
}

TEST_CASE("the first event that names a response tells where it is made, in every split") {
    const std::string named = R"(data: {"type":"response.queued","response":{"id":"r","background":true}})";
    const std::string denied =
        R"(data: {"type":"response.created","response":{"id":"r","background":false}})";
    const std::string text = "event: response.queued\n" + named + "\r\n\r\n" + denied + "\n\n";
    for (std::size_t split = 0; split <= text.size(); ++split) {
        CAPTURE(split);
        const auto watch = openai_responses::make_end_watch({});
        CHECK(watch->told_making() == making::untold);
        CHECK(watch->feed(text.substr(0, split)).kind == end_kind::none);
        CHECK(watch->feed(text.substr(split)).kind == end_kind::none);
        CHECK(watch->told_making() == making::in_background);
    }
}

}  // namespace tapes::llm::openai_responses_background_test
