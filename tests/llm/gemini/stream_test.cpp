#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tapes::llm::gemini_stream_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api gemini{"/v1beta/models/m:streamGenerateContent"};

std::string chunk(const std::string& parts, const std::string& more = "") {
    return R"({"candidates":[{"content":{"parts":[)" + parts + R"(],"role":"model"},"index":0)" + more +
           R"(}],"usageMetadata":{"promptTokenCount":4,"totalTokenCount":4},"modelVersion":"m-1","responseId":"r"})";
}

const std::string last =
    R"({"candidates":[{"content":{"parts":[{"text":""}],"role":"model"},"finishReason":"STOP","index":0}],)"
    R"("usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":2,"thoughtsTokenCount":3,"totalTokenCount":9},)"
    R"("modelVersion":"m-1","responseId":"r"})";

using chunks = std::vector<std::string>;

std::string as_events(const chunks& all) {
    std::string stream;
    for (const auto& one : all) {
        stream.append("data: ").append(one).append("\r\n\r\n");
    }
    return stream;
}

/// As the service writes it: an element begins behind the comma on a line of its own.
std::string as_array(const chunks& all) {
    std::string stream = "[";
    for (const auto& one : all) {
        stream.append(stream.size() == 1 ? "" : "\n,\r\n").append(one);
    }
    return stream + "\n]\n";
}

std::string pretty(const chunks& all) {
    std::string stream = "[";
    for (const auto& one : all) {
        stream.append(stream.size() == 1 ? "" : ",\n");
        bool in_string = false;
        for (std::size_t i = 0; i < one.size(); ++i) {
            stream.push_back(one[i]);
            in_string = one[i] == '"' && one[i - 1] != '\\' ? !in_string : in_string;
            if (!in_string && (one[i] == '{' || one[i] == ',' || one[i] == '[' || one[i] == ':')) {
                stream.append("\n  ");
            }
        }
    }
    return stream + "]";
}

struct sample {
    std::string name;
    chunks stream;
    std::string parts;  ///< of the one-shot answer
};

std::vector<sample> samples() {
    return {
        {"text with unicode",
         {chunk(R"({"text":"h\u00e9 "})"), chunk(R"({"text":"\ud83d"})"), chunk(R"({"text":"\ude00 \"]}"})")},
         R"({"text":"hé 😀 \"]}"})"},
        {"thoughts, text and a signature in a part of its own",
         {chunk(R"({"text":"let ","thought":true})"), chunk(R"({"thought":true,"text":"me"})"),
          chunk(R"({"text":"fo"})"), chunk(R"({"text":"ur"})"),
          chunk(R"({"text":"","thoughtSignature":"A+/="})")},
         R"({"text":"let me","thought":true},{"text":"four","thoughtSignature":"A+/="})"},
        {"thoughts between texts",
         {chunk(R"({"text":"a","thought":true})"), chunk(R"({"text":"1"},{"text":"b","thought":true})"),
          chunk(R"({"text":"2"})")},
         R"({"text":"a","thought":true},{"text":"1"},{"text":"b","thought":true},{"text":"2"})"},
        {"calls, text and media",
         {chunk(R"({"text":"wait"})"),
          chunk(
              R"({"functionCall":{"id":"1","name":"f","args":{"s":"}\n]","n":1.0}},"thoughtSignature":"AAAA"})"),
          chunk(R"({"functionCall":{"id":"2","name":"f","args":{}}})"),
          chunk(R"({"inlineData":{"mimeType":"image/png","data":"AAAA"}})"), chunk(R"({"text":"done"})")},
         R"({"text":"wait"},{"functionCall":{"name":"f","args":{"n":1,"s":"}\n]"}},"thoughtSignature":"AAAA"},
            {"functionCall":{"name":"f"}},{"inlineData":{"data":"AAAA","mimeType":"image/png"}},{"text":"done"})"},
        {"code that the provider runs",
         {chunk(R"({"text":"so: "})"), chunk(R"({"executableCode":{"language":"PYTHON","code":"1"}})"),
          chunk(R"({"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"1"}})"),
          chunk(R"({"text":"one"})")},
         R"({"text":"so: "},{"executableCode":{"code":"1","language":"PYTHON"}},
            {"codeExecutionResult":{"output":"1","outcome":"OUTCOME_OK"}},{"text":"one"})"},
        {"arguments in pieces",
         {chunk(R"({"functionCall":{"name":"f","willContinue":true}})"),
          chunk(
              R"({"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"Bos","willContinue":true}],"willContinue":true}})"),
          chunk(
              R"({"functionCall":{"partialArgs":[{"jsonPath":"$.a","stringValue":"ton"}],"willContinue":true}})"),
          chunk(R"({"functionCall":{}})")},
         R"({"functionCall":{"name":"f","args":{"a":"Boston"}}})"},
    };
}

