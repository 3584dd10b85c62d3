#include "support.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tapes::llm::anthropic_messages_stream_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api messages{"/v1/messages"};

std::string event(const std::string& type, const std::string& members = "") {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (members.empty() ? "" : ",") + members +
           "}\n\n";
}

std::string start() {
    return event(
        "message_start",
        R"("message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-dated",)"
        R"("stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"cache_creation_input_tokens":7,)"
        R"("cache_read_input_tokens":11,"output_tokens":1,"service_tier":"standard"}})");
}

std::string block_start(int index, const std::string& block) {
    return event("content_block_start",
                 "\"index\":" + std::to_string(index) + ",\"content_block\":" + block) +
           event("ping");
}

std::string delta(int index, const std::string& type, const std::string& members) {
    return event("content_block_delta", "\"index\":" + std::to_string(index) + ",\"delta\":{\"type\":\"" +
                                            type + "\"," + members + "}");
}

std::string block_stop(int index) {
    return event("content_block_stop", "\"index\":" + std::to_string(index));
}

std::string stop(const std::string& reason) {
    return event("message_delta", R"("delta":{"stop_reason":")" + reason +
                                      R"(","stop_sequence":null},"usage":{"output_tokens":15})");
}

std::string ended(const std::string& blocks, const std::string& reason = "end_turn") {
    return start() + blocks + stop(reason) + event("message_stop");
}

std::string said(std::string_view body) {
    return merkle::event_content(messages.answer_of(body).choices.at(0).message.content);
}

struct sample {
    std::string name;
    std::string blocks;                // of the stream
    std::string one_shot;              // `content` of the one-shot answer
    std::vector<std::string> history;  // `content` as clients send it back, the same node each
};

const std::string text_start = R"({"type":"text","text":""})";

