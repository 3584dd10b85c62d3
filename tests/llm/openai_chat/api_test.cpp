#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::llm::openai_chat_api_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api chat{"/v1/chat/completions"};

// The event form of the only message of a request.
std::string content_of(const std::string& message) {
    return chat.only_message_of(R"({"model":"m","messages":[)" + message + "]}");
}

}  // namespace

TEST_CASE("a request's model, stream, n and session are read wherever they stand") {
    const auto out = chat.request_of(
        R"({"messages":[],"metadata":{"user_id":"u","session_id":"s"},"n":3,"stream":true,"model":"gpt-4o"} )");
    CHECK(out.model == "gpt-4o");
    CHECK(out.streamed);
    CHECK(out.choices == 3);
    CHECK(out.session == "s");
    CHECK(chat.request_of(R"({"model":"m","messages":[],"prompt_cache_key":"k","session_id":"x"})").session ==
          "k");
    CHECK(chat.request_of(R"({"model":"m","messages":[],"metadata":{"user_id":"u"}})").session == "u");
    const auto plain = chat.request_of(R"({"model":"m","messages":[],"stream":null,"n":null})");
    CHECK_FALSE(plain.streamed);
    CHECK(plain.choices == 1);
}

TEST_CASE("content is text, parts, or nothing") {
    CHECK(content_of(R"({"role":"user","content":"hi"})") == R"([{"type":"text","text":"hi"}])");
    for (const auto* nothing :
         {R"({"role":"assistant","content":""})", R"({"role":"assistant","content":null})",
          R"({"role":"assistant"})", R"({"role":"user","content":[]})",
          R"({"role":"user","content":[{"type":"text","text":""}]})"}) {
        CHECK(content_of(nothing) == "[]");
    }
    CHECK(
        content_of(R"({"role":"user","content":[{"text":"a","type":"text","cache_control":{"x":[1]}},
        {"type":"image_url","image_url":{"detail":"low","url":"http://x/a.png"}},"b"]})") ==
        R"([{"type":"text","text":"a"},{"type":"image","image_url":"http://x/a.png"},{"type":"text","text":"b"}])");
}

TEST_CASE("parts of an unknown kind are kept as their JSON") {
    CHECK(
        content_of(
            R"({"role":"user","content":[{"type":"input_audio","input_audio":{"format":"wav","data":"AA"}},
        {"type":"text","text":"x"},7]})") ==
        R"([{"type":"input_audio","raw":{"input_audio":{"data":"AA","format":"wav"},"type":"input_audio"}},)"
        R"({"type":"text","text":"x"},{"type":"unknown","raw":7}])");
}

TEST_CASE("refusal, name, tool calls and content stand in one order, whatever the order of the keys") {
    CHECK(content_of(R"({"tool_calls":[{"function":{"arguments":"{\"b\":1.0,\"a\":2}","name":"f"},"id":"c"}],
        "refusal":"no","name":"bob","content":"hi","role":"assistant"})") ==
          R"([{"type":"text","text":"hi"},{"type":"refusal","refusal":"no"},)"
          R"({"type":"tool_use","tool_use_id":"c","tool_name":"f","tool_input":{"a":2,"b":1}},)"
          R"({"type":"name","name":"bob"}])");
    CHECK(content_of(R"({"role":"assistant","refusal":"no"})") ==
          content_of(R"({"role":"assistant","content":[{"type":"refusal","refusal":"no"}]})"));
}

TEST_CASE("arguments that are no object, do not parse or exceed a double stay text") {
    const auto call = [](const std::string& arguments) {
        return content_of(
            R"({"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f",)"
            R"("arguments":)" +
            arguments + "}}]}");
    };
    const std::string head = R"([{"type":"tool_use","tool_use_id":"c","tool_name":"f")";
    for (const auto* empty : {R"("")", R"("{}")", R"(" { } ")", "null", "{}"}) {
        CHECK(call(empty) == head + "}]");
    }
    CHECK(call(R"("{\"a\":")") == head + R"(,"raw":"{\"a\":"}])");
    CHECK(call(R"("[1,2]")") == head + R"(,"raw":[1,2]}])");
    CHECK(call(R"("{\"n\":9007199254740993}")") == head + R"(,"raw":"{\"n\":9007199254740993}"}])");
    CHECK(call(R"({"a":1})") == head + R"(,"tool_input":{"a":1}}])");
}

