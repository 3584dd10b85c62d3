#include "path_answers.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace tapes::mock::path_answers_test {

using namespace tapes;

namespace {

struct path_case {
    std::string_view path, body, model, type;
    bool streamed = false;
};

/// Returns what the answer says to who reads it as its API.
llm::answer read(std::string_view path, const mock::answer& made) {
    const auto& api = *llm::find_api("POST", path);
    auto object = made.body;
    if (made.stream) {
        const auto reducer = api.make_reducer();
        reducer->feed(made.body);
        object = reducer->finish();
    }
    llm::answer out;
    INFO(object);
    REQUIRE(api.map_answer(object, out) == llm::map_error::none);
    return out;
}

mock::answer ask(std::string_view path, std::string_view body, const mock::shape& wanted = {}) {
    std::string padded{body};
    padded.reserve(padded.size() + request_padding);
    return mock::answer_at(path, mock::find_answerer("POST", path), padded, wanted, 1);
}

constexpr std::string_view chat = R"({"messages":[{"role":"user","content":"hi"}]})";
constexpr std::string_view claude =
    R"({"anthropic_version":"x","max_tokens":9,"messages":[{"role":"user","content":"hi"}]})";
constexpr std::string_view converse = R"({"messages":[{"role":"user","content":[{"text":"hi"}]}]})";
constexpr std::string_view vertex = "/v1/projects/p/locations/l/publishers/anthropic/models/claude-x@1";

}  // namespace

TEST_CASE("the mock answers on the paths of clouds, as their APIs do") {
    const auto one = GENERATE(values<path_case>({
        {"/openai/deployments/prod/chat/completions", chat, "prod", "application/json"},
        {"/serving-endpoints/e/invocations", R"({"stream":true,"messages":[{"role":"user","content":"hi"}]})",
         "e", "text/event-stream; charset=utf-8", true},
        {"/v1/x/publishers/anthropic/models/claude-x@1:rawPredict", claude, "claude-x@1", "application/json"},
        {"/v1/x/publishers/anthropic/models/claude-x@1:streamRawPredict", claude, "claude-x@1",
         "text/event-stream; charset=utf-8", true},
        {"/model/anthropic.claude-x/invoke", claude, "anthropic.claude-x", "application/json"},
        {"/model/anthropic.claude-x/invoke-with-response-stream", claude, "anthropic.claude-x",
         "application/vnd.amazon.eventstream", true},
        {"/model/meta.llama3/converse", converse, "", "application/json"},
        {"/model/meta.llama3/converse-stream", converse, "", "application/vnd.amazon.eventstream", true},
        {"/v1/completions", R"({"model":"m","prompt":"hi"})", "m", "application/json"},
        {"/v1/completions", R"({"model":"m","prompt":"hi","stream":true})", "m",
         "text/event-stream; charset=utf-8", true},
        {"/v1/fim/completions", R"({"model":"m","prompt":"hi"})", "m", "application/json"},
    }));
    CAPTURE(one.path);
    const auto made = ask(one.path, one.body);
    CHECK(made.status == 200);
    CHECK(made.type == one.type);
    CHECK(made.stream == one.streamed);
    const auto said = read(one.path, made);
    CHECK(said.model == one.model);
    REQUIRE(said.choices.size() == 1);
    CHECK(merkle::event_content(said.choices[0].message.content) ==
          R"([{"type":"text","text":"You said: hi"}])");
    CHECK(said.choices[0].stop_reason != "incomplete");
}

TEST_CASE("the mock's Converse says the same streamed and one-shot, with thinking and calls") {
    const std::string body =
        R"({"messages":[{"role":"user","content":[{"text":"hi"}]}],"toolConfig":{"tools":[{"toolSpec":{"name":"f",)"
        R"("inputSchema":{"json":{"type":"object","properties":{"q":{"type":"string"}}}}}}]}})";
    const mock::shape wanted{.events = 3, .tool_calls = 2, .thinking = true, .cache_read = 4};
    const auto whole = read("/model/m/converse", ask("/model/m/converse", body, wanted));
    const auto streamed = read("/model/m/converse-stream", ask("/model/m/converse-stream", body, wanted));
    REQUIRE(whole.choices.size() == 1);
    CHECK(whole.choices[0].message == streamed.choices.at(0).message);
    CHECK(whole.choices[0].stop_reason == "tool_use");
    CHECK(whole.used == streamed.used);
    CHECK(whole.used.cache_read_input_tokens == 4);
    CHECK(whole.choices[0].message.content.size() == 3);
}

TEST_CASE("the mock refuses what is no request of these APIs") {
    for (const auto* const path : {"/model/m/converse", "/v1/completions", "/v1/fim/completions"}) {
        INFO(path);
        for (const auto* const body :
             {"", "[]", "{}", R"({"messages":7})", R"({"messages":[7],"prompts":1})"}) {
            INFO(body);
            CHECK(ask(path, body).status == 400);
        }
    }
    CHECK(ask(std::string{vertex} + ":rawPredict", "{}").status == 400);
    CHECK(mock::find_answerer("POST", "/v1/publishers/anthropic/models/count-tokens:rawPredict") ==
          anthropic_count_tokens);
}

}  // namespace tapes::mock::path_answers_test
