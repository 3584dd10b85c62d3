#include "support.hpp"

#include <tapes/llm/aws_events.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::llm::bedrock_converse_test {

using namespace tapes;

namespace {

const test::tested_api converse{"/model/us.anthropic.claude-sonnet-4-20250514-v1%3A0/converse"};

std::string content_of(std::string_view block) {
    return converse.only_message_of(
        std::string{R"({"messages":[{"role":"user","content":[)"}.append(block).append("]}]}"));
}

struct block_case {
    std::string_view name, block, content;
};

using events = std::vector<std::pair<std::string_view, std::string>>;

std::string stream_of(const events& from) {
    std::string out;
    for (const auto& [type, payload] : from) {
        llm::append_aws_event(out, std::string_view{type}.ends_with("Exception") ? "exception" : "event",
                              type, payload);
    }
    return out;
}

const std::string usage =
    R"({"inputTokens":10,"outputTokens":5,"totalTokens":115,"cacheReadInputTokens":60,"cacheWriteInputTokens":40,)"
    R"("cacheDetails":[{"ttl":"5m","inputTokens":30},{"ttl":"1h","inputTokens":10}]})";

}  // namespace

TEST_CASE("Converse: each kind of block maps to what it says") {
    const auto one = GENERATE(values<block_case>({
        {"text", R"({"text":"a"})", R"([{"text":"a","type":"text"}])"},
        {"an empty text", R"({"text":""},{"text":"b"})", R"([{"text":"b","type":"text"}])"},
        {"a cache point is no content", R"({"text":"a"},{"cachePoint":{"type":"default"}})",
         R"([{"text":"a","type":"text"}])"},
        {"an image", R"({"image":{"format":"png","source":{"bytes":"AAAA"}}})",
         R"([{"image_base64":"AAAA","media_type":"image/png","type":"image"}])"},
        {"an image in S3", R"({"image":{"format":"png","source":{"s3Location":{"uri":"s3://b/k"}}}})",
         R"([{"image_url":"s3://b/k","media_type":"image/png","type":"image"}])"},
        {"a document",
         R"({"document":{"format":"pdf","name":"n","source":{"bytes":"AAAA"},"citations":{"enabled":true}}})",
         R"([{"image_base64":"AAAA","media_type":"application/pdf","name":"n","raw":{"citations":{"enabled":true}},"type":"document"}])"},
        {"a document of text", R"({"document":{"format":"txt","name":"n","source":{"text":"x"}}})",
         R"([{"media_type":"text/plain","name":"n","raw":{"source":{"text":"x"}},"type":"document"}])"},
        {"a video", R"({"video":{"format":"mp4","source":{"bytes":"AA=="}}})",
         R"([{"image_base64":"AA==","media_type":"video/mp4","type":"video"}])"},
        {"a call", R"({"toolUse":{"toolUseId":"t1","name":"f","input":{"b":1,"a":2}}})",
         R"([{"tool_input":{"a":2,"b":1},"tool_name":"f","tool_use_id":"t1","type":"tool_use"}])"},
        {"a call of the provider's",
         R"({"toolUse":{"toolUseId":"t1","name":"f","input":{"a":2},"type":"server_tool_use"}})",
         R"([{"tool_input":{"a":2},"tool_name":"f","tool_use_id":"t1","type":"server_tool_use"}])"},
        {"a result",
         R"({"toolResult":{"toolUseId":"t1","content":[{"text":"a"},{"text":"b"}],"status":"success"}})",
         R"([{"tool_output":"ab","tool_result_id":"t1","type":"tool_result"}])"},
        {"a failed result of JSON",
         R"({"toolResult":{"toolUseId":"t1","content":[{"json":{"x":1}}],"status":"error"}})",
         R"([{"is_error":true,"tool_output":"{\"x\":1}","tool_result_id":"t1","type":"tool_result"}])"},
        {"a result with an image",
         R"({"toolResult":{"toolUseId":"t1","content":[{"image":{"format":"gif","source":{"bytes":"AAAA"}}}]}})",
         R"([{"tool_result_id":"t1","type":"tool_result"},{"image_base64":"AAAA","media_type":"image/gif","tool_result_id":"t1","type":"image"}])"},
        {"reasoning", R"({"reasoningContent":{"reasoningText":{"text":"h","signature":"s"}}})",
         R"([{"signature":"s","thinking":"h","type":"thinking"}])"},
        {"sealed reasoning", R"({"reasoningContent":{"redactedContent":"AAAA"}})",
         R"([{"raw":"AAAA","type":"redacted_thinking"}])"},
        {"content for a guardrail", R"({"guardContent":{"text":{"text":"a","qualifiers":["query"]}}})",
         R"([{"raw":["query"],"text":"a","type":"guardContent"}])"},
        {"text with citations",
         R"({"citationsContent":{"content":[{"text":"a"}],"citations":[{"title":"t"}]}})",
         R"([{"text":"a","type":"text"},{"raw":[{"title":"t"}],"type":"citations"}])"},
        {"a kind that is not known", R"({"newThing":{"x":1}})", R"([{"raw":{"x":1},"type":"newThing"}])"},
        {"a value of another shape", R"({"image":7})", R"([{"raw":7,"type":"image"}])"},
        {"no object", R"(7)", R"([{"raw":7,"type":"unknown"}])"},
    }));
    CAPTURE(one.name);
    CHECK(nlohmann::json::parse(content_of(one.block)) == nlohmann::json::parse(one.content));
}

