// What only one of the events of a stream told is kept, in every API.
#include "every_api.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::llm::whole_beside_pieces_test {

using namespace tapes;
using namespace test;

namespace {

std::string events(const std::vector<std::string>& all) {
    std::string stream;
    for (const std::string& json : all) {
        stream += "data: " + json + "\n\n";
    }
    return stream;
}

struct sample {
    std::string name;
    std::vector<std::string> events;
    std::string said;  ///< in the form of events
};

void check(const test::tested_api& api, const std::vector<sample>& samples) {
    for (const sample& from : samples) {
        INFO(from.name);
        const std::string whole = api.reduce(events(from.events));
        for (const std::size_t size : {1U, 3U, 7U}) {
            REQUIRE(api.reduce(events(from.events), size) == whole);
        }
        INFO(whole);
        const auto out = api.answer_of(whole);
        REQUIRE(out.choices.size() == 1);
        CHECK(merkle::event_content(out.choices[0].message.content) == from.said);
        CHECK(out.id == "r1");
        CHECK(out.model == "m1");
        CHECK(out.used.total_tokens == 5);
    }
}

const std::string text_and_call =
    R"([{"type":"text","text":"hi there"},{"type":"tool_use","tool_use_id":"c1","tool_name":"f","tool_input":{"a":1}}])";

std::string choice(const std::string& members) {
    return R"({"id":"r1","model":"m1","choices":[{"index":0,)" + members + "}]}";
}

}  // namespace

TEST_CASE("Chat: a message beside deltas, or in place of them, adds what they lack and repeats nothing") {
    const std::string call =
        R"("tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}])";
    const std::string usage =
        R"({"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})";
    check(chat,
          {{"messages in place of deltas",
            {choice(R"("message":{"role":"assistant","content":"hi "})"),
             choice(R"("message":{"content":"there"})"), choice(R"("message":{)" + call + "}"), usage},
            text_and_call},
           {"a last chunk with the whole message",
            {choice(R"("delta":{"role":"assistant","content":"hi "})"),
             choice(R"("delta":{"content":"there"})"), choice(R"("delta":{)" + call + "}"),
             choice(R"("delta":{},"message":{"role":"assistant","content":"hi there",)" + call +
                    R"(},"finish_reason":"tool_calls")"),
             usage},
            text_and_call},
           {"a last chunk with what the deltas lack",
            {choice(R"("delta":{"role":"assistant","content":""})"),
             choice(R"("delta":{"content":"hi there"})"),
             choice(R"("message":{"role":"assistant","content":null,)" + call + "}"), usage},
            text_and_call},
           {"deltas that only tell the role, and a whole message",
            {choice(R"("delta":{"role":"assistant","content":""})"),
             choice(R"("message":{"role":"assistant","content":"hi there",)" + call + "}"), usage},
            text_and_call},
           {"a message in each chunk, with all so far",
            {choice(R"("delta":{"content":"hi "},"message":{"content":"hi "})"),
             choice(R"("delta":{"content":"there"},"message":{"content":"hi there"})"),
             choice(R"("delta":{)" + call + R"(},"message":{"content":"hi there",)" + call + "}"), usage},
            text_and_call}});
}