std::vector<sample> samples() {
    return {
        {"text with unicode",
         block_start(0, text_start) + delta(0, "text_delta", R"("text":"h\u00e9 😀")") +
             delta(0, "text_delta", R"("text":"\ud83d\ude00 €\u0000")") + block_stop(0),
         R"([{"type":"text","text":"hé 😀😀 €\u0000","citations":null}])",
         {R"("hé 😀😀 €\u0000")", R"([{"text":"hé 😀\ud83d\ude00 €\u0000","type":"text"}])",
          R"([{"type":"text","text":"hé 😀😀 €\u0000","cache_control":{"type":"ephemeral"}}])"}},
        {"text and parallel tools in fragments",
         block_start(0, text_start) + delta(0, "text_delta", R"("text":"Let me see.")") + block_stop(0) +
             block_start(1,
                         R"({"type":"tool_use","id":"a","name":"f","input":{},"caller":{"type":"direct"}})") +
             delta(1, "input_json_delta", R"("partial_json":"")") +
             delta(1, "input_json_delta", R"("partial_json":"{\"city\": \"Z\u00fc")") +
             delta(1, "input_json_delta", R"("partial_json":"rich\", \"n\":")") +
             delta(1, "input_json_delta", R"("partial_json":" 1.0}")") + block_stop(1) +
             block_start(2, R"({"type":"tool_use","id":"b","name":"now","input":{}})") +
             delta(2, "input_json_delta", R"("partial_json":"")") + block_stop(2) +
             block_start(3, R"({"type":"tool_use","id":"c","name":"g","input":{}})") +
             delta(3, "input_json_delta", R"("partial_json":"{\"big\": 9007199254740993}")") + block_stop(3),
         R"([{"type":"text","text":"Let me see."},{"type":"tool_use","id":"a","name":"f","input":{"n":1,"city":"Zürich"},"caller":{"type":"direct"}},
             {"type":"tool_use","id":"b","name":"now","input":{}},{"type":"tool_use","id":"c","name":"g","input":{"big":9007199254740993}}])",
         {R"([{"type":"text","text":"Let me see."},{"type":"tool_use","id":"a","name":"f","input":{"city":"Z\u00fcrich","n":1}},
             {"type":"tool_use","id":"b","name":"now","input":{}},{"type":"tool_use","id":"c","name":"g","input":{ "big":9007199254740993}}])"}},
        {"thinking, redacted thinking and text",
         block_start(0, R"({"type":"thinking","thinking":"","signature":""})") +
             delta(0, "thinking_delta", R"("thinking":"Hm")") +
             delta(0, "thinking_delta", R"("thinking":", so")") +
             delta(0, "signature_delta", R"("signature":"EqQB")") + block_stop(0) +
             block_start(1, R"({"type":"redacted_thinking","data":"EmwK"})") + block_stop(1) +
             block_start(2, text_start) + delta(2, "text_delta", R"("text":"4")") + block_stop(2),
         R"([{"type":"thinking","thinking":"Hm, so","signature":"EqQB"},{"type":"redacted_thinking","data":"EmwK"},{"type":"text","text":"4"}])",
         {R"([{"signature":"EqQB","thinking":"Hm, so","type":"thinking"},{"data":"EmwK","type":"redacted_thinking"},{"text":"4","type":"text","citations":null}])"}},
        {"a server tool with its result, and citations",
         block_start(0, R"({"type":"server_tool_use","id":"s1","name":"web_search","input":{}})") +
             delta(0, "input_json_delta", R"("partial_json":"{\"query\":")") +
             delta(0, "input_json_delta", R"("partial_json":"\"x\"}")") + block_stop(0) +
             block_start(
                 1,
                 R"({"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"E","page_age":null}]})") +
             block_stop(1) + block_start(2, R"({"citations":[],"type":"text","text":""})") +
             delta(
                 2, "citations_delta",
                 R"("citation":{"type":"web_search_result_location","url":"u","title":null,"cited_text":"c","encrypted_index":"I"})") +
             delta(2, "text_delta", R"("text":"Found.")") +
             delta(2, "citations_delta", R"("citation":{"type":"x"})") + block_stop(2),
         R"([{"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"x"}},
             {"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"E","page_age":null}]},
             {"type":"text","text":"Found.","citations":[{"type":"web_search_result_location","url":"u","title":null,"cited_text":"c","encrypted_index":"I"},{"type":"x"}]}])",
         {R"([{"type":"server_tool_use","id":"s1","name":"web_search","input":{"query":"x"}},
             {"type":"web_search_tool_result","tool_use_id":"s1","content":[{"type":"web_search_result","url":"u","title":"t","encrypted_content":"E"}],"cache_control":{"type":"ephemeral"}},
             {"type":"text","text":"Found.","citations":[{"type":"web_search_result_location","url":"u","cited_text":"c","encrypted_index":"I"},{"type":"x"}]}])"}},
        {"an MCP tool with its result",
         block_start(0, R"({"type":"mcp_tool_use","id":"m1","name":"echo","server_name":"srv","input":{}})") +
             delta(0, "input_json_delta", R"("partial_json":"{\"p\":1}")") + block_stop(0) +
             block_start(
                 1,
                 R"({"type":"mcp_tool_result","tool_use_id":"m1","is_error":false,"content":[{"type":"text","text":"hi"}]})") +
             block_stop(1),
         R"([{"type":"mcp_tool_use","id":"m1","name":"echo","server_name":"srv","input":{"p":1}},
             {"type":"mcp_tool_result","tool_use_id":"m1","is_error":false,"content":[{"type":"text","text":"hi"}]}])",
         {R"([{"type":"mcp_tool_use","id":"m1","name":"echo","server_name":"srv","input":{"p":1}},
             {"type":"mcp_tool_result","tool_use_id":"m1","content":"hi"}])"}},
        {"a compaction, and a kind from the future",
         block_start(0, R"({"type":"compaction","content":null})") +
             delta(0, "compaction_delta", R"("content":"Summary.","encrypted_content":null)") +
             block_stop(0) + block_start(1, R"({"type":"new","v":{"n":null},"w":""})") +
             delta(1, "new_delta", R"("w":"a")") + delta(1, "new_delta", R"("w":"b","z":[1])") +
             block_stop(1),
         R"([{"type":"compaction","content":"Summary.","encrypted_content":null},{"type":"new","v":{"n":null},"w":"ab","z":[1]}])",
         {R"([{"type":"compaction","content":"Summary."},{"type":"new","v":{"n":null},"w":"ab","z":[1],"cache_control":{}}])"}},
        {"input that broke off",
         block_start(0, R"({"type":"tool_use","id":"a","name":"f","input":{}})") +
             delta(0, "input_json_delta", R"("partial_json":"{\"city\": \"Z")"),
         R"([{"type":"tool_use","id":"a","name":"f","input":"{\"city\": \"Z"}])",
         {}},
        {"deltas of a block whose start is missing",
         delta(0, "thinking_delta", R"("thinking":"a")") + delta(0, "signature_delta", R"("signature":"s")") +
             delta(1, "text_delta", R"("text":"b")") +
             delta(2, "input_json_delta", R"("partial_json":"{\"a\":1}")"),
         R"([{"type":"thinking","thinking":"a","signature":"s"},{"type":"text","text":"b"},{"type":"tool_use","input":{"a":1}}])",
         {}},
    };
}