TEST_CASE("Converse: the path names the model and the stream, and the system text leads") {
    const auto asked = converse.request_of(
        R"({"system":[{"text":"s"},{"cachePoint":{"type":"default"}}],"messages":[{"role":"user","content":[{"text":"q"}]}],
            "inferenceConfig":{"maxTokens":9}})");
    CHECK(asked.model == "us.anthropic.claude-sonnet-4-20250514-v1:0");
    CHECK_FALSE(asked.streamed);
    CHECK(asked.leading == 1);
    CHECK(asked.messages.size() == 2);
    CHECK(asked.messages[0].role == "system");
    const test::tested_api streamed{
        "/model/arn:aws:bedrock:us-east-1:1:application-inference-profile%2Fabc/converse-stream"};
    const auto other = streamed.request_of(R"({"messages":[]})");
    CHECK(other.model == "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc");
    CHECK(other.streamed);
    CHECK(converse.request_error(R"({"inputText":"x"})") != map_error::none);
}

TEST_CASE("Converse: a stream is the one-shot answer, in any split") {
    const auto stream = stream_of({
        {"messageStart", R"({"p":"x","role":"assistant"})"},
        {"contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hm "}}})"},
        {"contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"so"}}})"},
        {"contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"reasoningContent":{"signature":"sig"}}})"},
        {"contentBlockStop", R"({"contentBlockIndex":0})"},
        {"contentBlockDelta", R"({"contentBlockIndex":1,"delta":{"text":"I "}})"},
        {"contentBlockDelta", R"({"contentBlockIndex":1,"delta":{"text":"look"}})"},
        {"contentBlockDelta", R"({"contentBlockIndex":1,"delta":{"citation":{"title":"t"}}})"},
        {"contentBlockStop", R"({"contentBlockIndex":1})"},
        {"contentBlockStart", R"({"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"t1","name":"f"}}})"},
        {"contentBlockDelta", R"({"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"q\":"}}})"},
        {"contentBlockDelta", R"({"contentBlockIndex":2,"delta":{"toolUse":{"input":"1}"}}})"},
        {"contentBlockStop", R"({"contentBlockIndex":2})"},
        {"contentBlockStart", R"({"contentBlockIndex":3,"start":{"toolUse":{"toolUseId":"t2","name":"g"}}})"},
        {"contentBlockStop", R"({"contentBlockIndex":3})"},
        {"messageStop", R"({"stopReason":"tool_use"})"},
        {"metadata", R"({"usage":)" + usage +
                         R"(,"metrics":{"latencyMs":1},"trace":{"promptRouter":{"invokedModelId":"m"}}})"},
    });
    const std::string one_shot =
        R"({"output":{"message":{"role":"assistant","content":[
            {"reasoningContent":{"reasoningText":{"text":"hm so","signature":"sig"}}},
            {"citationsContent":{"content":[{"text":"I look"}],"citations":[{"title":"t"}]}},
            {"toolUse":{"toolUseId":"t1","name":"f","input":{"q":1}}},{"toolUse":{"toolUseId":"t2","name":"g","input":{}}}]}},
            "stopReason":"tool_use","usage":)" +
        usage + R"(,"trace":{"promptRouter":{"invokedModelId":"m"}}})";
    const auto expected = converse.answer_of(one_shot);
    CHECK(expected.model == "m");
    CHECK(expected.used.prompt_tokens == 110);
    CHECK(expected.used.total_tokens == 115);
    CHECK(expected.used.cache_read_input_tokens == 60);
    CHECK(expected.used.cache_creation_input_tokens == 40);
    CHECK(expected.used.cache_write_5m_tokens == 30);
    CHECK(expected.used.cache_write_1h_tokens == 10);
    for (const std::size_t piece : {1U, 13U, 100U, 100000U}) {
        CAPTURE(piece);
        const auto answer = converse.answer_of(converse.reduce(stream, piece));
        CHECK(answer.choices.at(0).message == expected.choices.at(0).message);
        CHECK(answer.choices.at(0).stop_reason == "tool_use");
        CHECK(answer.used == expected.used);
        CHECK(answer.model == "m");
    }
}

