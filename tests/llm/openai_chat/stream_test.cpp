#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::llm::openai_chat_stream_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api chat{"/v1/chat/completions"};

std::string event(const std::string& choices, const std::string& more = "") {
    return "data: {\"id\":\"r1\",\"model\":\"m1\",\"choices\":[" + choices + "]" + more + "}\n\n";
}

std::string delta(const std::string& members, int index = 0) {
    return event("{\"index\":" + std::to_string(index) + ",\"delta\":{" + members +
                 "},\"finish_reason\":null}");
}

std::string ended(const std::string& reason, int index = 0) {
    return event("{\"index\":" + std::to_string(index) + ",\"delta\":{},\"finish_reason\":\"" + reason +
                 "\"}");
}

struct sample {
    std::string name;
    std::string stream;
    std::vector<std::string> messages;  // by choice, as a one-shot answer and as history
};

std::vector<sample> samples() {
    return {
        {"text with unicode",
         delta(R"("role":"assistant","content":"")") + delta(R"("content":"h\u00e9 😀")") +
             delta(R"("content":"\ud83d\ude00 €")") + ended("stop"),
         {R"({"role":"assistant","content":"hé 😀😀 €","refusal":null})"}},
        {"parallel tools in interleaved fragments",
         delta(R"("role":"assistant","content":null,"tool_calls":[{"index":0,"id":"a","type":"function",)"
               R"("function":{"name":"f","arguments":""}}])") +
             delta(
                 R"("tool_calls":[{"index":1,"id":"b","type":"function","function":{"name":"g","arguments":"{\"x"}}])") +
             delta(R"("tool_calls":[{"index":0,"function":{"arguments":"{\"y\":"}}])") +
             delta(
                 R"("tool_calls":[{"index":1,"function":{"arguments":"\":1}"}},{"index":0,"function":{"arguments":"2}"}}])") +
             ended("tool_calls"),
         {R"({"role":"assistant","content":"","tool_calls":[
             {"id":"a","type":"function","function":{"name":"f","arguments":"{\"y\": 2}"}},
             {"id":"b","type":"function","function":{"name":"g","arguments":"{\"x\":1}"}}]})"}},
        {"whole calls without index",
         delta(R"("tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"y\":2}"}}])") +
             delta(R"("tool_calls":[{"id":"b","function":{"name":"f","arguments":"{}"}}])") +
             ended("tool_calls"),
         {R"({"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"y\":2}"}},
             {"id":"b","function":{"name":"f","arguments":""}}]})"}},
        {"whole calls that all have index 0",
         delta(R"("tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"y\":2}"}}])") +
             delta(R"("tool_calls":[{"index":0,"id":"b","function":{"name":"g","arguments":"{\"z\":3}"}}])") +
             ended("tool_calls"),
         {R"({"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{\"y\":2}"}},
             {"id":"b","function":{"name":"g","arguments":"{\"z\":3}"}}]})"}},
        {"id, type and name repeated in each fragment",
         delta(
             R"("tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{\"y\""}}])") +
             delta(
                 R"("tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":":2}"}}])") +
             ended("tool_calls"),
         {R"({"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{\"y\":2}"}}]})"}},
        {"text, then a tool without arguments",
         delta(R"("content":"wait")") +
             delta(
                 R"("tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"now","arguments":""}}])") +
             ended("tool_calls"),
         {R"({"role":"assistant","content":"wait","tool_calls":[{"id":"a","type":"function","function":{"name":"now","arguments":"{}"}}]})"}},
        {"refusal",
         delta(R"("role":"assistant","content":"","refusal":null)") + delta(R"("refusal":"I ")") +
             delta(R"("refusal":"can't")") + ended("stop"),
         {R"({"role":"assistant","content":null,"refusal":"I can't"})"}},
        {"choices interleaved",
         delta(R"("content":"b1")", 1) + delta(R"("content":"a1")") + delta(R"("content":"b2")", 1) +
             ended("stop", 1) + delta(R"("content":"a2")") + ended("stop"),
         {R"({"role":"assistant","content":"a1a2"})", R"({"role":"assistant","content":"b1b2"})"}},
        {"the old function call",
         delta(R"("function_call":{"name":"f","arguments":"{\"a"})") +
             delta(R"("function_call":{"arguments":"\":1}"})") + ended("function_call"),
         {R"({"role":"assistant","content":null,"function_call":{"arguments":"{\"a\":1}","name":"f"}})"}},
    };
}

}  // namespace

