#include "answers.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace tapes::mock::openai_responses_test {

using namespace tapes;
using json = nlohmann::ordered_json;

namespace {

mock::answer ask(std::string body, const mock::shape& wanted = {}, std::uint64_t number = 7) {
    const std::size_t size = body.size();
    body.append(mock::request_padding, ' ');
    return mock::find_answerer("POST", "/v1/responses")(std::string_view(body).substr(0, size), wanted,
                                                        number);
}

std::string request(const std::string& more = "") {
    return R"({"model":"gpt-4o","input":"hello äöü")" + more + "}";
}

const std::string tools =
    R"(,"tools":[{"type":"function","name":"f","parameters":{"type":"object","properties":{"q":{"type":"string"}}}}])";

std::vector<json> events_of(const mock::answer& from) {
    std::vector<json> events;
    for (std::size_t i = 0; i < from.events(); ++i) {
        const std::string_view event = from.event(i);
        const std::size_t line = event.find("\ndata: ");
        REQUIRE(event.starts_with("event: "));
        REQUIRE(event.ends_with("\n\n"));
        events.push_back(json::parse(event.substr(line + 7)));
        CHECK(event.substr(7, line - 7) == events.back()["type"].get<std::string>());
        CHECK(events.back()["sequence_number"] == i);
    }
    return events;
}

// The types of the events, of a run of deltas the first.
std::string sequence(const std::vector<json>& events) {
    std::string all;
    std::string last;
    for (const json& event : events) {
        const auto type = event["type"].get<std::string>();
        if (type != last) {
            all += type.substr(type.find('.') + 1) + " ";
        }
        last = type;
    }
    return all;
}

}  // namespace

TEST_CASE("the mock's response is one object, streamed the last event's") {
    for (const auto& [wanted, more] : std::vector<std::pair<mock::shape, std::string>>{
             {{}, ""},
             {{.refusal = true}, ""},
             {{.thinking = true}, R"(,"include":["reasoning.encrypted_content"])"},
             {{.tool_calls = 2, .thinking = true}, tools},
             {{.events = 20}, tools + R"(,"tool_choice":"none")"}}) {
        CAPTURE(more);
        const auto one = ask(request(more), wanted);
        CHECK(one.status == 200);
        auto whole = json::parse(one.body);
        const auto streamed = ask(request(more + ",\"stream\":true"), wanted);
        CHECK(streamed.stream);
        const auto events = events_of(streamed);
        llm::answer by_stream;
        llm::answer one_shot;
        const auto& api = *llm::find_api("POST", "/v1/responses");
        REQUIRE(api.map_answer(one.body, one_shot) == llm::map_error::none);
        // The events add up to what the last one holds, and the reducer takes them in any form.
        for (const std::size_t last : {streamed.body.size(), streamed.ends[streamed.ends.size() - 2]}) {
            const auto reducer = api.make_reducer();
            reducer->feed(std::string_view(streamed.body).substr(0, last));
            by_stream = {};
            REQUIRE(api.map_answer(reducer->finish(), by_stream) == llm::map_error::none);
            CHECK(merkle::event_content(by_stream.choices.at(0).message.content) ==
                  merkle::event_content(one_shot.choices.at(0).message.content));
        }
        CHECK(events.back()["type"] == "response.completed");
        CHECK(events.back()["response"]["output"].size() == whole["output"].size());
    }
}

TEST_CASE("the mock's events come in the order that OpenAI documents") {
    const auto stream = request(R"(,"stream":true)");
    CHECK(sequence(events_of(ask(stream, {.thinking = true}))) ==
          "created in_progress output_item.added reasoning_summary_part.added reasoning_summary_text.delta "
          "reasoning_summary_text.done reasoning_summary_part.done output_item.done output_item.added "
          "content_part.added output_text.delta output_text.done content_part.done output_item.done "
          "completed ");
    CHECK(sequence(events_of(ask(stream, {.refusal = true}))) ==
          "created in_progress output_item.added content_part.added refusal.delta refusal.done "
          "content_part.done "
          "output_item.done completed ");
    CHECK(sequence(events_of(ask(request(tools + R"(,"stream":true)"), {.tool_calls = 2}))) ==
          "created in_progress output_item.added function_call_arguments.delta function_call_arguments.done "
          "output_item.done output_item.added function_call_arguments.delta function_call_arguments.done "
          "output_item.done completed ");
}

TEST_CASE("the mock answers a tool's result, and echoes what it goes on from") {
    const auto said = json::parse(
        ask(R"({"input":[{"role":"user","content":"x"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},
        {"type":"function_call_output","call_id":"c","output":"rain"}],"previous_response_id":"resp_1")" +
            tools + "}")
            .body);
    CHECK(said["output"][0]["content"][0]["text"] == "The tool said: rain");
    CHECK(said["previous_response_id"] == "resp_1");
    CHECK(said["tools"].size() == 1);
    CHECK(json::parse(ask(R"({"previous_response_id":"resp_1"})").body)["status"] == "completed");
}

TEST_CASE("the mock's ids depend on the number, its content does not") {
    const auto first = json::parse(ask(request()).body);
    const auto again = json::parse(ask(request()).body);
    const auto other = json::parse(ask(request(), {}, 8).body);
    CHECK(first["id"] == again["id"]);
    CHECK(first["output"] == again["output"]);
    CHECK(first["id"] != other["id"]);
    CHECK(first["output"][0]["id"] != other["output"][0]["id"]);
    CHECK(first["output"][0]["content"] == other["output"][0]["content"]);
}

TEST_CASE("the mock refuses what is no Responses request") {
    for (const auto* body :
         {"", "{", "[]", "{}", R"({"input":1})", R"({"input":["x"]})",
          R"({"input":"x","previous_response_id":"msg_1"})", R"({"input":"x","previous_response_id":1})"}) {
        CAPTURE(body);
        const auto refused = ask(body);
        CHECK(refused.status == 400);
        CHECK(json::parse(refused.body)["error"]["message"].is_string());
    }
}

}  // namespace tapes::mock::openai_responses_test