TEST_CASE("Converse: a stream that breaks off keeps what came, as incomplete") {
    const events begun{
        {"messageStart", R"({"role":"assistant"})"},
        {"contentBlockStart", R"({"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t1","name":"f"}}})"},
        {"contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"toolUse":{"input":"{\"q\":"}}})"}};
    auto failing = begun;
    failing.emplace_back("throttlingException", R"({"message":"slow"})");
    for (const auto& all : {begun, failing}) {
        const auto reducer = converse->make_reducer();
        reducer->feed(stream_of(all));
        const auto answer = converse.answer_of(reducer->finish());
        CHECK(answer.choices.at(0).stop_reason == "incomplete");
        CHECK(reducer->failed() == (all.size() > 3));
    }
    CHECK(converse.reduce(stream_of({{"throttlingException", "{}"}})).empty());
}

TEST_CASE("Converse: what a tool's result begins with says something or is left out") {
    const auto start =
        GENERATE(values<std::string_view>({R"({"toolUseId":null})", R"({"toolUseId":""})", R"({"other":"x"})",
                                           R"({"content":[]})", R"("text")", "7", "[1]"}));
    CAPTURE(start);
    const auto folded = converse.reduce(stream_of({
        {"contentBlockStart",
         std::string{R"({"contentBlockIndex":0,"start":{"toolResult":)"}.append(start).append("}}")},
        {"contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"toolResult":[{"text":"a"}]}})"},
        {"messageStop", R"({"stopReason":"end_turn"})"},
    }));
    const auto answer = nlohmann::json::parse(folded);
    CHECK(answer["output"]["message"]["content"] ==
          nlohmann::json::parse(R"([{"toolResult":{"content":[{"text":"a"}]}}])"));
}

TEST_CASE("Converse: a piece of a tool's result that is no JSON leaves the ones before it") {
    const auto folded = converse.reduce(
        R"(data: {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolResult":[{"text":"a"},tru]}}})"
        "\n\n"
        R"(data: {"messageStop":{"stopReason":"end_turn"}})"
        "\n\n");
    const auto answer = nlohmann::json::parse(folded);
    CHECK(answer["output"]["message"]["content"] ==
          nlohmann::json::parse(R"([{"toolResult":{"content":[{"text":"a"}]}}])"));
}

TEST_CASE("Converse: messageStop is a weak end, metadata and exceptions are strong ones") {
    const auto begun =
        stream_of({{"contentBlockDelta", R"({"contentBlockIndex":0,"delta":{"text":"metadata"}})"}});
    const auto stop = stream_of({{"messageStop", R"({"stopReason":"end_turn"})"}});
    const auto metadata = stream_of({{"metadata", R"({"usage":{}})"}});
    const auto failed = stream_of({{"internalServerException", R"({"message":"x"})"}});
    auto watch = converse->make_end_watch({});
    CHECK(watch->feed(begun) == end_mark{});
    CHECK(watch->feed(stop) == end_mark{end_kind::weak, 0, false});
    CHECK(watch->feed(metadata) == end_mark{end_kind::strong, 0, false});
    watch = converse->make_end_watch({});
    CHECK(watch->feed(begun + stop + begun) == end_mark{end_kind::none, end_mark::npos, true});
    CHECK(watch->feed(failed) == end_mark{end_kind::strong, 0, false});
}

TEST_CASE("Bedrock: only what may be Messages is taken for them") {
    const auto known = [](std::string_view target) {
        const auto* const api = llm::find_api("POST", target);
        return api == nullptr ? std::string_view{} : api->name;
    };
    for (const auto* const id :
         {"anthropic.claude-3-haiku-20240307-v1:0", "us.anthropic.claude-x-v1%3A0",
          "arn:aws:bedrock:eu-west-1:1:inference-profile/eu.anthropic.claude-x-v1:0",
          "arn%3Aaws%3Abedrock%3Aus-east-1%3A1%3Aapplication-inference-profile%2Fabc"}) {
        INFO(id);
        CHECK(known("/model/" + std::string{id} + "/invoke") == "anthropic_messages");
        CHECK(known("/x/model/" + std::string{id} + "/invoke-with-response-stream") == "anthropic_messages");
    }
    for (const auto* const id :
         {"meta.llama3-8b-instruct-v1:0", "us.amazon.nova-lite-v1%3A0", "amazon.titan-text-lite-v1",
          "arn:aws:bedrock:us-east-1::foundation-model/mistral.mistral-7b-instruct-v0:2"}) {
        INFO(id);
        CHECK(known("/model/" + std::string{id} + "/invoke").empty());
        CHECK(known("/model/" + std::string{id} + "/converse") == "bedrock_converse");
    }
    CHECK(known("/model//invoke").empty());
    const test::tested_api unnamed{"/model/arn:aws:bedrock:us-east-1:1:provisioned-model%2Fabc/invoke"};
    CHECK(unnamed.request_error(R"({"messages":[]})") == map_error::wrong_shape);
    CHECK(unnamed.request_error(R"({"messages":[],"anthropic_version":"bedrock-2023-05-31"})") ==
          map_error::none);
}

}  // namespace tapes::llm::bedrock_converse_test