/// What is hashed of a message, and what of it clients drop.
std::string content_of(const merkle::message& from) {
    auto all = from.role + merkle::event_content(from.content);
    for (const auto& one : from.content) {
        all.push_back(one.dropped_by_clients ? '-' : '+');
    }
    return all;
}

/// The history of an SDK that brings back each chunk as a content of its own.
std::string as_contents(const chunks& all) {
    std::string contents;
    for (const auto& one : all) {
        const auto begin = one.find(R"({"parts")");
        contents.append(contents.empty() ? "" : ",")
            .append(one.substr(begin, one.find(R"(,"role":"model"})", begin) + 16 - begin));
    }
    return contents;
}

}  // namespace

TEST_CASE("Gemini: streamed in either form, one-shot and history are the same message, split at any byte") {
    for (const auto& from : samples()) {
        INFO(from.name);
        auto all = from.stream;
        all.push_back(last);
        const auto one_shot = gemini.answer_of(R"({"candidates":[{"content":{"role":"model","parts":[)" +
                                               from.parts + R"(]},"finishReason":"STOP"}]})");
        const auto whole = gemini.reduce(as_events(all));
        for (const auto& stream : {as_events(all), as_array(all), pretty(all)}) {
            for (std::size_t size = 1; size < 20; ++size) {
                REQUIRE(gemini.reduce(stream, size) == gemini.reduce(stream));
            }
            const auto streamed = gemini.answer_of(gemini.reduce(stream));
            INFO(merkle::event_content(streamed.choices.at(0).message.content));
            CHECK(content_of(streamed.choices.at(0).message) == content_of(one_shot.choices.at(0).message));
            CHECK(streamed.choices.at(0).stop_reason == "STOP");
            CHECK(streamed.id == "r");
            CHECK(streamed.model == "m-1");
            CHECK(streamed.used.prompt_tokens == 4);
            CHECK(streamed.used.completion_tokens == 5);
            CHECK(streamed.used.total_tokens == 9);
        }
        const auto history =
            gemini.request_of(R"({"contents":[{"role":"model","parts":[)" + from.parts + "]}]}");
        CHECK(content_of(history.messages.at(0)) == content_of(one_shot.choices.at(0).message));
        if (from.name != "text with unicode") {  // no client can write half a character
            const auto pieces = gemini.request_of(R"({"contents":[)" + as_contents(from.stream) + "]}");
            REQUIRE(pieces.messages.size() == 1);
            INFO(merkle::event_content(pieces.messages[0].content));
            CHECK(content_of(pieces.messages[0]) == content_of(one_shot.choices.at(0).message));
        }
    }
}

TEST_CASE("Gemini: an answer in the envelope of Code Assist folds like any other") {
    const auto stream = as_events({R"({"response":)" + chunk(R"({"text":"ho"})") + R"(,"traceId":"t"})",
                                   R"({"response":)" + last + R"(,"traceId":"t"})"});
    const auto made = gemini.answer_of(gemini.reduce(stream));
    CHECK(made.choices.at(0).stop_reason == "STOP");
    CHECK(merkle::event_content(made.choices[0].message.content) == R"([{"type":"text","text":"ho"}])");
}

TEST_CASE("Gemini: a stream that breaks off is incomplete, and an error in it leaves what came before") {
    const auto made = gemini.answer_of(gemini.reduce(as_events({chunk(R"({"text":"ho"})")})));
    CHECK(made.choices.at(0).stop_reason == "incomplete");
    const auto reducer = gemini->make_reducer();
    reducer->feed(as_events({chunk(R"({"text":"ho"})"), R"({"error":{"code":503,"status":"UNAVAILABLE"}})"}));
    CHECK(gemini.answer_of(reducer->finish()).choices.at(0).stop_reason == "incomplete");
    CHECK(reducer->failed());
    const auto nothing = gemini->make_reducer();
    nothing->feed(R"([{"error":{"code":400}}])");
    CHECK(nothing->finish().empty());
    CHECK(nothing->failed());
}

TEST_CASE("Gemini: zeros and nothing overwrite no figure that came before") {
    const auto with = [](const std::string& usage) {
        return R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":)" + usage + "}";
    };
    const auto made = gemini.answer_of(gemini.reduce(as_events(
        {with(R"({"promptTokenCount":9,"candidatesTokenCount":1,"totalTokenCount":10})"),
         with(
             R"({"promptTokenCount":9,"candidatesTokenCount":5,"totalTokenCount":14,"cachedContentTokenCount":8})"),
         with(R"({"promptTokenCount":0,"candidatesTokenCount":0,"totalTokenCount":0})"), with("{}"),
         with("null")})));
    CHECK(made.used.prompt_tokens == 9);
    CHECK(made.used.completion_tokens == 5);
    CHECK(made.used.total_tokens == 14);
    CHECK(made.used.cache_read_input_tokens == 8);
}