TEST_CASE("a tool's answer is one result, from a string or from text parts") {
    const std::string result = R"([{"type":"tool_result","tool_result_id":"c","tool_output":"ab"}])";
    CHECK(content_of(R"({"role":"tool","tool_call_id":"c","content":"ab"})") == result);
    CHECK(content_of(R"({"role":"tool","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}],
        "tool_call_id":"c"})") == result);
    CHECK(content_of(R"({"role":"tool","tool_call_id":"c","content":""})") ==
          R"([{"type":"tool_result","tool_result_id":"c"}])");
}

TEST_CASE("lone surrogates, NUL and invalid UTF-8 are taken") {
    CHECK(content_of(R"({"role":"user","content":"a\ud800b\u0000"})") ==
          "[{\"type\":\"text\",\"text\":\"a\uFFFDb\\u0000\"}]");
    CHECK(content_of("{\"role\":\"user\",\"content\":\"a\xFF\"}") ==
          "[{\"type\":\"text\",\"text\":\"a\uFFFD\"}]");
}

TEST_CASE("a body that does not map says why") {
    for (const auto* body :
         {"", " ", "x", "{", R"({"messages":[)", R"({"messages":[]}x)", R"({"messages":["a})"}) {
        INFO(body);
        CHECK(chat.request_error(body) == map_error::not_json);
    }
    for (const auto* body : {"[]", "1", "{}", R"({"messages":1})", R"({"messages":[1]})"}) {
        INFO(body);
        CHECK(chat.request_error(body) == map_error::wrong_shape);
    }
    const std::string deep = std::string(600, '[') + std::string(600, ']');
    CHECK(chat.request_error(R"({"messages":[{"role":"user","content":[{"type":"x","v":)" + deep + "}]}]}") ==
          map_error::too_deep);
}

TEST_CASE("an answer gives every choice in order, usage and ids") {
    llm::answer out;
    REQUIRE(chat->map_answer(R"({"id":"r1","model":"gpt-4o-2024-08-06","choices":[
        {"index":1,"finish_reason":"length","message":{"role":"assistant","content":"b"}},
        {"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"a","refusal":null}},
        {"index":2,"finish_reason":"stop","message":{"role":"assistant","content":""}}],
        "usage":{"prompt_tokens":5,"completion_tokens":6,"total_tokens":11,
                 "prompt_tokens_details":{"cached_tokens":4}}})",
                             out) == map_error::none);
    CHECK(out.id == "r1");
    CHECK(out.model == "gpt-4o-2024-08-06");
    REQUIRE(out.choices.size() == 2);
    CHECK(out.choices[0].message.content[0].text == "a");
    CHECK(out.choices[0].stop_reason == "stop");
    CHECK(out.choices[1].message.content[0].text == "b");
    CHECK(out.used.prompt_tokens == 5);
    CHECK(out.used.completion_tokens == 6);
    CHECK(out.used.total_tokens == 11);
    CHECK(out.used.cache_read_input_tokens == 4);
}

TEST_CASE("an answer in which nothing was said is empty, an error is the provider's") {
    const auto error = [](std::string_view body) {
        llm::answer out;
        return chat->map_answer(body, out);
    };
    CHECK(error(R"({"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"stop"}]})") ==
          map_error::empty);
    CHECK(error(R"({"choices":[]})") == map_error::empty);
    CHECK(error(R"({"error":{"message":"x"}})") == map_error::provider_error);
    CHECK(error(R"({"ok":true})") == map_error::wrong_shape);
    CHECK(error("<html>") == map_error::not_json);
}

TEST_CASE("the number of expected choices is told without mapping") {
    CHECK(chat->expected_choices(R"({"n":4,"messages":[]})") == 4);
    CHECK(chat->expected_choices(R"({"messages":[{"n":4}]})") == 1);
    CHECK(chat->expected_choices(R"({"n":null})") == 1);
    CHECK(chat->expected_choices("{\"n\"") == 1);
}

}  // namespace tapes::llm::openai_chat_api_test