TEST_CASE("streamed, one-shot and history are the same message, split at any byte") {
    for (const sample& from : samples()) {
        INFO(from.name);
        const std::string whole = chat.reduce(from.stream + "data: [DONE]\n\n");
        for (std::size_t piece = 1; piece < 20; ++piece) {
            REQUIRE(chat.reduce(from.stream, piece) == whole);
        }
        for (std::size_t cut = 0; cut <= from.stream.size(); ++cut) {
            const auto reducer = chat->make_reducer();
            reducer->feed(std::string_view(from.stream).substr(0, cut));
            reducer->feed(std::string_view(from.stream).substr(cut));
            REQUIRE(reducer->finish() == whole);
        }
        const auto streamed = chat.answer_of(whole);
        REQUIRE(streamed.choices.size() == from.messages.size());
        for (std::size_t i = 0; i < from.messages.size(); ++i) {
            const auto one_shot = chat.answer_of(R"({"choices":[{"index":0,"message":)" + from.messages[i] +
                                                 R"(,"finish_reason":"x"}]})");
            llm::request history;
            REQUIRE(chat->map_request(R"({"model":"m","messages":[)" + from.messages[i] + "]}", {},
                                      history) == map_error::none);
            INFO(merkle::event_content(streamed.choices[i].message.content));
            INFO(merkle::event_content(history.messages.at(0).content));
            CHECK(streamed.choices[i].message == one_shot.choices.at(0).message);
            CHECK(streamed.choices[i].message == history.messages.at(0));
        }
    }
}

TEST_CASE("a stream's ids, model, usage and stop reason are kept") {
    const std::string usage = R"(,"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,)"
                              R"("prompt_tokens_details":{"cached_tokens":1}})";
    for (const auto& stream :
         {delta(R"("content":"a")") + ended("length") + event("", usage),
          delta(R"("content":"a")") + event(R"({"index":0,"delta":{},"finish_reason":"length"})", usage)}) {
        const auto out = chat.answer_of(chat.reduce(stream));
        CHECK(out.id == "r1");
        CHECK(out.model == "m1");
        CHECK(out.choices.at(0).stop_reason == "length");
        CHECK(out.used.prompt_tokens == 3);
        CHECK(out.used.cache_read_input_tokens == 1);
    }
}

TEST_CASE("line ends, comments, joined data lines and a missing blank line do not matter") {
    const std::string chunk = R"({"choices":[{"index":0,"delta":{"content":"a"}}]})";
    for (const std::string& stream :
         {"data: " + chunk + "\n\n", "data:" + chunk + "\r\n\r\n", "data: " + chunk + "\r\r",
          "data: " + chunk, ": ping\n\nevent: x\nid: 1\ndata: " + chunk + "\n\n",
          "\xEF\xBB\xBF"
          "data: " +
              chunk + "\n\n",
          std::string("data: {\"choices\":\ndata:  [{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n"),
          "data: " + chunk + "\ndata: {\"choices\":[]}\n\n", "data: x\n\ndata: " + chunk + "\n\n"}) {
        INFO(stream);
        for (std::size_t piece = 1; piece < 5; ++piece) {
            CHECK(chat.answer_of(chat.reduce(stream, piece)).choices.at(0).message.content.at(0).text == "a");
        }
    }
}

TEST_CASE("a stream that breaks off is incomplete, and one that said nothing is empty") {
    const auto out = chat.answer_of(chat.reduce(delta(R"("content":"ha")") + "data: {\"choices\":[{\"ind"));
    CHECK(out.choices.at(0).stop_reason == "incomplete");
    CHECK(out.choices.at(0).message.content.at(0).text == "ha");
    CHECK(chat.reduce("").empty());
    CHECK(chat.reduce(": ping\n\ndata: [DONE]\n\n").empty());
    llm::answer nothing;
    CHECK(chat->map_answer(chat.reduce(delta(R"("role":"assistant","content":"")") + ended("stop")),
                           nothing) == map_error::empty);
}