TEST_CASE("Gemini: candidates of a stream stay apart, and a blocked prompt is an answer") {
    const auto made = gemini.answer_of(gemini.reduce(as_events(
        {R"({"candidates":[{"index":1,"content":{"parts":[{"text":"b"}]},"finishReason":"STOP"}]})",
         R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}]})",
         R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP","groundingMetadata":{"x":1}}]})",
         R"({"candidates":[{"groundingMetadata":{}}]})"})));
    REQUIRE(made.choices.size() == 2);
    CHECK(merkle::event_content(made.choices[0].message.content) ==
          R"([{"type":"text","text":"aa"},{"type":"grounding_metadata","raw":{"x":1}}])");
    const auto blocked = gemini.answer_of(
        gemini.reduce(as_events({R"({"promptFeedback":{"blockReason":"SAFETY"},"modelVersion":"m"})"})));
    CHECK(blocked.choices.at(0).stop_reason == "SAFETY");
    CHECK(blocked.model == "m");
}

TEST_CASE(
    "Gemini: the chunk with the finishReason is a weak end, the array's bracket and errors strong ones") {
    const auto first = chunk(R"({"text":"]}\"{["})");
    const auto kind_of = [](const std::string& stream) {
        return gemini->make_end_watch([] { return 1; })->feed(stream).kind;
    };
    const auto events = as_events({first, last});
    const auto array = as_array({first, last});
    CHECK(gemini.hold_from(events, events.size()) == as_events({first}).size());
    CHECK(gemini.hold_from(array, array.size()) == array.rfind(last));
    for (std::size_t size = 1; size < 30; ++size) {
        CHECK(gemini.hold_from(events, size) >= as_events({first}).size());
        CHECK(gemini.hold_from(events, size) < events.size());
        CHECK(gemini.hold_from(array, size) >= array.rfind(last));
        CHECK(gemini.hold_from(array, size) < array.rfind(']'));
        CHECK(gemini.hold_from(as_events({first, first}), size) == end_mark::npos);
    }
    CHECK(kind_of(as_events({first, last})) == end_kind::weak);
    CHECK(kind_of(as_array({first, last}).substr(0, as_array({first, last}).rfind(']'))) == end_kind::weak);
    CHECK(kind_of(as_array({first, last})) == end_kind::strong);
    CHECK(kind_of(as_array({first})) == end_kind::strong);
    CHECK(kind_of(pretty({first, last})) == end_kind::strong);
    CHECK(kind_of(as_events({R"({"error":{"code":503}})"})) == end_kind::strong);
    CHECK(kind_of(R"([{"error":{"code":503}})") == end_kind::strong);
    CHECK(kind_of(as_events({R"({"promptFeedback":{"blockReason":"SAFETY"}})"})) == end_kind::weak);
    CHECK(kind_of(as_events({first}) + "data: [DONE]\n\n") == end_kind::strong);
    CHECK(kind_of(as_events({R"({"response":)" + last + "}"})) == end_kind::weak);
    CHECK(kind_of(as_events({chunk(R"({"text":"\"finishReason\":\"STOP\""})")})) == end_kind::none);
}

TEST_CASE(
    "Gemini: with several candidates the last one's end counts, and what is said behind an end refutes it") {
    const auto ended = [](int index) {
        return R"({"candidates":[{"index":)" + std::to_string(index) + R"(,"finishReason":"STOP"}]})";
    };
    const auto stream = as_events({ended(1), ended(0)});
    CHECK(gemini.hold_from(stream, stream.size(), 2) == as_events({ended(1)}).size());
    CHECK(gemini.hold_from(as_events({ended(1)}), 7, 2) == end_mark::npos);
    for (const bool events : {true, false}) {
        const auto watch = gemini->make_end_watch([] { return 1; });
        const auto first = chunk(R"({"text":"a"})", R"(,"finishReason":"STOP")");
        CHECK(watch->feed(events ? as_events({first}) : "[" + first).kind == end_kind::weak);
        const auto next =
            watch->feed(events ? as_events({chunk(R"({"text":"b"})")}) : "," + chunk(R"({"text":"b"})"));
        CHECK(next.refuted);
        CHECK_FALSE(watch->feed(events ? as_events({chunk(R"({"text":""})")}) : "," + chunk("")).refuted);
    }
}

}  // namespace tapes::llm::gemini_stream_test