std::size_t hold_from(std::string_view stream, std::size_t piece) {
    const auto watch = messages->make_end_watch([] { return std::size_t{1}; });
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        const std::size_t held = watch->feed(stream.substr(at, piece)).from;
        if (held != llm::end_mark::npos) {
            return at + held;
        }
    }
    return llm::end_mark::npos;
}

}  // namespace

TEST_CASE("Messages streamed, one-shot and as history are the same message, split at any byte") {
    for (const sample& from : samples()) {
        INFO(from.name);
        const std::string stream = ended(from.blocks);
        const std::string whole = messages.reduce(stream);
        for (std::size_t piece = 1; piece < 20; ++piece) {
            REQUIRE(messages.reduce(stream, piece) == whole);
        }
        for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
            const auto reducer = messages->make_reducer();
            reducer->feed(std::string_view(stream).substr(0, cut));
            reducer->feed(std::string_view(stream).substr(cut));
            REQUIRE(reducer->finish() == whole);
        }
        const auto streamed = messages.answer_of(whole);
        const auto one_shot =
            messages.answer_of(R"({"id":"msg_1","type":"message","role":"assistant","content":)" +
                               from.one_shot + R"(,"stop_reason":"end_turn"})");
        CHECK(said(whole) == merkle::event_content(one_shot.choices.at(0).message.content));
        CHECK(streamed.choices.at(0).message == one_shot.choices.at(0).message);
        CHECK(streamed.choices.at(0).stop_reason == "end_turn");
        for (const std::string& content : from.history) {
            llm::request history;
            REQUIRE(messages->map_request(
                        R"({"model":"m","messages":[{"role":"assistant","content":)" + content + "}]}", {},
                        history) == map_error::none);
            CHECK(said(whole) == merkle::event_content(history.messages.at(0).content));
            CHECK(streamed.choices.at(0).message == history.messages.at(0));
        }
    }
}

TEST_CASE("a stream of Messages keeps ids, model, stop reason and the newest usage") {
    const std::string text =
        block_start(0, text_start) + delta(0, "text_delta", R"("text":"a")") + block_stop(0);
    for (const auto* reason : {"end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
                               "model_context_window_exceeded", "compaction"}) {
        CHECK(messages.answer_of(messages.reduce(ended(text, reason))).choices.at(0).stop_reason == reason);
    }
    const auto out = messages.answer_of(messages.reduce(ended(text)));
    CHECK(out.id == "msg_1");
    CHECK(out.model == "claude-dated");
    CHECK(out.used.prompt_tokens == 23);
    CHECK(out.used.completion_tokens == 15);
    CHECK(out.used.total_tokens == 38);
    const auto late = messages.answer_of(messages.reduce(
        start() + text +
        event("message_delta",
              R"("delta":{"stop_reason":null},"usage":{"output_tokens":2,"input_tokens":null})") +
        event("message_delta",
              R"("delta":{"stop_reason":"stop_sequence","stop_sequence":"\n\n"},"usage":{"input_tokens":100,)"
              R"("cache_creation_input_tokens":0,"cache_read_input_tokens":50,"output_tokens":9})") +
        event("message_stop")));
    CHECK(late.used.prompt_tokens == 150);
    CHECK(late.used.cache_creation_input_tokens == 0);
    CHECK(late.used.cache_read_input_tokens == 50);
    CHECK(late.used.total_tokens == 159);
    CHECK(late.choices.at(0).stop_reason == "stop_sequence");
}

TEST_CASE("a stream of Messages names the model that a fallback led to, as a one-shot answer does") {
    const std::string fallback =
        R"({"type":"fallback","from":{"model":"claude-dated"},"to":{"model":"other"}})";
    const std::string other = R"({"type":"other","to":{"model":"no"}})";
    const auto out = messages.answer_of(
        messages.reduce(ended(block_start(0, fallback) + block_stop(0) + block_start(1, other) +
                              block_stop(1) + block_start(2, R"({"type":"text","text":"a"})"))));
    CHECK(out.model == "other");
    CHECK(out.choices.at(0).message.content.at(0).raw.find("claude-dated") != std::string::npos);
}

TEST_CASE("of a compaction in several deltas the summary is joined and the newest metadata counts") {
    CHECK(said(messages.reduce(
              ended(block_start(0, R"({"type":"compaction","content":null,"encrypted_content":null})") +
                    delta(0, "compaction_delta", R"("content":"Sum","encrypted_content":"old")") +
                    delta(0, "compaction_delta", R"("content":"mary","encrypted_content":"new")")))) ==
          R"([{"type":"compaction","text":"Summary"},{"type":"encrypted_content","raw":"new"}])");
}

