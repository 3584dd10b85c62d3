#include <tapes/llm/api.hpp>
#include <tapes/llm/finite_json.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>

namespace tapes::llm::finite_json_test {

TEST_CASE("a bare number that is not finite becomes a string, and nothing else changes") {
    struct row {
        const char* from;
        const char* to;
    };
    const row rows[] = {
        {R"({"a":NaN})", R"({"a":"NaN"})"},
        {R"([Infinity, -Infinity ,NaN])", R"(["Infinity", "-Infinity" ,"NaN"])"},
        {R"({"NaN":"NaN","\"NaN":-Infinity,"x":"\\"})", R"({"NaN":"NaN","\"NaN":"-Infinity","x":"\\"})"},
        {"NaN", R"("NaN")"},
        {R"({"a":NaN,"b":"cut off by the end: NaN)", R"({"a":"NaN","b":"cut off by the end: NaN)"},
        {R"({"a":NaN,"b":"cut off by the end\)", R"({"a":"NaN","b":"cut off by the end\)"},
    };
    for (const auto& one : rows) {
        CAPTURE(one.from);
        const auto finite = with_finite_numbers(one.from);
        REQUIRE(finite);
        CHECK(*finite == one.to);
    }
    for (const auto* const text : {"", "{}", R"({"a":"NaN, Infinity and -Infinity","b":1})", "\"NaN"}) {
        CAPTURE(text);
        CHECK_FALSE(with_finite_numbers(text));
    }
}

TEST_CASE("an event with a number that is not finite says what it says, in every API") {
    struct row {
        const char* path;
        const char* events;
        const char* content;
    };
    const row rows[] = {
        {"/v1/chat/completions",
         R"(data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,)"
         R"("id":"i","type":"function","function":{"name":"f","arguments":{"x":NaN}}}]},)"
         R"("logprobs":{"content":[{"logprob":-Infinity}]},"finish_reason":"tool_calls"}],"usage":{"cost":NaN}})"
         "\n\n",
         R"([{"type":"tool_use","tool_use_id":"i","tool_name":"f","tool_input":{"x":"NaN"}}])"},
        {"/v1/responses",
         R"(data: {"type":"response.completed","response":{"id":"r","object":"response","status":"completed",)"
         R"("model":"m","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"t",)"
         R"("annotations":[],"logprobs":[{"logprob":-Infinity}]}]}]}})"
         "\n\n",
         R"([{"type":"text","text":"t"}])"},
        {"/v1/messages",
         R"(data: {"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"m",)"
         R"("content":[],"usage":{"input_tokens":1,"cost":NaN}}})"
         "\n\n"
         R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"i","name":"f",)"
         R"("input":{"x":Infinity}}})"
         "\n\n",
         R"([{"type":"tool_use","tool_use_id":"i","tool_name":"f","tool_input":{"x":"Infinity"}}])"},
        {"/v1beta/models/m:streamGenerateContent",
         R"([{"candidates":[{"content":{"role":"model","parts":[{"text":"t"}]},"finishReason":"STOP",)"
         R"("groundingMetadata":{"score":NaN}}],"usageMetadata":{"promptTokenCount":1}}])",
         R"([{"type":"text","text":"t"},{"type":"grounding_metadata","raw":{"score":"NaN"}}])"},
        {"/api/chat",
         R"({"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f",)"
         R"("arguments":{"x":NaN}}}]},"done":true,"done_reason":"stop"})"
         "\n",
         R"([{"type":"tool_use","tool_name":"f","tool_input":{"x":"NaN"}}])"},
        {"/v1/chat/completions",
         "data: {\"usage\":{\"cost\":NaN},\n"
         "data: \"choices\":[{\"index\":0,\"delta\":{\"content\":\"t\"}}]}\n\n",
         R"([{"type":"text","text":"t"}])"},
        {"/v1/completions",
         R"(data: {"id":"c","model":"m","choices":[{"index":0,"text":"t","finish_reason":"stop"}],"usage":{"cost":NaN}})"
         "\n\n",
         R"([{"type":"text","text":"t"}])"},
    };
    for (const auto& one : rows) {
        CAPTURE(one.path);
        const auto* const api = find_api("POST", one.path);
        REQUIRE(api != nullptr);
        const auto reducer = api->make_reducer();
        reducer->feed(one.events);
        const auto whole = reducer->finish();
        CAPTURE(whole);
        answer said;
        REQUIRE(api->map_answer(whole, said) == map_error::none);
        REQUIRE(said.choices.size() == 1);
        CHECK(merkle::event_content(said.choices[0].message.content) == one.content);
    }
}

}  // namespace tapes::llm::finite_json_test
