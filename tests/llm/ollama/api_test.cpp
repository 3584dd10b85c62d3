#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::llm::ollama_api_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api chat{"/api/chat"};

const test::tested_api generate{"/api/generate"};

// The event form of the only message of a chat.
std::string content_of(const std::string& message) {
    return chat.only_message_of(R"({"model":"m","messages":[)" + message + "]}");
}

}  // namespace

TEST_CASE("an Ollama request streams unless it says that it does not") {
    for (const auto& api : {chat, generate}) {
        CHECK(api.request_of(R"({"model":"qwen3"})").streamed);
        CHECK(api.request_of(R"({"stream":null,"model":"qwen3"})").streamed);
        CHECK_FALSE(api.request_of(R"({"stream":false,"model":"qwen3"})").streamed);
        CHECK(api.request_of(R"({"stream":true,"model":"qwen3"})").model == "qwen3");
        CHECK(api->expected_choices(R"({"n":3})") == 1);
    }
}

TEST_CASE("a chat message is thinking, text, images and calls, whatever the order of the keys") {
    CHECK(content_of(R"({"tool_calls":[{"id":"call_1","function":{"index":0,"arguments":{"b":1.0,"a":2},
        "name":"f"}}],"images":["AAAA","BBBB"],"content":"hi","thinking":"hm","role":"assistant"})") ==
          R"([{"type":"thinking","thinking":"hm"},{"type":"text","text":"hi"},)"
          R"({"type":"image","image_base64":"AAAA"},{"type":"image","image_base64":"BBBB"},)"
          R"({"type":"tool_use","tool_name":"f","tool_input":{"a":2,"b":1}}])");
    for (const auto* nothing : {R"({"role":"assistant","content":""})", R"({"role":"assistant"})",
                                R"({"role":"assistant","content":null,"thinking":null,"images":null,
                                    "tool_calls":null})",
                                R"({"role":"assistant","thinking":"","images":[],"tool_calls":[]})"}) {
        CHECK(content_of(nothing) == "[]");
    }
}

TEST_CASE("the id of a call, which SDKs drop, is no part of it") {
    CHECK(content_of(R"({"role":"assistant","tool_calls":[{"id":"x","function":{"name":"f"}}]})") ==
          content_of(R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{}}}]})"));
}

TEST_CASE("arguments of a call that a block cannot hold are kept as text") {
    const auto call = [](const std::string& arguments) {
        return content_of(R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":)" +
                          arguments + "}}]}");
    };
    const std::string head = R"([{"type":"tool_use","tool_name":"f")";
    CHECK(call("{}") == head + "}]");
    CHECK(call("null") == head + "}]");
    CHECK(call(R"("{\"a\":1}")") == head + R"(,"tool_input":{"a":1}}])");
    CHECK(call("[1, 2]") == head + R"(,"raw":[1,2]}])");
    CHECK(call(R"({ "n" : 9007199254740993 })") == call(R"({"n":9007199254740993})"));
    CHECK(call(R"({"n":9007199254740993})") == head + R"(,"raw":"{\"n\":9007199254740993}"}])");
    CHECK(content_of(R"({"role":"assistant","tool_calls":[{"x":1},7]})") ==
          R"([{"type":"tool_use","raw":{"x":1}},{"type":"tool_use","raw":7}])");
}

TEST_CASE("a tool's answer names its tool, and its call where the client does") {
    CHECK(content_of(R"({"role":"tool","tool_name":"f","content":"22"})") ==
          R"([{"type":"tool_result","tool_name":"f","tool_output":"22"}])");
    CHECK(content_of(R"({"content":"","tool_call_id":"c","role":"tool","images":["AA"]})") ==
          R"([{"type":"tool_result","tool_result_id":"c"},{"type":"image","image_base64":"AA"}])");
    CHECK(content_of(R"({"role":"tool","name":"g","content":{"t":1}})") ==
          R"([{"type":"tool_result","tool_name":"g"},{"type":"unknown","raw":{"t":1}}])");
}