TEST_CASE("a refusal in mid-stream keeps what was said and why it ended") {
    const auto out = messages.answer_of(messages.reduce(
        start() + block_start(0, text_start) + delta(0, "text_delta", R"("text":"I")") +
        event("message_delta",
              R"("delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"No."}})")));
    CHECK(out.choices.at(0).stop_reason == "refusal");
    CHECK(merkle::event_content(out.choices[0].message.content) ==
          R"([{"type":"text","text":"I"},{"type":"refusal","refusal":"No."}])");
}

TEST_CASE("line ends, joined data lines, unknown events and a missing blank line do not matter to Messages") {
    const std::string stream =
        start() + block_start(0, text_start) + delta(0, "text_delta", R"("text":"a")") + stop("end_turn");
    const std::string whole = messages.reduce(stream);
    const auto with = [&stream](const std::string& from, const std::string& to) {
        std::string out = stream;
        for (std::size_t at = 0; (at = out.find(from, at)) != std::string::npos; at += to.size()) {
            out.replace(at, from.size(), to);
        }
        return out;
    };
    for (const std::string& other :
         {with("\n", "\r\n"), with("\n", "\r"), with("data: ", "data:"), with("\n\n", "\n"),
          with("event: ", "id: "), with("\n\n", "\n\n: ping\n\n"), with("\"type\"", "\ndata: \"type\""),
          with("\n\n",
               "\n\nevent: x\ndata: {\"type\":\"x\",\"delta\":{\"text\":\"b\"},\"index\":0}\n\ndata: "
               "nonsense\n\n"),
          "\xEF\xBB\xBF" + stream, stream.substr(0, stream.size() - 2), stream + event("message_stop")}) {
        INFO(other);
        CHECK(messages.reduce(other) == whole);
        CHECK(messages.reduce(other, 3) == whole);
    }
}

TEST_CASE("a stream of Messages that breaks off is incomplete, and one that said nothing is empty") {
    const auto out = messages.answer_of(messages.reduce(start() + block_start(0, text_start) +
                                                        delta(0, "text_delta", R"("text":"ha")") +
                                                        "event: content_block_delta\ndata: {\"ty"));
    CHECK(out.choices.at(0).stop_reason == "incomplete");
    CHECK(out.choices.at(0).message.content.at(0).text == "ha");
    CHECK(out.used.prompt_tokens == 23);
    CHECK(messages.reduce("").empty());
    CHECK(messages.reduce(event("ping") + event("message_stop")).empty());
    llm::answer none;
    CHECK(messages->map_answer(messages.reduce(ended("")), none) == map_error::empty);
    CHECK(messages->map_answer(messages.reduce(ended(block_start(0, text_start) + block_stop(0))), none) ==
          map_error::empty);
}

TEST_CASE("an error in mid-stream of Messages is told, and what was said before it stays") {
    const auto reducer = messages->make_reducer();
    reducer->feed(start() + block_start(0, text_start) + delta(0, "text_delta", R"("text":"ha")"));
    CHECK_FALSE(reducer->failed());
    reducer->feed(event("error", R"("error":{"type":"overloaded_error","message":"Overloaded"})"));
    CHECK(reducer->failed());
    const auto out = messages.answer_of(reducer->finish());
    CHECK(out.choices.at(0).stop_reason == "incomplete");
    CHECK(out.choices.at(0).message.content.at(0).text == "ha");
    const auto only = messages->make_reducer();
    only->feed(event("error", R"("error":{"type":"overloaded_error","message":"Overloaded"})"));
    CHECK(only->failed());
    CHECK(only->finish().empty());
}

