// Whatever order events come in, and however often: a result that is JSON, and the same in any split.
#include "support.hpp"

#include <tapes/merkle/canonical.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm::shuffled_events_test {

using namespace tapes;

namespace {

struct sample {
    test::tested_api api;
    std::vector<std::string> events;  ///< as they stand on the wire
};

std::vector<std::string> framed(const std::vector<std::string>& all) {
    std::vector<std::string> events;
    for (const std::string& json : all) {
        events.push_back("data: " + json + "\n\n");
    }
    return events;
}

std::vector<sample> samples() {
    return {
        {test::tested_api("/v1/chat/completions"),
         framed(
             {R"({"id":"r","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})",
              R"({"choices":[{"index":0,"delta":{"content":"a\ud83d","reasoning_content":"h"}}]})",
              R"({"choices":[{"index":0,"delta":{"content":"\ude00"}}]})",
              R"({"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"b"},{"x":1}]}}]})",
              R"({"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":""}}]}}]})",
              R"({"choices":[{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"{\"a\":"}}]}}]})",
              R"({"choices":[{"index":0,"delta":{"tool_calls":[{"id":"y","function":{"name":"g","arguments":"1}"}}]}}]})",
              R"({"choices":[{"index":1,"delta":{"tool_calls":[{"index":"1","custom":{"name":"g","input":"t"}}]}}]})",
              R"({"choices":[{"index":0,"delta":{},"message":{"content":"all","tool_calls":[{"function":{"name":"f"}}]}}]})",
              R"({"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"t","text":"d"},7]},"finish_reason":"stop"}]})",
              R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens_details":{"reasoning_tokens":1}}})",
              R"({"choices":[],"usage":{"prompt_tokens":{"a":1},"completion_tokens_details":0}})",
              R"({"choices":[{"index":0,"delta":{"content":7,"tool_calls":[)", "[DONE]"})},
        {test::tested_api("/v1/messages"),
         framed(
             {R"({"type":"message_start","message":{"id":"r","model":"m","content":[{"type":"text","text":"a"}],"usage":{"input_tokens":3}}})",
              R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
              R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a\ud83d"}})",
              R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"\ude00"}})",
              R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"E"}})",
              R"({"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"x","name":"f","input":{}}})",
              R"({"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}})",
              R"({"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"1}"}})",
              R"({"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"c"}}})",
              R"({"type":"content_block_stop","index":1})",
              R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}})",
              R"({"type":"message_stop","message":{"content":[{"type":"thinking","thinking":"t"}]}})",
              R"({"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":)"})},
        {test::tested_api("/v1/responses"),
         framed(
             {R"({"type":"response.created","response":{"id":"r","model":"m","status":"in_progress","output":[]}})",
              R"({"type":"response.output_item.added","output_index":0,"item":{"id":"a","type":"message","content":[]}})",
              R"({"type":"response.content_part.added","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}})",
              R"({"type":"response.output_text.delta","output_index":0,"content_index":0,"delta":"h\ud83d"})",
              R"({"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"no"})",
              R"({"type":"response.reasoning_text.delta","output_index":0,"delta":"\ude00"})",
              R"({"type":"response.output_item.added","item":{"id":"f","type":"function_call","call_id":"c","name":"f","arguments":""}})",
              R"({"type":"response.function_call_arguments.delta","item_id":"g","delta":"{\"a\":"})",
              R"({"type":"response.function_call_arguments.delta","item_id":"f","delta":"1}"})",
              R"({"type":"response.output_item.done","output_index":1,"item":{"id":"f","type":"function_call","call_id":"c","name":"f","arguments":"{}"}})",
              R"({"type":"response.output_item.done","output_index":2,"item":{"type":"reasoning","summary":[],"encrypted_content":"E"}})",
              R"({"type":"response.completed","response":{"output":[7,{"id":"a","type":"message","content":[]},{"type":"reasoning","encrypted_content":"F"}],"usage":{"input_tokens":3}}})",
              R"({"type":"response.done","response":{"status":"completed","output":[{"type":"x"},{"type":"function_call","call_id":"c"}]}})"})},
        {test::tested_api("/api/chat"),
         {"{\"model\":\"m\",\"message\":{\"content\":\"a\\ud83d\"}}\n",
          "{\"message\":{\"content\":\"\\ude00\"}}", "{\n\"message\":\n{\"thinking\":\"h\"}\n}\n",
          "data: {\"message\":{\"content\":\"b\"}}\n\n", "event: x\n",
          "{\"message\":{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":\"}}]}}\n",
          "{\"message\":{\"tool_calls\":[{\"function\":{\"arguments\":\"1}\"}},7,{\"function\":{\"name\":"
          "\"g\"}}]}}\n",
          "{\"message\":{\"content\":[\n", "{\"mess\n", "]}}\n", "{\"done\":true,\"eval_count\":2}\n",
          "{\"done\":false,\"eval_count\":0,\"done_reason\":\"null\"}\n"}},
        {test::tested_api("/api/generate"),
         {"{\"model\":\"m\",\"response\":\"a\\ud83d\"}\n", "{\"response\":\"\\ude00\",\"thinking\":\"h\"}\n",
          "{\"tool_calls\":[{\"function\":{\"name\":\"f\",\"arguments\":{\"a\":1}}}],\"image\":\"QQ\"}\n",
          "{\"response\":\"b\",\"context\":[1,2],\"done\":true,\"eval_count\":2}\n"}},
        {test::tested_api("/v1/completions"),
         framed({R"({"id":"r","model":"m","choices":[{"index":0,"text":"a\ud83d","finish_reason":null}]})",
                 R"({"choices":[{"index":0,"text":"\ude00"},{"index":1,"text":"b","finish_reason":"stop"}]})",
                 R"({"choices":[{"text":7}],"usage":{"prompt_tokens":3,"details":{"cached":1}}})",
                 "[DONE]"})},
        {test::tested_api("/model/m/converse-stream"),
         framed(
             {R"({"messageStart":{"role":"assistant"}})",
              R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"a\ud83d"}}})",
              R"({"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"\ude00","citation":{"title":"t"}}}})",
              R"({"contentBlockDelta":{"contentBlockIndex":1,"delta":{"reasoningContent":{"text":"h"}}}})",
              R"({"contentBlockDelta":{"contentBlockIndex":1,"delta":{"reasoningContent":{"signature":"E","redactedContent":"R"}}}})",
              R"({"contentBlockStart":{"contentBlockIndex":2,"start":{"toolUse":{"toolUseId":"x","name":"f","type":"server_tool_use"}}}})",
              R"({"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolUse":{"input":"{\"a\":"}}}})",
              R"({"contentBlockDelta":{"contentBlockIndex":2,"delta":{"toolUse":{"input":"1}"}}}})",
              R"({"contentBlockStart":{"contentBlockIndex":3,"start":{"toolResult":{"toolUseId":"x","status":"error"}}}})",
              R"({"contentBlockDelta":{"contentBlockIndex":3,"delta":{"toolResult":[{"text":"a"},{"json":{"b":2}}]}}})",
              R"({"contentBlockStart":{"contentBlockIndex":4,"start":{"image":{"format":"png"}}}})",
              R"({"contentBlockDelta":{"contentBlockIndex":4,"delta":{"image":{"source":{"bytes":"QQ"}}}}})",
              R"({"messageStop":{"stopReason":"end_turn"}})",
              R"({"metadata":{"usage":{"inputTokens":3,"outputTokens":2},"trace":{"promptRouter":{"invokedModelId":"m"}}}})"})},
        {test::tested_api("/v1beta/models/m:streamGenerateContent"),
         framed(
             {R"({"candidates":[{"content":{"role":"model","parts":[{"text":"a\ud83d"}]},"index":0}],"modelVersion":"m"})",
              R"({"candidates":[{"content":{"parts":[{"text":"\ude00"},{"text":"h","thought":true},"b",7]}}],"responseId":"r"})",
              R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"a":1}},"thoughtSignature":"RQ=="}]}}]})",
              R"({"candidates":[{"content":{"parts":[{"functionCall":{"name":"g","partialArgs":[{"jsonPath":"$.a","stringValue":"x"}],"willContinue":true}}]}}]})",
              R"({"candidates":[{"groundingMetadata":{"a":[1]},"citation_metadata":{"b":2},"finishMessage":"f","index":1}]})",
              R"({"candidates":[{"finishReason":"STOP","urlContextMetadata":{}}],"usageMetadata":{"promptTokenCount":3,"promptTokensDetails":[{"modality":"TEXT"}]}})",
              R"({"response":{"candidates":{"content":{"parts":{"text":"c"}}},"traceId":"t"}})",
              R"({"promptFeedback":{"blockReason":"OTHER"}})"})}};
}

}  // namespace

