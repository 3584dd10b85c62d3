#include <tapes/llm/later_request.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::llm::later_request_test {

using purpose = later_request::purpose;

TEST_CASE("a request about an earlier answer is recognized by method and path") {
    struct row {
        const char* method;
        const char* target;
        const char* api;
        purpose wanted;
        const char* id;
    };
    const auto one = GENERATE(values<row>({
        {"GET", "/v1/responses/resp_1", "openai_responses", purpose::fetch, "resp_1"},
        {"GET", "/v1/responses/resp_1/", "openai_responses", purpose::fetch, "resp_1"},
        {"GET", "/v1/responses/resp_1?include[]=reasoning.encrypted_content", "openai_responses",
         purpose::fetch, "resp_1"},
        {"GET", "/openai/v1/responses/resp_1?api-version=preview", "openai_responses", purpose::fetch,
         "resp_1"},
        {"GET", "/agents/codex/v1/responses/a%20b", "openai_responses", purpose::fetch, "a b"},
        {"GET", "/responses/r", "openai_responses", purpose::fetch, "r"},
        {"POST", "/v1/responses/resp_1/cancel", "openai_responses", purpose::cancel, "resp_1"},
        {"POST", "/v1/responses/resp_1/cancel?api-version=1", "openai_responses", purpose::cancel, "resp_1"},
        {"DELETE", "/v1/responses/resp_1", "openai_responses", purpose::deletion, "resp_1"},
        {"GET", "/v1/chat/deferred-completion/abc-1", "openai_chat", purpose::fetch, "abc-1"},
    }));
    CAPTURE(one.method, one.target);
    const auto found = find_later_request(one.method, one.target);
    REQUIRE(found);
    CHECK(found->spoken->name == one.api);
    CHECK(found->wanted == one.wanted);
    CHECK(found->id == one.id);
    CHECK_FALSE(found->starting_after);
    CHECK(find_spoken_api(one.method, one.target) == found->spoken);
}

TEST_CASE("other requests are about no earlier answer") {
    struct row {
        const char* method;
        const char* target;
    };
    const auto one = GENERATE(values<row>({
        {"POST", "/v1/responses"},
        {"GET", "/v1/responses"},
        {"GET", "/v1/responses/"},
        {"GET", "/v1/responses?limit=1"},
        {"GET", "/v1/responses/resp_1/input_items"},
        {"POST", "/v1/responses/resp_1"},
        {"POST", "/v1/responses//cancel"},
        {"HEAD", "/v1/responses/resp_1"},
        {"GET", "/v1/responses/resp_1/cancel"},
        {"DELETE", "/v1/chat/deferred-completion/abc"},
        {"GET", "/v1/files/file_1"},
        {"GET", ""},
        {"GET", "/"},
    }));
    CAPTURE(one.method, one.target);
    CHECK_FALSE(find_later_request(one.method, one.target));
}

TEST_CASE("a stream that goes on names the last event that the client has") {
    const auto after = [](const std::string& query) {
        return find_later_request("GET", "/v1/responses/r?" + query)->starting_after;
    };
    CHECK(after("stream=true&starting_after=42") == 42);
    CHECK(after("starting_after=0&stream=true") == 0);
    CHECK_FALSE(after("stream=true"));
    CHECK_FALSE(after("starting_after=42"));
    CHECK_FALSE(after("stream=false&starting_after=42"));
    CHECK_FALSE(after("stream=true&starting_after=4x"));
    CHECK_FALSE(after("stream=true&starting_after=99999999999999999999"));
    CHECK_FALSE(after("stream=true&x_starting_after=4"));
}

TEST_CASE("the beginning of a stream ends at the event of that number") {
    const auto event = [](const std::string& members) { return "data: {" + members + "}\n\n"; };
    const auto one = event(R"("type":"a","sequence_number":1)");
    const auto two = event(R"("sequence_number":2,"part":{"sequence_number":9})");
    const auto unnumbered = event(R"("type":"b","text":"\"sequence_number\":7")");
    const auto three = event(R"("type":"c","sequence_number": 3 )");
    CHECK(events_up_to("event: a\n" + one + unnumbered + two + three, 2) == one + unnumbered + two);
    CHECK(events_up_to(one + two, 0).empty());
    CHECK(events_up_to(one + two, 9) == one + two);
    CHECK(events_up_to("", 9).empty());
    // One that broke off ends, and says nothing.
    CHECK(events_up_to(one + R"(data: {"sequence_number":2,"te)", 9) ==
          one + "data: {\"sequence_number\":2,\"te\n\n");
    CHECK(events_up_to(one + R"(data: {"te)", 9) == one + "data: {\"te\n\n");
    CHECK(events_up_to("data: 1\r\ndata: 2\r\n\r\n", 0) == "data: 1\ndata: 2\n\n");
    CHECK(events_up_to("data: [DONE]\n\n", 0) == "data: [DONE]\n\n");
}

}  // namespace tapes::llm::later_request_test