TEST_CASE("an error in mid-stream is told, and what was said before it stays") {
    const auto reducer = chat->make_reducer();
    reducer->feed(delta(R"("content":"ha")"));
    CHECK_FALSE(reducer->failed());
    reducer->feed("data: {\"error\":{\"message\":\"overloaded\"}}\n\n");
    CHECK(reducer->failed());
    CHECK(chat.answer_of(reducer->finish()).choices.at(0).message.content.at(0).text == "ha");
}

TEST_CASE("100,000 tool calls fold in linear time, and held bytes grow with them") {
    const auto reducer = chat->make_reducer();
    for (int i = 0; i < 100'000; ++i) {
        reducer->feed(
            delta(R"("tool_calls":[{"index":)" + std::to_string(i) + R"(,"function":{"name":"f"}}])"));
    }
    CHECK(reducer->held_bytes() > 100'000);
    CHECK(chat.answer_of(reducer->finish()).choices.at(0).message.content.size() == 100'000);
}

TEST_CASE("the watch holds from the event that ends the last choice, in any split") {
    const std::string before = delta(R"("content":"\"finish_reason\":\"stop\"")") + ": ping\n\n";
    const std::string stream = before + "event: x\n" + ended("stop") + event("") + "data: [DONE]\n\n";
    CHECK(chat.hold_from(stream, stream.size()) == before.size());
    for (std::size_t piece = 1; piece < stream.size(); ++piece) {
        INFO(piece);
        // The call in which the event's data line ends, or the event's start where that is in the same call.
        const std::size_t line_end = before.size() + 9 + ended("stop").size() - 2;
        const std::size_t call = line_end / piece * piece;
        CHECK(chat.hold_from(stream, piece) == std::max(before.size(), call));
    }
    std::string crlf;
    for (const char c : stream) {
        crlf += c == '\n' ? "\r\n" : std::string(1, c);
    }
    CHECK(chat.hold_from(crlf, crlf.size()) == crlf.find("event: x"));
}

TEST_CASE("the watch waits for every choice, and asks how many there are once and only at the first end") {
    const std::string first = delta(R"("content":"a")") + ended("stop", 1);
    int asked = 0;
    const auto watch = chat->make_end_watch([&asked] {
        ++asked;
        return std::size_t{2};
    });
    CHECK(watch->feed(delta(R"("content":"a")")).from == llm::end_mark::npos);
    CHECK(asked == 0);
    CHECK(watch->feed(ended("stop", 1)).from == llm::end_mark::npos);
    CHECK(watch->feed(ended("stop", 1)).from == llm::end_mark::npos);
    CHECK(watch->feed(ended("stop", 0)).from == 0);
    CHECK(asked == 1);
    CHECK(watch->feed(ended("stop", 0)).from == llm::end_mark::npos);
}

TEST_CASE("the watch holds from [DONE] or an error where no finish_reason came") {
    const std::string before = delta(R"("content":"a")");
    CHECK(chat.hold_from(before + "data: [DONE]\n\n", 9999) == before.size());
    for (const char* const error : {R"({"error":{"code":1}})", R"({"error": {"message": "m"}})",
                                    R"({"object":"error","error":"busy"})"}) {
        INFO(error);
        CHECK(chat.hold_from(before + "data: " + error + "\n\n", 9999) == before.size());
    }
    for (const char* const none :
         {R"({"error":null,"choices":[]})", R"({"x":{"error":"m"}})", R"({"error":""})", R"({"error")"}) {
        INFO(none);
        CHECK(chat.hold_from(before + "data: " + none + "\n\n", 9999) == llm::end_mark::npos);
    }
    CHECK(chat.hold_from(before + ended("") + before, 9999) == llm::end_mark::npos);
}

}  // namespace tapes::llm::openai_chat_stream_test