TEST_CASE("events that are dropped, repeated and out of order fold into JSON, the same in any split") {
    std::minstd_rand random{7};
    constexpr int rounds = 300;
    for (const sample& from : samples()) {
        for (int round = 0; round < rounds; ++round) {
            std::vector<std::string> events = from.events;
            if (round > 0) {
                std::shuffle(events.begin(), events.end(), random);
                events.resize(1 + random() % events.size());
                events.push_back(from.events[random() % from.events.size()]);
                std::swap(events.back(), events[random() % events.size()]);
            }
            std::string stream;
            for (const std::string& one : events) {
                stream += one;
            }
            INFO(stream);
            const std::string whole = from.api.reduce(stream);
            INFO(whole);
            for (const std::size_t size : {1U, 3U, 17U}) {
                REQUIRE(from.api.reduce(stream, size) == whole);
            }
            std::string canonical;
            REQUIRE(
                (whole.empty() || merkle::canonicalize(whole, canonical) == merkle::canonical_error::none));
            answer out;
            const map_error mapped = whole.empty() ? map_error::empty : from.api->map_answer(whole, out);
            REQUIRE(mapped != map_error::not_json);
            REQUIRE(mapped != map_error::wrong_shape);
        }
    }
}

TEST_CASE("an event that is broken at any of its bytes folds into JSON, with those before and after it") {
    for (const sample& from : samples()) {
        for (std::size_t at = 0; at < from.events.size(); ++at) {
            const std::string before = at == 0 ? std::string() : from.events[at - 1];
            for (std::size_t byte = 0; byte < from.events[at].size(); ++byte) {
                std::string broken = from.events[at];
                broken[byte] = '?';
                const std::string stream = before + broken + from.events.back();
                INFO(stream);
                const std::string whole = from.api.reduce(stream);
                INFO(whole);
                std::string canonical;
                REQUIRE((whole.empty() ||
                         merkle::canonicalize(whole, canonical) == merkle::canonical_error::none));
            }
        }
    }
}

}  // namespace tapes::llm::shuffled_events_test