TEST_CASE("Messages: id, model, content and usage may stand in any event") {
    const std::string text =
        R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")";
    const std::string stop = R"({"type":"message_stop"})";
    const std::string call = R"({"type":"tool_use","id":"c1","name":"f","input":{"a":1}})";
    const std::vector<std::string> said{
        R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
        text + "hi \"}}",
        text + "there\"}}",
        R"({"type":"content_block_stop","index":0})",
        R"({"type":"content_block_start","index":1,"content_block":)" + call + "}",
        R"({"type":"content_block_stop","index":1})"};
    const auto with = [&said](const std::vector<std::string>& before, const std::vector<std::string>& after) {
        std::vector<std::string> all = before;
        all.insert(all.end(), said.begin(), said.end());
        all.insert(all.end(), after.begin(), after.end());
        return all;
    };
    const std::string usage = R"("usage":{"input_tokens":3,"output_tokens":2})";
    const std::string names = R"("id":"r1","model":"m1")";
    const std::string empty = R"({"type":"message_start","message":{"role":"assistant","content":[]}})";
    const auto start = [](const std::string& members) {
        return R"({"type":"message_start","message":{"role":"assistant",)" + members + "}}";
    };
    const std::string end = R"({"type":"message_delta","delta":{"stop_reason":"tool_use"}})";
    const std::string content = R"("content":[{"type":"text","text":"hi there"},)" + call + "]";
    check(
        messages,
        {{"all in message_start", with({start(names + "," + usage)}, {end, stop}), text_and_call},
         {"all in message_delta",
          with({empty}, {R"({"type":"message_delta",)" + usage + R"(,"delta":{"stop_reason":"tool_use",)" +
                             names + "}}",
                         stop}),
          text_and_call},
         {"usage within the delta",
          with({start(names)}, {R"({"type":"message_delta","delta":{)" + usage + "}}", stop}), text_and_call},
         {"usage beside the message",
          with({R"({"type":"message_start","message":{)" + names + "}," + usage + "}"}, {end}),
          text_and_call},
         {"the message in message_stop",
          with({empty},
               {end, R"({"type":"message_stop","message":{)" + names + "," + content + "," + usage + "}}"}),
          text_and_call},
         {"content in message_start and nothing else",
          {start(names + "," + usage + "," + content), end, stop},
          text_and_call},
         {"content in message_start that is streamed too",
          with({start(names + "," + usage + "," + content)}, {end}), text_and_call},
         {"content in message_start that deltas go on with",
          {start(names + "," + usage + R"(,"content":[{"type":"text","text":"hi "},)" + call + "]"),
           text + "there\"}}", end},
          text_and_call}});
}