TEST_CASE("a prompt is a user's message, and what frames it is said as well") {
    const auto plain = generate.request_of(R"({"model":"m","prompt":"2+2?"})");
    REQUIRE(plain.messages.size() == 1);
    CHECK(plain.leading == 0);
    CHECK(plain.messages[0].role == "user");
    CHECK(merkle::event_content(plain.messages[0].content) == R"([{"type":"text","text":"2+2?"}])");

    const auto full = generate.request_of(R"({"model":"m","suffix":"}","raw":true,"images":["AA"],
        "context":[1, 2],"template":"{{ .Prompt }}","prompt":"f() {","system":"Be brief.","format":"json",
        "options":{"seed":1}})");
    REQUIRE(full.messages.size() == 2);
    CHECK(full.leading == 1);
    CHECK(full.messages[0].role == "system");
    CHECK(merkle::event_content(full.messages[0].content) ==
          R"([{"type":"text","text":"Be brief."},{"type":"template","text":"{{ .Prompt }}"}])");
    CHECK(merkle::event_content(full.messages[1].content) ==
          R"([{"type":"context","raw":[1,2]},{"type":"text","text":"f() {"},)"
          R"({"type":"image","image_base64":"AA"},{"type":"suffix","text":"}"}])");
    for (const auto* nothing : {R"({"system":""})", R"({"template":null,"suffix":"","context":null})"}) {
        CHECK(generate.request_of(nothing).messages.size() == 1);
    }
}

TEST_CASE("an Ollama body that does not map says why") {
    for (const auto& api : {chat, generate}) {
        const auto error = [api](std::string_view body) {
            llm::request out;
            return api->map_request(body, {}, out);
        };
        CHECK(error("") == map_error::not_json);
        CHECK(error(R"({"model":"m"}x)") == map_error::not_json);
        CHECK(error("[]") == map_error::wrong_shape);
        const std::string deep = std::string(600, '[') + std::string(600, ']');
        CHECK(error(R"({"context":)" + deep + R"(,"messages":[{"content":)" + deep + "}]}") ==
              map_error::too_deep);
    }
    llm::request out;
    CHECK(chat->map_request(R"({"messages":7})", {}, out) == map_error::wrong_shape);
    CHECK(chat->map_request(R"({"messages":["x"]})", {}, out) == map_error::wrong_shape);
}

TEST_CASE("an Ollama answer gives its counts, durations and stop reason") {
    const std::string told =
        R"("model":"qwen3:8b","total_duration":50,"load_duration":9,"prompt_eval_count":7,
        "prompt_eval_duration":20,"eval_count":3,"eval_duration":21,"done_reason":"length","done":true)";
    for (const auto& [api, said] : {std::pair{chat, R"({"message":{"role":"assistant","content":"four"},)"},
                                    std::pair{generate, R"({"response":"four","context":[1,2],)"}}) {
        const auto out = api.answer_of(said + told + "}");
        CHECK(out.model == "qwen3:8b");
        CHECK(out.used.prompt_tokens == 7);
        CHECK(out.used.completion_tokens == 3);
        CHECK(out.used.total_tokens == 10);
        CHECK(out.used.total_duration_ns == 50);
        CHECK(out.used.prompt_duration_ns == 20);
        REQUIRE(out.choices.size() == 1);
        CHECK(out.choices[0].stop_reason == "length");
        CHECK(out.choices[0].message.role == "assistant");
        CHECK(merkle::event_content(out.choices[0].message.content) == R"([{"type":"text","text":"four"}])");
    }
    CHECK(chat.answer_of(R"({"message":{"content":"x"},"done":true})").choices[0].stop_reason == "stop");
    CHECK(chat.answer_of(R"({"message":{"content":"x"}})").choices[0].stop_reason == "incomplete");
    const auto huge = chat.answer_of(R"({"message":{"content":"x"},"prompt_eval_count":9223372036854775807,
        "eval_count":1})");
    CHECK_FALSE(huge.used.total_tokens.has_value());
}

TEST_CASE("a generated answer may think, call tools and be an image") {
    const auto out = generate.answer_of(R"({"response":"ok","thinking":"hm","image":"AA","done":true,
        "tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]})");
    CHECK(
        merkle::event_content(out.choices.at(0).message.content) ==
        R"([{"type":"thinking","thinking":"hm"},{"type":"text","text":"ok"},)"
        R"({"type":"image","image_base64":"AA"},{"type":"tool_use","tool_name":"f","tool_input":{"x":1}}])");
}

TEST_CASE("an Ollama answer in which nothing was said is empty, an error is the provider's") {
    CHECK(chat.answer_error(R"({"message":{"role":"assistant","content":""},"done":true,
        "done_reason":"load"})") == map_error::empty);
    CHECK(generate.answer_error(R"({"response":"","done":true,"done_reason":"unload"})") == map_error::empty);
    for (const auto& api : {chat, generate}) {
        CHECK(api.answer_error(R"({"error":"no such model"})") == map_error::provider_error);
        CHECK(api.answer_error(R"({"ok":true})") == map_error::wrong_shape);
        CHECK(api.answer_error("<html>") == map_error::not_json);
        CHECK(api.answer_error("") == map_error::not_json);
    }
}

}  // namespace tapes::llm::ollama_api_test
