// What an answer cost, however its API and its server tell it.
#include "every_api.hpp"

#include <tapes/merkle/usage.hpp>

#include <catch2/catch.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapes::llm::usage_test {

using namespace tapes;
using namespace test;

namespace {

merkle::usage used(const test::tested_api& api, const std::string& usage) {
    if (api->name == "openai_chat") {
        return api.answer_of(R"({"choices":[{"message":{"content":"a"}}],"usage":)" + usage + "}").used;
    }
    if (api->name == "openai_responses") {
        return api
            .answer_of(R"({"output":[{"type":"message","role":"assistant","content":"a"}],"usage":)" + usage +
                       "}")
            .used;
    }
    return api.answer_of(R"({"content":"a","usage":)" + usage + "}").used;
}

using figure = std::optional<std::int64_t> merkle::usage::*;

struct told {
    const test::tested_api& api;
    std::string usage;
    figure member;
    std::optional<std::int64_t> value;
};

}  // namespace

TEST_CASE("reasoning tokens and cache writes by lifetime are read wherever a usage has them") {
    const figure reasoning = &merkle::usage::reasoning_tokens;
    const figure five = &merkle::usage::cache_write_5m_tokens;
    const figure hour = &merkle::usage::cache_write_1h_tokens;
    const figure written = &merkle::usage::cache_creation_input_tokens;
    const std::string lives = R"({"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":3})";
    const std::vector<told> table{
        {chat, R"({"completion_tokens_details":{"reasoning_tokens":4}})", reasoning, 4},
        {chat, R"({"reasoning_tokens":4})", reasoning, 4},  // Perplexity, SGLang
        {chat, R"({"reasoning_tokens":0,"completion_tokens_details":{"reasoning_tokens":4}})", reasoning, 4},
        {chat, R"({"completion_tokens_details":null})", reasoning, std::nullopt},
        {chat, R"({"prompt_tokens_details":{"cache_creation_token_details":)" + lives + "}}", five, 7},
        {chat, R"({"prompt_tokens_details":{"cache_creation_token_details":)" + lives + "}}", hour, 3},
        {chat, R"({"prompt_tokens_details":{"cache_creation":)" + lives + "}}", five, 7},  // DashScope
        {chat, R"({"cache_creation":)" + lives + "}", hour, 3},
        {chat, R"({"claude_cache_creation_5_m_tokens":7})", five, 7},  // new-api
        {chat, R"({"claude_cache_creation_1_h_tokens":3})", hour, 3},
        {chat, R"({"prompt_tokens_details":{"cache_write_tokens":9}})", written, 9},
        {chat, R"({"prompt_tokens_details":{"cache_creation_tokens":9}})", written, 9},
        {chat, R"({"prompt_tokens_details":{"cached_creation_tokens":9}})", written, 9},
        {responses, R"({"output_tokens_details":{"reasoning_tokens":4}})", reasoning, 4},
        {responses, R"({"input_tokens_details":{"cache_creation_token_details":)" + lives + "}}", five, 7},
        {messages, R"({"cache_creation":)" + lives + "}", five, 7},
        {messages, R"({"cache_creation":)" + lives + "}", hour, 3},
        {messages, R"({"output_tokens_details":{"thinking_tokens":4}})", reasoning, 4},
        {messages, R"({"claude_cache_creation_1_h_tokens":3})", hour, 3},
    };
    for (const told& one : table) {
        INFO(one.api->name << ": " << one.usage);
        CHECK(used(one.api, one.usage).*one.member == one.value);
    }
}

TEST_CASE("counts are whole numbers however they are written, and a zero behind one overwrites nothing") {
    for (const auto& [written, read] : std::vector<std::pair<std::string, std::optional<std::int64_t>>>{
             {"3", 3},
             {"3.0", 3},
             {"3e0", 3},
             {"\"3\"", 3},
             {"\"3.0\"", 3},
             {"-3.0", -3},
             {"3.5", std::nullopt},
             {"\"3 \"", std::nullopt},
             {"\"three\"", std::nullopt},
             {"\"\"", std::nullopt},
             {"\"nan\"", std::nullopt},
             {"9223372036854775807", INT64_MAX},
             {"9223372036854775808", std::nullopt},
             {"-9223372036854775808.0", INT64_MIN},
             {"1e999", std::nullopt},
             {"true", std::nullopt},
             {"null", std::nullopt},
             {"[3]", std::nullopt}}) {
        INFO(written);
        CHECK(used(chat, R"({"prompt_tokens":)" + written + "}").prompt_tokens == read);
        CHECK(used(chat, R"({"prompt_tokens_details":{"cached_tokens":)" + written + "}}")
                  .cache_read_input_tokens == read);
        CHECK(used(responses, R"({"output_tokens":)" + written + "}").completion_tokens == read);
        CHECK(used(messages, R"({"output_tokens":)" + written + "}").completion_tokens == read);
        CHECK(ollama.answer_of(R"({"message":{"content":"a"},"eval_count":)" + written + "}")
                  .used.completion_tokens == read);
        CHECK(generate.answer_of(R"({"response":"a","total_duration":)" + written + "}")
                  .used.total_duration_ns == read);
    }
    for (const std::string nothing : {"0", "0.0", "null", "\"\""}) {
        INFO(nothing);
        CHECK(used(chat, R"({"prompt_tokens":3,"prompt_tokens":)" + nothing + "}").prompt_tokens == 3);
        CHECK(used(messages, R"({"input_tokens":3,"input_tokens":)" + nothing + "}").prompt_tokens == 3);
    }
    CHECK(used(chat, R"({"prompt_tokens":0})").prompt_tokens == 0);
}

TEST_CASE("a name that is empty or the word null is none, in every API") {
    struct told_name {
        const test::tested_api& api;
        std::string answer;
        std::string stop_reason;
    };
    for (const std::string none : {R"("")", R"("null")", "null", "7"}) {
        const std::string names = R"("id":"r1","model":"m1","id":)" + none + R"(,"model":)" + none;
        const std::string reason = R"("stop_reason":"end_turn","stop_reason":)" + none;
        for (const told_name& one : std::vector<told_name>{
                 {chat,
                  "{" + names +
                      R"(,"choices":[{"message":{"content":"a"},"finish_reason":"stop","finish_reason":)" +
                      none + "}]}",
                  "stop"},
                 {chat,
                  "{" + names + R"(,"choices":[{"message":{"content":"a"},"finish_reason":)" + none + "}]}",
                  ""},
                 {responses,
                  "{" + names + R"(,"output":[{"type":"message","role":"assistant","content":"a"}],)" +
                      R"("status":"completed","status":)" + none + "}",
                  "completed"},
                 {messages, "{" + names + R"(,"content":"a",)" + reason + "}", "end_turn"},
                 {ollama,
                  R"({"model":"m1","model":)" + none +
                      R"(,"message":{"content":"a"},"done":true,"done_reason":)" + none + "}",
                  "stop"},
                 {generate,
                  R"({"model":"m1","model":)" + none +
                      R"(,"response":"a","done":true,"done_reason":"length","done_reason":)" + none + "}",
                  "length"}}) {
            INFO(one.api->name << ": " << one.answer);
            const auto out = one.api.answer_of(one.answer);
            CHECK(out.model == "m1");
            CHECK(out.id == (one.answer.find(R"("id")") == std::string::npos ? "" : "r1"));
            CHECK(out.choices.at(0).stop_reason == one.stop_reason);
        }
    }
}

}  // namespace tapes::llm::usage_test
