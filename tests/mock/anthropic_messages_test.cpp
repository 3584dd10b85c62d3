#include "answers.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace tapes::mock::anthropic_messages_test {

using namespace tapes;
using json = nlohmann::json;

namespace {

const llm::api& messages() {
    return *llm::find_api("POST", "/v1/messages");
}

mock::answer ask(const std::string& more, const mock::shape& wanted = {},
                 const std::string& content = R"("hello äöü")") {
    const std::string body =
        R"({"model":"claude-sonnet-4-5","max_tokens":99,"messages":[{"role":"user","content":)" + content +
        "}]" + more + "}";
    return mock::find_answerer("POST", "/v1/messages")(body, wanted, 1);
}

// "type" of each event's data, deltas with their kind; the event field must say the same.
std::vector<std::string> kinds_of(const mock::answer& from) {
    std::vector<std::string> out;
    for (std::size_t i = 0; i < from.events(); ++i) {
        const std::string_view event = from.event(i);
        const auto line_end = event.find('\n');
        const auto data = json::parse(event.substr(line_end + 7, event.size() - line_end - 9));
        std::string type = data["type"];
        CHECK(event.substr(0, line_end) == "event: " + type);
        CHECK(event.ends_with("\n\n"));
        if (type == "content_block_delta") {
            type = data["delta"]["type"];
        }
        if (out.empty() || out.back() != type) {
            out.push_back(type);
        }
    }
    return out;
}

std::string said(const llm::answer& from) {
    return merkle::event_content(from.choices.at(0).message.content);
}

const std::string tools =
    R"(,"tools":[{"name":"f","input_schema":{"type":"object","properties":{"q":{"type":"string"},"n":{"type":"integer"}}}}])";

}  // namespace

TEST_CASE("the mock's Messages say the same streamed and one-shot") {
    struct row {
        std::string more;
        mock::shape wanted;
        std::string reason;
    };
    const std::vector<row> rows{
        {"", {}, "end_turn"},
        {"", {.events = 50}, "end_turn"},
        {"", {.bytes = 5000}, "end_turn"},
        {R"(,"thinking":{"type":"enabled","budget_tokens":1024})", {}, "end_turn"},
        {"", {.thinking = true}, "end_turn"},
        {tools, {.tool_calls = 3}, "tool_use"},
        {tools + R"(,"tool_choice":{"type":"none"})", {}, "end_turn"},
        {R"(,"tools":[{"type":"web_search_20250305","name":"web_search"}])", {}, "end_turn"},
        {"", {.refusal = true}, "refusal"},
    };
    for (const row& from : rows) {
        INFO(from.more);
        const auto one_shot = ask(from.more, from.wanted);
        REQUIRE(one_shot.status == 200);
        CHECK_FALSE(one_shot.stream);
        const auto streamed = ask(from.more + R"(,"stream":true)", from.wanted);
        REQUIRE(streamed.stream);
        CHECK(streamed.type == mock::answer::event_stream);
        const auto reducer = messages().make_reducer();
        reducer->feed(streamed.body);
        llm::answer whole;
        llm::answer folded;
        REQUIRE(messages().map_answer(one_shot.body, whole) == llm::map_error::none);
        REQUIRE(messages().map_answer(reducer->finish(), folded) == llm::map_error::none);
        CHECK(said(whole) == said(folded));
        CHECK(whole.choices[0].stop_reason == from.reason);
        CHECK(folded.choices[0].stop_reason == from.reason);
        CHECK(folded.model == "claude-sonnet-4-5-20250929");
        CHECK(folded.used.completion_tokens == whole.used.completion_tokens);
    }
}

TEST_CASE("the mock's stream of Messages has the documented events in their order") {
    using list = std::vector<std::string>;
    const std::string stream = R"(,"stream":true)";
    CHECK(kinds_of(ask(stream)) == list{"message_start", "content_block_start", "ping", "text_delta",
                                        "content_block_stop", "message_delta", "message_stop"});
    CHECK(kinds_of(ask(stream + tools, {.tool_calls = 1})) ==
          list{"message_start", "content_block_start", "ping", "input_json_delta", "content_block_stop",
               "message_delta", "message_stop"});
    CHECK(kinds_of(ask(stream, {.thinking = true})) ==
          list{"message_start", "content_block_start", "ping", "thinking_delta", "signature_delta",
               "content_block_stop", "content_block_start", "text_delta", "content_block_stop",
               "message_delta", "message_stop"});
}

TEST_CASE("the mock answers a tool's result, and calls as many tools as are wanted") {
    const auto calls = json::parse(ask(tools, {.tool_calls = 2}).body);
    REQUIRE(calls["content"].size() == 2);
    CHECK(calls["content"][0]["id"] != calls["content"][1]["id"]);
    CHECK(calls["content"][0]["input"]["q"] == "a sample, é");
    CHECK(calls["content"][0]["input"]["n"] == 1);
    const auto after = json::parse(
        ask(tools, {},
            R"([{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"rain"}]}])")
            .body);
    CHECK(after["content"][0]["text"] == "The tool said: rain");
    CHECK(after["stop_reason"] == "end_turn");
}

TEST_CASE("the mock refuses what is no request of Messages in Anthropic's form") {
    for (const std::string body : {"", "[]", "{}", R"({"model":"m","max_tokens":1})",
                                   R"({"model":"m","messages":[{"role":"user","content":"x"}]})",
                                   R"({"model":"m","max_tokens":1,"messages":[]})",
                                   R"({"model":"m","max_tokens":1,"messages":[7]})"}) {
        INFO(body);
        const auto refused = mock::find_answerer("POST", "/v1/messages")(body, {}, 1);
        CHECK(refused.status == 400);
        const auto error = json::parse(refused.body);
        CHECK(error["type"] == "error");
        CHECK(error["error"]["type"] == "invalid_request_error");
    }
    CHECK(json::parse(mock::error_body_for("/v1/messages", 529, "x"))["error"]["type"] == "overloaded_error");
    CHECK(json::parse(mock::error_body_for("/v1/messages", 429, "x"))["error"]["type"] == "rate_limit_error");
    CHECK_FALSE(json::parse(mock::error_body_for("/v1/chat/completions", 429, "x")).contains("type"));
}

TEST_CASE("the mock counts tokens") {
    const auto make = mock::find_answerer("POST", "/v1/messages/count_tokens");
    REQUIRE(make != nullptr);
    CHECK(json::parse(make(R"({"model":"m","messages":[]})", {}, 1).body)["input_tokens"] > 0);
    CHECK(make("x", {}, 1).status == 400);
}

}  // namespace tapes::mock::anthropic_messages_test