TEST_CASE("100,000 fragments and 100,000 blocks of Messages fold in linear time, and held bytes grow") {
    const auto fragments = messages->make_reducer();
    fragments->feed(start() + block_start(0, R"({"type":"tool_use","id":"a","name":"f","input":{}})") +
                    delta(0, "input_json_delta", R"("partial_json":"[")"));
    for (int i = 0; i < 100'000; ++i) {
        fragments->feed(delta(0, "input_json_delta", R"("partial_json":"1,")"));
    }
    fragments->feed(delta(0, "input_json_delta", R"("partial_json":"1]")"));
    CHECK(fragments->held_bytes() > 200'000);
    CHECK(messages.answer_of(fragments->finish()).choices.at(0).message.content.at(0).raw.size() == 200'003);
    const auto blocks = messages->make_reducer();
    for (int i = 0; i < 100'000; ++i) {
        blocks->feed("data: {\"type\":\"content_block_start\",\"index\":" + std::to_string(i) +
                     R"(,"content_block":{"type":"tool_use","name":"f"}})" + "\n\n");
    }
    CHECK(blocks->held_bytes() > 1'000'000);
    CHECK(messages.answer_of(blocks->finish()).choices.at(0).message.content.size() == 100'000);
}

TEST_CASE("a citation that is no object is kept, and the answer stays JSON") {
    const auto whole = messages.reduce(ended(
        block_start(0, R"({"type":"text","text":"","citations":[]})") +
        delta(0, "text_delta", R"("text":"a")") + delta(0, "citations_delta", R"("citation":"b\"c")") +
        delta(0, "citations_delta", R"("citation":{"type":"d"})") + delta(0, "other", R"("citations":"[")")));
    std::string canonical;
    CHECK(merkle::canonicalize(whole, canonical) == merkle::canonical_error::none);
    CHECK(messages.answer_of(whole).choices.at(0).message.content.at(0).text == "a");
}

TEST_CASE("hostile streams of Messages end in a result, never in a crash") {
    const std::string deep = std::string(600, '[') + std::string(600, ']');
    const std::string text = delta(0, "text_delta", R"("text":"a")");
    for (const std::string& event_bytes :
         {event("message_start", "\"message\":7"),
          event("message_start", R"("message":{"content":[7],"usage":[]})"),
          event("content_block_start", "\"index\":{},\"content_block\":[]"),
          event("content_block_start",
                R"("index":99999999999999999999,"content_block":{"type":{},"text":7})"),
          event("content_block_delta", "\"index\":-1"),
          event("message_delta", "\"delta\":null,\"usage\":null"),
          event("content_block_start", "\"index\":3,\"content_block\":{\"type\":\"x\",\"v\":" + deep + "}"),
          event("message_delta", "\"delta\":{\"stop_reason\":7,\"stop_details\":" + deep + "}"),
          "data: " + deep + "\n\n",
          std::string("data: [1]\n\ndata: \"\\ud800\"\n\ndata\n\ndata: {\"type\":\"\\ud800\"}\n\n"),
          std::string(
              "data: "
              "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"text\":\"\xFF\\ud800\"}}\n\n")}) {
        INFO(event_bytes.substr(0, 100));
        const std::string whole = messages.reduce(text + event_bytes + text);
        CHECK(messages.reduce(text + event_bytes + text, 7) == whole);
        CHECK(said(whole).find("\"text\":\"a") != std::string::npos);
    }
    const std::string nested = ended(block_start(0, R"({"type":"tool_use","id":"a","name":"f","input":{}})") +
                                     delta(0, "input_json_delta", "\"partial_json\":\"" + deep + "\""));
    CHECK(messages.answer_of(messages.reduce(nested)).choices.at(0).message.content.at(0).raw == deep);
}

TEST_CASE("the watch of Messages holds from the message_delta with a stop_reason, in any split") {
    const std::string before =
        start() + block_start(0, text_start) +
        delta(0, "text_delta", R"("text":"\"stop_reason\":\"end_turn\" message_stop error")") +
        event("message_delta", R"("delta":{"stop_reason":null},"usage":{"output_tokens":1})") +
        block_start(1, R"({"type":"web_search_tool_result","content":{"type":"error","stop_reason":"x"}})") +
        event("ping");
    const std::string end = stop("end_turn");
    const std::string stream = before + end + event("message_stop");
    CHECK(hold_from(stream, stream.size()) == before.size());
    for (std::size_t piece = 1; piece < stream.size(); ++piece) {
        INFO(piece);
        // The call in which the event's data line ends, or the event's start where that is in the same call.
        const std::size_t call = (before.size() + end.size() - 2) / piece * piece;
        CHECK(hold_from(stream, piece) == std::max(before.size(), call));
    }
    std::string crlf;
    for (const char c : stream) {
        crlf += c == '\n' ? "\r\n" : std::string(1, c);
    }
    CHECK(hold_from(crlf, crlf.size()) == crlf.find("event: message_delta", crlf.find("web_search")));
}

TEST_CASE("the watch of Messages holds from message_stop or an error where no stop_reason came") {
    const std::string before = start() + delta(0, "text_delta", R"("text":"a")");
    CHECK(hold_from(before + event("message_stop"), 9999) == before.size());
    CHECK(hold_from(before + event("error", R"("error":{"type":"overloaded_error"})"), 9999) ==
          before.size());
    CHECK(hold_from(before + before, 9999) == llm::end_mark::npos);
    CHECK(hold_from(
              before +
                  "data: {\"type\":\"message_delta\",\ndata: \"delta\":{\"stop_reason\":\"end_turn\"}}\n\n",
              9999) == before.size());
}

}  // namespace tapes::llm::anthropic_messages_stream_test