TEST_CASE("Messages: deltas of another kind than their block, or without one, are a block of their own") {
    const auto start = [](int index, const std::string& block) {
        return R"({"type":"content_block_start","index":)" + std::to_string(index) + R"(,"content_block":)" +
               block + "}";
    };
    const auto delta = [](int index, const std::string& type, const std::string& member) {
        return R"({"type":"content_block_delta","index":)" + std::to_string(index) + R"(,"delta":{"type":")" +
               type + R"(_delta",)" + member + "}}";
    };
    const auto stop = [](int index) {
        return R"({"type":"content_block_stop","index":)" + std::to_string(index) + "}";
    };
    const std::string first =
        R"({"type":"message_start","message":{"id":"r1","model":"m1","role":"assistant",)"
        R"("content":[],"usage":{"input_tokens":3,"output_tokens":2}}})";
    const std::string text = R"({"type":"text","text":""})";
    const std::string thinking = R"({"type":"thinking","thinking":"","signature":""})";
    const std::string tool = R"({"type":"tool_use","id":"c1","name":"f","input":{}})";
    const std::string thought_then_said =
        R"([{"type":"thinking","thinking":"hm"},{"type":"text","text":"hi there"}])";
    check(messages,
          {{"thinking in a text block, before its text",
            {first, start(0, text), delta(0, "thinking", R"("thinking":"h")"),
             delta(0, "thinking", R"("thinking":"m")"), delta(0, "text", R"("text":"hi ")"),
             delta(0, "text", R"("text":"there")"), stop(0)},
            thought_then_said},
           {"thinking in a text block, in between",
            {first, start(0, text), delta(0, "text", R"("text":"hi ")"),
             delta(0, "thinking", R"("thinking":"hm")"), delta(0, "text", R"("text":"there")"), stop(0)},
            R"([{"type":"text","text":"hi there"},{"type":"thinking","thinking":"hm"}])"},
           {"text in a thinking block",
            {first, start(0, thinking), delta(0, "thinking", R"("thinking":"hm")"),
             delta(0, "text", R"("text":"hi there")"), stop(0)},
            thought_then_said},
           {"a signature behind its block",
            {first, start(0, thinking), delta(0, "thinking", R"("thinking":"hm")"), stop(0), start(1, text),
             delta(1, "signature", R"("signature":"E")"), delta(1, "text", R"("text":"hi there")")},
            R"([{"type":"thinking","thinking":"hm","signature":"E"},{"type":"text","text":"hi there"}])"},
           {"thinking and its signature in a call",
            {first, start(0, tool), delta(0, "input_json", R"("partial_json":"{\"a\":")"),
             delta(0, "thinking", R"("thinking":"hm")"), delta(0, "signature", R"("signature":"E")"),
             delta(0, "input_json", R"("partial_json":"1}")")},
            R"([{"type":"tool_use","tool_use_id":"c1","tool_name":"f","tool_input":{"a":1}},)"
            R"({"type":"thinking","thinking":"hm","signature":"E"}])"},
           {"text in a call",
            {first, start(0, tool), delta(0, "text", R"("text":"hi there")"),
             delta(0, "input_json", R"("partial_json":"{\"a\":1}")")},
            R"([{"type":"tool_use","tool_use_id":"c1","tool_name":"f","tool_input":{"a":1}},)"
            R"({"type":"text","text":"hi there"}])"},
           {"stops and deltas without a start",
            {first, stop(0), delta(0, "thinking", R"("thinking":"hm")"), stop(0), stop(7),
             delta(1, "text", R"("text":"hi ")"), delta(1, "text", R"("text":"there")"), stop(1)},
            thought_then_said},
           {"without any index",
            {first, R"({"type":"content_block_start","content_block":{"type":"thinking","thinking":"hm"}})",
             R"({"type":"content_block_stop"})",
             R"({"type":"content_block_start","content_block":{"type":"text"}})",
             R"({"type":"content_block_delta","delta":{"type":"text_delta","text":"hi there"}})"},
            thought_then_said},
           {"a start for each piece of one call",
            {first, start(0, text), delta(0, "text", R"("text":"hi there")"), start(1, tool),
             delta(1, "input_json", R"("partial_json":"{\"a")"), stop(1),
             start(2, R"({"type":"tool_use","id":"c2","name":"f","input":{}})"),
             delta(2, "input_json", R"("partial_json":"\":1}")"), stop(2)},
            text_and_call},
           {"two calls, both with index 0",
            {first, start(0, tool), delta(0, "input_json", R"("partial_json":"{\"a\":1}")"), stop(0),
             start(0, R"({"type":"tool_use","id":"c2","name":"f","input":{}})"),
             delta(0, "input_json", R"("partial_json":"{\"a\":2}")"), stop(0)},
            R"([{"type":"tool_use","tool_use_id":"c1","tool_name":"f","tool_input":{"a":1}},)"
            R"({"type":"tool_use","tool_use_id":"c2","tool_name":"f","tool_input":{"a":2}}])"}});
}

namespace {

std::string response(const std::string& type, const std::string& members) {
    return R"({"type":"response.)" + type + R"(","response":{)" + members + "}}";
}

std::string item(const std::string& step, int index, const std::string& json) {
    return R"({"type":"response.output_item.)" + step + R"(","output_index":)" + std::to_string(index) +
           R"(,"item":)" + json + "}";
}

std::string piece(const std::string& type, int index, const std::string& text) {
    return R"({"type":"response.)" + type + R"(.delta","output_index":)" + std::to_string(index) +
           R"(,"delta":")" + text + "\"}";
}

std::string message(const std::string& text, const std::string& id = "msg_1") {
    return R"({"id":")" + id +
           R"(","type":"message","role":"assistant","content":[{"type":"output_text","text":")" + text +
           "\"}]}";
}

std::string call_item(const std::string& arguments, const std::string& id = "fc_1",
                      const std::string& call = "c1") {
    return R"({"id":")" + id + R"(","type":"function_call","call_id":")" + call +
           R"(","name":"f","arguments":")" + arguments + "\"}";
}

const std::string begun = response("created", R"("id":"r1","model":"m1","status":"in_progress","output":[])");
const std::string usage = R"("usage":{"input_tokens":3,"output_tokens":2,"total_tokens":5})";

std::string ended(const std::string& output) {
    return response("completed", R"("status":"completed",)" + usage + R"(,"output":[)" + output + "]");
}

}  // namespace

TEST_CASE("Responses: what the final object lacks is taken from the events, and what it has is there once") {
    const std::string blank =
        R"({"id":"msg_9","type":"message","role":"assistant","content":[{"type":"text","text":""}]})";
    const std::string whole_call = call_item(R"({\"a\":1})");
    const std::string fragments =
        R"({"type":"response.function_call_arguments.done","output_index":1,"arguments":"{\"a\":1}"})";
    check(
        responses,
        {{"a call that came whole",
          {begun, item("done", 0, message("hi there")), item("done", 1, whole_call),
           ended(message("hi there"))},
          text_and_call},
         {"a message that came whole",
          {begun, item("done", 0, message("hi there")), item("done", 1, whole_call), ended(whole_call)},
          text_and_call},
         {"a call that was announced and filled, and an empty message",
          {begun, item("added", 0, message("")), piece("output_text", 0, "hi "),
           piece("output_text", 0, "there"), item("added", 1, call_item("")), fragments, ended(blank)},
          text_and_call},
         {"no output at all",
          {begun, item("added", 0, message("")), piece("output_text", 0, "hi there"),
           item("added", 1, call_item("")), fragments,
           response("completed", R"("status":"completed",)" + usage)},
          text_and_call},
         {"an output of empty items",
          {begun, item("added", 0, message("")), piece("output_text", 0, "hi there"),
           item("added", 1, call_item("")), piece("function_call_arguments", 1, R"({\"a\":)"),
           piece("function_call_arguments", 1, "1}"),
           ended(R"({"id":"msg_1","type":"message","role":"assistant","content":[]},)" + call_item(""))},
          text_and_call},
         {"other ids in each event, and nothing missing",
          {begun, item("done", 0, message("hi there", "x")), item("done", 1, call_item(R"({\"a\":1})", "y")),
           ended(message("hi there", "p") + "," + call_item(R"({\"a\":1})", "q"))},
          text_and_call},
         {"other ids, and the first item missing",
          {begun, item("done", 0, R"({"id":"rs","type":"reasoning","summary":[]})"),
           item("done", 1, message("hi there", "x")), item("done", 2, whole_call),
           ended(message("hi there", "p") + "," + whole_call)},
          text_and_call},
         {"an item that says otherwise in the end",
          {begun, item("done", 0, message("hey")), item("done", 1, call_item(R"({\"a\":0})")),
           ended(message("hi there") + "," + whole_call)},
          text_and_call},
         {"parallel calls, one of them missing",
          {begun, item("done", 0, call_item("{}", "fc_0", "c0")), item("done", 1, whole_call),
           ended(whole_call)},
          R"([{"type":"tool_use","tool_use_id":"c0","tool_name":"f"},)"
          R"({"type":"tool_use","tool_use_id":"c1","tool_name":"f","tool_input":{"a":1}}])"},
         {"reasoning without its summary and its signature",
          {begun,
           item(
               "done", 0,
               R"({"id":"rs","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"E"})"),
           item("done", 1, message("hi there")),
           ended(R"({"id":"rs","type":"reasoning","summary":[],"encrypted_content":null},)" +
                 message("hi there"))},
          R"([{"type":"thinking","thinking":"hm","signature":"E"},{"type":"text","text":"hi there"}])"},
         {"reasoning that the final object has in another form: its own counts",
          {begun, item("done", 0, R"({"id":"rs","type":"reasoning","summary":[],"encrypted_content":"D"})"),
           item("done", 1, message("hi there")),
           ended(R"({"id":"rs","type":"reasoning","summary":[],"encrypted_content":"E"},)" +
                 message("hi there"))},
          R"([{"type":"thinking","signature":"E"},{"type":"text","text":"hi there"}])"},
         {"names that only the end has, and an end in two events",
          {response("created", R"("id":"","model":null)"), item("done", 0, message("hi there")),
           item("done", 1, whole_call),
           response("completed", R"("status":"completed","output":[],"usage":null)"),
           response("done", R"("id":"r1","model":"m1",)" + usage)},
          text_and_call},
         {"a call that comes behind the end",
          {begun, item("done", 0, message("hi there")), ended(message("hi there")),
           item("done", 1, whole_call)},
          text_and_call}});
}

TEST_CASE("Responses: texts of another kind than their item, and ids that change, stay apart and together") {
    const std::string done = response("completed", R"("status":"completed",)" + usage);
    const auto unplaced = [](const std::string& type, const std::string& id, const std::string& text) {
        return R"({"type":"response.)" + type + R"(.delta","item_id":")" + id + R"(","delta":")" + text +
               "\"}";
    };
    const std::string added = R"({"type":"response.output_item.added","item":)";
    check(
        responses,
        {{"reasoning in a message",
          {begun, item("added", 0, message("")), piece("reasoning_text", 0, "hm"),
           piece("output_text", 0, "hi there"), done},
          R"([{"type":"text","text":"hi there"},{"type":"thinking","thinking":"hm"}])"},
         {"text in a call",
          {begun, item("added", 0, call_item("")), piece("output_text", 0, "hi there"),
           piece("function_call_arguments", 0, R"({\"a\":1})"), done},
          R"([{"type":"tool_use","tool_use_id":"c1","tool_name":"f","tool_input":{"a":1}},)"
          R"({"type":"text","text":"hi there"}])"},
         {"a refusal in a part of text",
          {begun,
           R"({"type":"response.content_part.added","output_index":0,"content_index":0,)"
           R"("part":{"type":"output_text","text":""}})",
           piece("output_text", 0, "hi "), piece("refusal", 0, "no"), piece("output_text", 0, "there"), done},
          R"([{"type":"text","text":"hi there"},{"type":"refusal","refusal":"no"}])"},
         {"another id in each event, and no places",
          {begun, added + message("", "x1") + "}", unplaced("output_text", "x2", "hi "),
           unplaced("output_text", "x3", "there"),
           R"({"type":"response.output_item.done","item":)" + message("hi there", "x4") + "}",
           added + call_item("", "y1") + "}", unplaced("function_call_arguments", "y2", R"({\"a\":)"),
           unplaced("function_call_arguments", "y3", "1}"), done},
          text_and_call},
         {"calls that were never announced, another id in each fragment",
          {begun, unplaced("function_call_arguments", "y1", R"({\"a\":)"),
           unplaced("function_call_arguments", "y2", "1}"),
           unplaced("function_call_arguments", "y3", R"({\"b\":2})"), done},
          R"([{"type":"tool_use","tool_input":{"a":1}},{"type":"tool_use","tool_input":{"b":2}}])"}});
}

TEST_CASE("Responses: an end that is empty keeps what the pieces told") {
    const std::string done = response("completed", R"("status":"completed","output":[],)" + usage);
    const auto ends = [](const std::string& type, const std::string& members) {
        return R"({"type":"response.)" + type + R"(.done","output_index":0,)" + members + "}";
    };
    std::vector<sample> samples;
    for (const std::string& end :
         {ends("output_text", R"("content_index":0,"text":"")"),
          ends("content_part",
               R"("content_index":0,"part":{"type":"output_text","text":"","annotations":[]})"),
          ends("output_item", R"("item":{"id":"msg_1","type":"message","role":"assistant","content":[]})"),
          ends("output_item", R"("item":{"id":"msg_1","type":"message","role":"assistant"})"),
          ends("output_item", R"("item":)" + message(""))}) {
        samples.push_back(
            {end,
             {begun, item("added", 0, message("")), piece("output_text", 0, "hi there"), end, done},
             R"([{"type":"text","text":"hi there"}])"});
    }
    for (const std::string& end : {ends("function_call_arguments", R"("arguments":"")"),
                                   ends("function_call_arguments", R"("arguments":"{}")"),
                                   ends("output_item", R"("item":)" + call_item("")),
                                   ends("output_item", R"("item":)" + call_item("{}"))}) {
        samples.push_back(
            {end,
             {begun, item("added", 0, call_item("")), piece("function_call_arguments", 0, R"({\"a\":1})"),
              end, done},
             R"([{"type":"tool_use","tool_use_id":"c1","tool_name":"f","tool_input":{"a":1}}])"});
    }
    const std::string reasoning = R"({"id":"rs_1","type":"reasoning","summary":[]})";
    samples.push_back(
        {"a summary",
         {begun, item("added", 0, reasoning),
          R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,)"
          R"("delta":"hm"})",
          ends("output_item", R"("item":)" + reasoning), done},
         R"([{"type":"thinking","thinking":"hm"}])"});
    check(responses, samples);
}

TEST_CASE("Ollama: what comes as text under one name is one call, and the last object may lack a message") {
    const auto text = [](const std::string& name, const std::string& arguments) {
        return R"({"message":{"tool_calls":[{"function":{"name":")" + name + R"(","arguments":")" +
               arguments + "\"}}]}}\n";
    };
    const std::string object =
        R"({"message":{"tool_calls":[{"id":"x","function":{"name":"h","arguments":{"c":9007199254740993}}}]}})"
        "\n";
    const std::string end = R"({"done":true,"done_reason":"stop","prompt_eval_count":3.0,"eval_count":"2"})";
    const auto out = ollama.answer_of(ollama.reduce(
        R"({"model":"m1","message":{"role":"assistant","content":"hi"}})" + text("f", R"({\"a\":)") +
        text("f", "1}") + text("f", "{}") + object + text("g", R"({\"b\")") + text("", ":2}") + end));
    CHECK(
        merkle::event_content(out.choices.at(0).message.content) ==
        R"([{"type":"text","text":"hi"},{"type":"tool_use","tool_name":"f","tool_input":{"a":1}},)"
        R"({"type":"tool_use","tool_name":"f"},{"type":"tool_use","tool_name":"h","raw":"{\"c\":9007199254740993}"},)"
        R"({"type":"tool_use","tool_name":"g","tool_input":{"b":2}}])");
    CHECK(out.choices[0].stop_reason == "stop");
    CHECK(out.used.total_tokens == 5);
}

}  // namespace tapes::llm::whole_beside_pieces_test
