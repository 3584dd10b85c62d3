#include "sanitized.hpp"
#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tapes::llm::openai_responses_stream_test {

using namespace tapes;
using llm::map_error;
using json = nlohmann::ordered_json;

namespace {

const test::tested_api responses{"/v1/responses"};

std::string event(const std::string& type, const json& members) {
    json data{{"type", type}, {"sequence_number", 1}};
    data.update(members);
    return "event: " + type + "\ndata: " + data.dump() + "\n\n";
}

json response(const std::string& status, const json& output) {
    return {{"id", "resp_1"},
            {"object", "response"},
            {"created_at", 1},
            {"status", status},
            {"error", nullptr},
            {"incomplete_details", nullptr},
            {"instructions", "be brief"},
            {"model", "gpt-5-2025"},
            {"output", output},
            {"tools", json::array({{{"type", "function"}, {"name", "f"}}})},
            {"usage", nullptr}};
}

std::string ended(const json& output, const std::string& status = "completed") {
    json whole = response(status, output);
    whole["usage"] = {{"input_tokens", 3}, {"output_tokens", 2}, {"total_tokens", 5}};
    return event("response." + status, {{"response", whole}});
}

json text_part(const std::string& text) {
    return {
        {"type", "output_text"}, {"text", text}, {"annotations", json::array()}, {"logprobs", json::array()}};
}

json message(const json& parts, const std::string& status = "completed") {
    return {
        {"id", "msg_1"}, {"type", "message"}, {"status", status}, {"role", "assistant"}, {"content", parts}};
}

json at(int index, const std::string& id) {
    return {{"output_index", index}, {"item_id", id}};
}

json at(int index, const std::string& id, json more) {
    json where = at(index, id);
    where.update(more);
    return where;
}

std::string pieces(const std::string& type, const json& where, const std::string& text,
                   std::size_t size = 5) {
    std::string all;
    for (std::size_t from = 0, to = 0; from < text.size(); from = to) {
        to = std::min(from + size, text.size());
        while (to < text.size() && (static_cast<unsigned char>(text[to]) & 0xC0) == 0x80) {
            ++to;
        }
        json members = where;
        members["delta"] = text.substr(from, to - from);
        all += event(type + ".delta", members);
    }
    return all;
}

// All that a provider streams of an item.
std::string streamed(int index, const json& item) {
    const std::string id = item["id"];
    const std::string type = item["type"];
    json begun = item;
    begun["status"] = "in_progress";
    std::string inner;
    if (type == "message") {
        begun["content"] = json::array();
        int part_index = 0;
        for (const json& part : item["content"]) {
            const json where = at(index, id, {{"content_index", part_index++}});
            const bool refusal = part["type"] == "refusal";
            const std::string member = refusal ? "refusal" : "text";
            const std::string name = refusal ? "response.refusal" : "response.output_text";
            json empty = part;
            empty[member] = "";
            json whole{{member, part[member]}};
            json with = where;
            with["part"] = empty;
            inner += event("response.content_part.added", with) + pieces(name, where, part[member]);
            with = where;
            with.update(whole);
            inner += event(name + ".done", with);
            with = where;
            with["part"] = part;
            inner += event("response.content_part.done", with);
        }
    } else if (type == "reasoning") {
        begun["summary"] = json::array();
        int summary_index = 0;
        for (const json& part : item["summary"]) {
            const json where = at(index, id, {{"summary_index", summary_index++}});
            json with = where;
            with["part"] = {{"type", "summary_text"}, {"text", ""}};
            inner += event("response.reasoning_summary_part.added", with) +
                     pieces("response.reasoning_summary_text", where, part["text"]);
            with = where;
            with["text"] = part["text"];
            inner += event("response.reasoning_summary_text.done", with);
            with = where;
            with["part"] = part;
            inner += event("response.reasoning_summary_part.done", with);
        }
    } else {
        const std::string member = type == "function_call"      ? "arguments"
                                   : type == "custom_tool_call" ? "input"
                                                                : "code";
        const std::string name = type == "code_interpreter_call" ? "response.code_interpreter_call_code"
                                                                 : "response." + type + "_" + member;
        begun[member] = "";
        inner += pieces(name, at(index, id), item[member]);
        json whole = at(index, id);
        whole[member] = item[member];
        inner += event(name + ".done", whole);
    }
    return event("response.output_item.added", {{"output_index", index}, {"item", begun}}) + inner +
           event("response.output_item.done", {{"output_index", index}, {"item", item}});
}

std::string opening() {
    return event("response.created", {{"response", response("in_progress", json::array())}}) +
           event("response.in_progress", {{"response", response("in_progress", json::array())}});
}

std::string streamed(const json& output) {
    std::string all = opening();
    int index = 0;
    for (const json& item : output) {
        all += streamed(index++, item);
    }
    return all;
}

struct sample {
    std::string name;
    json output;
    json history;  // as an SDK or an agent sends it back; null: the output itself
};

std::vector<sample> samples() {
    const json call_a{{"id", "fc_1"},          {"type", "function_call"},
                      {"status", "completed"}, {"call_id", "a"},
                      {"name", "f"},           {"arguments", R"({"x": "€ 😀", "y": 1.0})"}};
    const json call_b{{"id", "fc_2"},   {"type", "function_call"}, {"status", "completed"},
                      {"call_id", "b"}, {"name", "now"},           {"arguments", "{}"}};
    const json reasoning{{"id", "rs_1"},
                         {"type", "reasoning"},
                         {"summary", json::array({{{"type", "summary_text"}, {"text", "first, then"}},
                                                  {{"type", "summary_text"}, {"text", "second"}}})},
                         {"encrypted_content", "gAAAA=="}};
    json other_reasoning = reasoning;
    other_reasoning.erase("id");
    return {
        {"text with unicode", json::array({message(json::array({text_part("hé 😀😀 € \"q\" \\ \n")}))}),
         json::array({{{"role", "assistant"}, {"content", "hé 😀😀 € \"q\" \\ \n"}}})},
        {"two parts", json::array({message(json::array({text_part("one"), text_part("two")}))}), nullptr},
        {"parallel tools", json::array({call_a, call_b}),
         json::array({{{"type", "function_call"},
                       {"call_id", "a"},
                       {"name", "f"},
                       {"arguments", R"({"y":1,"x":"€ 😀"})"}},
                      {{"type", "function_call"}, {"call_id", "b"}, {"name", "now"}, {"arguments", ""}}})},
        {"thinking, commentary and a tool",
         json::array({reasoning, message(json::array({text_part("let me see")})), call_a}),
         json::array({other_reasoning,
                      {{"role", "assistant"}, {"phase", "commentary"}, {"content", "let me see"}},
                      call_a})},
        {"refusal", json::array({message(json::array({{{"type", "refusal"}, {"refusal", "I can't"}}}))}),
         nullptr},
        {"a custom tool and a code interpreter",
         json::array({{{"id", "ctc_1"},
                       {"type", "custom_tool_call"},
                       {"status", "completed"},
                       {"call_id", "c"},
                       {"name", "n"},
                       {"input", "x := 1"}},
                      {{"id", "ci_1"},
                       {"type", "code_interpreter_call"},
                       {"status", "completed"},
                       {"code", "print(1)"},
                       {"container_id", "k"},
                       {"outputs", nullptr}}}),
         nullptr},
    };
}

std::string content_of(const llm::answer& from) {
    REQUIRE(from.choices.size() == 1);
    return merkle::event_content(from.choices[0].message.content);
}

}  // namespace

TEST_CASE("a Responses answer, its stream split at any byte and its history are the same message") {
    for (const sample& from : samples()) {
        INFO(from.name);
        const std::string stream = streamed(from.output) + ended(from.output);
        const std::string whole = responses.reduce(stream);
        for (std::size_t piece = 1; piece < 20; ++piece) {
            REQUIRE(responses.reduce(stream, piece) == whole);
        }
        for (std::size_t cut = 0; cut <= stream.size(); cut += tapes::test::sanitized ? 7 : 1) {
            const auto reducer = responses->make_reducer();
            reducer->feed(std::string_view(stream).substr(0, cut));
            reducer->feed(std::string_view(stream).substr(cut));
            REQUIRE(reducer->finish() == whole);
        }
        const auto by_stream = responses.answer_of(whole);
        const auto one_shot = responses.answer_of(response("completed", from.output).dump());
        CHECK(by_stream.choices.at(0).message == one_shot.choices.at(0).message);
        CHECK(by_stream.choices.at(0).stop_reason == "completed");
        CHECK(by_stream.id == "resp_1");
        CHECK(by_stream.model == "gpt-5-2025");
        CHECK(by_stream.used.total_tokens == 5);
        CHECK(by_stream.item_ids == one_shot.item_ids);
        for (const json& history : {from.output, from.history.is_null() ? from.output : from.history}) {
            llm::request asked;
            REQUIRE(responses->map_request(json{{"model", "m"}, {"input", history}}.dump(), {}, asked) ==
                    map_error::none);
            REQUIRE(asked.messages.size() == 1);
            CHECK(merkle::make_node({}, {"m", "openai", ""}, asked.messages[0]).position.hash ==
                  merkle::make_node({}, {"m", "openai", ""}, one_shot.choices[0].message).position.hash);
        }
    }
}

TEST_CASE("without its terminal event an answer is put together from its items, or from what came of them") {
    for (const sample& from : samples()) {
        INFO(from.name);
        const auto one_shot = responses.answer_of(response("completed", from.output).dump());
        const std::string stream = streamed(from.output);
        const auto by_items = responses.answer_of(responses.reduce(stream));
        CHECK(by_items.choices.at(0).message == one_shot.choices[0].message);
        CHECK(by_items.choices[0].stop_reason == "incomplete");
        CHECK(by_items.model == "gpt-5-2025");

        // Nothing of what is done: only what was announced, and the pieces.
        std::string undone;
        std::string nothing_whole;
        for (std::size_t begin = 0; begin < stream.size();) {
            const std::size_t end = stream.find("\n\n", begin) + 2;
            const std::string one = stream.substr(begin, end - begin);
            undone += one.find("event: response.output_item.done") == 0 ? "" : one;
            nothing_whole += one.find(".done\n") == std::string::npos ? one : "";
            begin = end;
        }
        CHECK(content_of(responses.answer_of(responses.reduce(undone))) == content_of(one_shot));
        CHECK(content_of(responses.answer_of(responses.reduce(nothing_whole))) == content_of(one_shot));
        // The items count where the terminal event has none, and those that it lacks are kept; of an item
        // that both have its own wins.
        CHECK(content_of(responses.answer_of(responses.reduce(stream + ended(json::array())))) ==
              content_of(one_shot));
        CHECK(responses.answer_of(responses.reduce(stream + ended(json::array()))).choices[0].stop_reason ==
              "completed");
        const json other = message(json::array({text_part("other")}));
        json both = from.output;
        const auto same =
            std::find_if(both.begin(), both.end(), [](const json& item) { return item["id"] == "msg_1"; });
        same != both.end() ? void(*same = other) : void(both.insert(both.begin() + 1, other));
        CHECK(content_of(responses.answer_of(responses.reduce(stream + ended(json::array({other}))))) ==
              content_of(responses.answer_of(response("completed", both).dump())));
    }
}

TEST_CASE("a Responses stream that breaks off keeps what was said, in the order of the items") {
    const std::string begun =
        opening() +
        event("response.output_item.added",
              {{"output_index", 1}, {"item", message(json::array(), "in_progress")}}) +
        pieces("response.output_text", at(1, "msg_1", {{"content_index", 0}}), "half of it") +
        pieces("response.reasoning_summary_text", at(0, "rs_1", {{"summary_index", 0}}), "hm");
    const auto out = responses.answer_of(
        responses.reduce(begun + "event: response.output_text.delta\ndata: {\"type\":\"response.out"));
    CHECK(content_of(out) == R"([{"type":"thinking","thinking":"hm"},{"type":"text","text":"half of it"}])");
    CHECK(out.choices[0].stop_reason == "incomplete");
    CHECK(out.id == "resp_1");
}

TEST_CASE("pieces of items that were never announced are kept") {
    const auto only = [](const std::string& stream) {
        return content_of(responses.answer_of(responses.reduce(stream)));
    };
    CHECK(only(pieces("response.output_text", json::object(), "hello")) ==
          R"([{"type":"text","text":"hello"}])");
    CHECK(only(pieces("response.refusal", at(0, "m"), "no")) == R"([{"type":"refusal","refusal":"no"}])");
    CHECK(only(pieces("response.reasoning_text", at(0, "r"), "hm")) ==
          R"([{"type":"thinking","thinking":"hm"}])");
    CHECK(only(pieces("response.function_call_arguments", at(0, "f"), R"({"a":1})")) ==
          R"([{"type":"tool_use","tool_input":{"a":1}}])");
    CHECK(only(pieces("response.mcp_call_arguments", at(0, "f"), "{}")) ==
          R"([{"type":"mcp_call","raw":{"arguments":"{}","type":"mcp_call"}}])");
    CHECK(only(pieces("response.shell_call_command", at(0, "f", {{"command_index", 0}}), "ls -l")) ==
          R"([{"type":"shell_call","raw":{"action":{"commands":["ls -l"]},"type":"shell_call"}}])");
    const json note{{"type", "url_citation"}, {"url", "u"}};
    CHECK(only(pieces("response.output_text", at(0, "m", {{"content_index", 0}}), "a") +
               event("response.output_text.annotation.added",
                     at(0, "m", {{"content_index", 0}, {"annotation_index", 0}, {"annotation", note}}))) ==
          R"([{"type":"text","text":"a"},{"type":"annotations","raw":[{"type":"url_citation","url":"u"}]}])");
}

TEST_CASE("what a shell put out before a stream broke off is kept, whole or in pieces") {
    const auto out = [](const std::string& stdout_text, const json& outcome) {
        json one{{"stdout", stdout_text}, {"stderr", "e"}};
        one.update(outcome);
        return one;
    };
    const json ended_well{{"outcome", {{"type", "exit"}, {"exit_code", 0}}}};
    const json item{{"type", "shell_call_output"},
                    {"id", "sho"},
                    {"call_id", "c"},
                    {"max_output_length", nullptr},
                    {"output", json::array({out("hello", ended_well), out("more", json::object())})}};
    json begun = item;
    begun["output"] = json::array();
    const auto piece = [](int command, const json& delta) {
        return event("response.shell_call_output_content.delta",
                     at(0, "sho", {{"command_index", command}, {"delta", delta}}));
    };
    const std::string stream =
        opening() + event("response.output_item.added", {{"output_index", 0}, {"item", begun}}) +
        piece(0, {{"stdout", "hel"}}) + piece(0, {{"stderr", "e"}}) + piece(0, {{"stdout", "lo"}}) +
        event("response.shell_call_output_content.done",
              at(0, "sho", {{"command_index", 0}, {"output", json::array({out("hello", ended_well)})}})) +
        piece(1, {{"stdout", "mo"}, {"stderr", "e"}}) + piece(1, {{"stdout", "re"}});
    CHECK(content_of(responses.answer_of(responses.reduce(stream))) ==
          content_of(responses.answer_of(response("completed", json::array({item})).dump())));
    const std::string nothing = event("response.shell_call_output_content.done",
                                      at(0, "sho", {{"command_index", 2}, {"output", json::array()}}));
    CHECK(responses.reduce(stream + nothing) == responses.reduce(stream));
}

TEST_CASE("pieces that are counted on as if each were a part are one part (vLLM)") {
    const auto pieces_of = [](const std::string& type, int place, const std::string& id, int first) {
        std::string all;
        for (const char* const delta : {"on", "e ", "te", "xt"}) {
            all += event(type, at(place, id, {{"content_index", first++}, {"delta", delta}}));
        }
        return all;
    };
    const json thought{{"id", "r"},
                       {"type", "reasoning"},
                       {"summary", json::array()},
                       {"content", json::array({{{"type", "reasoning_text"}, {"text", "one text"}}})}};
    json begun = thought;
    begun.erase("content");
    const std::string thinking =
        opening() + event("response.output_item.added", {{"output_index", 0}, {"item", begun}}) +
        event("response.content_part.added", at(0, "r", {{"content_index", 0}, {"part", text_part("")}})) +
        pieces_of("response.reasoning_text.delta", 0, "r", 1);
    const std::string thought_through =
        thinking +
        event("response.reasoning_text.done", at(0, "r", {{"content_index", 5}, {"text", "one text"}}));
    const std::string saying =
        thought_through + event("response.output_item.done", {{"output_index", 0}, {"item", thought}}) +
        event("response.output_item.added", {{"output_index", 0}, {"item", message(json::array())}}) +
        event("response.content_part.added", at(1, "m", {{"content_index", 0}, {"part", text_part("")}})) +
        pieces_of("response.output_text.delta", 1, "m", 1);
    const std::string said =
        saying + event("response.output_text.done", at(1, "m", {{"content_index", 5}, {"text", "one text"}}));
    const std::string thought_block = R"([{"type":"thinking","thinking":"one text"})";
    for (const std::string& stream : {thinking, thought_through}) {
        CHECK(content_of(responses.answer_of(responses.reduce(stream))) == thought_block + "]");
    }
    for (const std::string& stream :
         {saying, said,
          said + event("response.content_part.done",
                       at(1, "m", {{"content_index", 6}, {"part", text_part("one text")}}))}) {
        CHECK(content_of(responses.answer_of(responses.reduce(stream))) ==
              thought_block + R"(,{"type":"text","text":"one text"}])");
    }
    // Parts that are announced stay apart, and so does a refusal.
    std::string apart =
        event("response.content_part.added", at(0, "m", {{"content_index", 0}, {"part", text_part("")}})) +
        event("response.output_text.delta", at(0, "m", {{"content_index", 0}, {"delta", "a"}})) +
        event("response.content_part.added", at(0, "m", {{"content_index", 1}, {"part", text_part("")}})) +
        event("response.output_text.delta", at(0, "m", {{"content_index", 1}, {"delta", "b"}})) +
        event("response.refusal.delta", at(0, "m", {{"content_index", 2}, {"delta", "no"}}));
    CHECK(content_of(responses.answer_of(responses.reduce(apart))) ==
          R"([{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"refusal","refusal":"no"}])");
}

TEST_CASE("items that change their id, or that all have one place, stay apart and whole") {
    const auto call = [](const std::string& id, const std::string& call_id) {
        return json{
            {"id", id}, {"type", "function_call"}, {"call_id", call_id}, {"name", "f"}, {"arguments", "{}"}};
    };
    const std::string changing =
        event("response.output_item.added", {{"output_index", 0}, {"item", call("x1", "a")}}) +
        event("response.function_call_arguments.delta", at(0, "x2", {{"delta", "{}"}})) +
        event("response.output_item.done", {{"output_index", 0}, {"item", call("x3", "a")}});
    CHECK(content_of(responses.answer_of(responses.reduce(changing))) ==
          R"([{"type":"tool_use","tool_use_id":"a","tool_name":"f"}])");
    std::string one_place;
    for (const std::string id : {"a", "b"}) {
        one_place += event("response.output_item.added", {{"output_index", 0}, {"item", call(id, id)}}) +
                     event("response.output_item.done", {{"output_index", 0}, {"item", call(id, id)}});
    }
    CHECK(responses.answer_of(responses.reduce(one_place)).choices.at(0).message.content.size() == 2);
}

TEST_CASE("what is no event is passed over, and multi-line data is one event or many") {
    const json output = json::array({message(json::array({text_part("a")}))});
    const std::string done =
        json{{"type", "response.output_item.done"}, {"output_index", 0}, {"item", output[0]}}.dump();
    for (const std::string& stream :
         {"data:" + done + "\r\n\r\n",
          "\xEF\xBB\xBF"
          "data: " +
              done + "\n\n",
          ": ping\n\ndata: " + done,
          "data: x\n\ndata: [1]\n\ndata: {\"type\":7}\n\ndata: " + done + "\n\ndata: [DONE]\n\n",
          "data: " + done + "\ndata: {\"type\":\"response.output_text.delta\",\"output_index\":0}\n\n",
          "data: {\"type\":\ndata: \"response.output_item.done\",\"output_index\":0,\"item\":" +
              output[0].dump() + "}\n\n"}) {
        INFO(stream);
        for (std::size_t piece = 1; piece < 5; ++piece) {
            CHECK(content_of(responses.answer_of(responses.reduce(stream, piece))) ==
                  R"([{"type":"text","text":"a"}])");
        }
    }
    CHECK(responses.reduce("").empty());
    CHECK(responses.reduce(": ping\n\ndata: [DONE]\n\n").empty());
    // One that has only begun is known by its id: it may be fetched.
    answer begun;
    CHECK(responses->map_answer(responses.reduce(opening()), begun) == map_error::empty);
    CHECK(begun.pending);
    CHECK(begun.id == "resp_1");
    CHECK(responses.reduce(event("response.created", {{"response", {{"status", "queued"}}}})).empty());
}

TEST_CASE("an error event and a failed answer are told, and what was said before stays") {
    const std::string begun =
        opening() + pieces("response.output_text", at(0, "m", {{"content_index", 0}}), "ha");
    const auto reducer = responses->make_reducer();
    reducer->feed(begun);
    CHECK_FALSE(reducer->failed());
    reducer->feed(event("error", {{"code", "server_error"}, {"message", "sorry"}}));
    CHECK(reducer->failed());
    CHECK(content_of(responses.answer_of(reducer->finish())) == R"([{"type":"text","text":"ha"}])");

    const auto nothing = responses->make_reducer();
    json failed = response("failed", json::array());
    failed["error"] = {{"code", "rate_limit_exceeded"}};
    nothing->feed(opening() + event("response.failed", {{"response", failed}}));
    CHECK(nothing->failed());
    llm::answer out;
    CHECK(responses->map_answer(nothing->finish(), out) == map_error::provider_error);

    // An item that was begun says nothing beside what came of it.
    failed["output"] = json::array({message(json::array(), "in_progress")});
    CHECK(content_of(responses.answer_of(
              responses.reduce(begun + event("response.failed", {{"response", failed}})))) ==
          R"([{"type":"text","text":"ha"}])");

    json cut = response("incomplete", json::array({message(json::array({text_part("a")}))}));
    cut["incomplete_details"] = {{"reason", "max_output_tokens"}};
    CHECK(responses.answer_of(responses.reduce(opening() + event("response.incomplete", {{"response", cut}})))
              .choices.at(0)
              .stop_reason == "max_output_tokens");
    CHECK(responses->map_answer(responses.reduce(opening() + ended(json::array())), out) == map_error::empty);
    CHECK(responses
              .answer_of(responses.reduce(
                  begun + "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r2\"}}\n\n"))
              .choices.at(0)
              .stop_reason == "completed");
}

TEST_CASE("what is sealed in an item is known by whatever any event gave, and is no content") {
    const auto reasoning = [](const std::string& sealed) {
        return json{
            {"id", "rs_1"}, {"type", "reasoning"}, {"summary", json::array()}, {"encrypted_content", sealed}};
    };
    const json program{
        {"id", "p"}, {"type", "program"}, {"call_id", "c"}, {"code", "f()"}, {"fingerprint", "f1"}};
    auto other = program;
    other["fingerprint"] = "f2";
    const std::string stream =
        event("response.output_item.added", {{"output_index", 0}, {"item", reasoning("a")}}) +
        event("response.output_item.done", {{"output_index", 0}, {"item", reasoning("b")}}) +
        event("response.output_item.done", {{"output_index", 1}, {"item", program}}) +
        ended(json::array({reasoning("c"), other}));
    const auto reducer = responses->make_reducer();
    reducer->feed(stream);
    const auto whole = reducer->finish();
    auto variants = reducer->variants();
    std::vector<std::int64_t> expected;
    for (const auto* const text : {"a", "b", "c", "f1", "f2"}) {
        expected.push_back(llm::variant_of(text));
    }
    std::ranges::sort(expected);
    std::ranges::sort(variants);
    CHECK(variants == expected);
    CHECK(whole.find("\"a\"") == std::string::npos);
    // However many a server gives, few are held.
    const auto many = responses->make_reducer();
    for (int i = 0; i < 3000; ++i) {
        many->feed(event("response.output_item.done",
                         {{"output_index", 0}, {"item", reasoning(std::to_string(i))}}));
    }
    many->finish();
    CHECK(many->variants().size() == llm::stream_reducer::most_variants);
}

TEST_CASE("a compaction is a message of its own in a history, and a part of the answer that it was said in") {
    const json items = json::array({message({text_part("a")}),
                                    {{"id", "c"}, {"type", "compaction"}, {"encrypted_content", "x"}},
                                    message({text_part("b")})});
    llm::answer answered;
    REQUIRE(responses->map_answer(json{{"status", "completed"}, {"output", items}}.dump(), answered) ==
            map_error::none);
    llm::request asked;
    REQUIRE(responses->map_request(json{{"model", "m"}, {"input", items}}.dump(), {}, asked) ==
            map_error::none);
    REQUIRE(asked.messages.size() == 3);
    std::vector<merkle::block> all;
    for (const auto& one : asked.messages) {
        CHECK(one.role == "assistant");
        all.insert(all.end(), one.content.begin(), one.content.end());
    }
    CHECK(answered.choices.at(0).message.content == all);
    CHECK(answered.item_ids.size() == 3);
}

TEST_CASE("a WebSocket's own terminal events end an answer too") {
    const json output = json::array({message(json::array({text_part("a")}))});
    json cut = response("cancelled", output);
    CHECK(responses.answer_of(responses.reduce(event("response.cancelled", {{"response", cut}})))
              .choices.at(0)
              .stop_reason == "cancelled");
    cut.erase("status");
    CHECK(responses.answer_of(responses.reduce(event("response.done", {{"response", cut}})))
              .choices.at(0)
              .stop_reason == "completed");
}

TEST_CASE("100,000 fragments and items fold in linear time, and held bytes grow with them") {
    const auto reducer = responses->make_reducer();
    for (int i = 0; i < 100'000; ++i) {
        const std::string index = std::to_string(i);
        reducer->feed(R"(data: {"type":"response.function_call_arguments.delta","output_index":)" + index +
                      R"(,"delta":"{}"})"
                      "\n\n"
                      R"(data: {"type":"response.output_text.delta","output_index":100000,"content_index":)" +
                      index +
                      R"(,"delta":"x"})"
                      "\n\n"
                      R"(data: {"type":"response.output_text.delta","output_index":100001,"delta":"yy"})"
                      "\n\n");
    }
    CHECK(reducer->held_bytes() > 20'000'000);
    CHECK(reducer->held_bytes() < 100'000'000);
    CHECK(responses.answer_of(reducer->finish()).choices.at(0).message.content.size() == 200'001);
}

TEST_CASE("events that are nested too deep or of the wrong shape do no harm") {
    const std::string deep = std::string(600, '[') + std::string(600, ']');
    const json output = json::array({message(json::array({text_part("a")}))});
    const std::string done = event("response.output_item.done", {{"output_index", 0}, {"item", output[0]}});
    for (const std::string& bad :
         {R"({"type":"response.output_item.done","output_index":0,"item":{"x":)" + deep + "}}",
          R"({"type":"response.completed","response":{"output":)" + deep + "}}",
          std::string(R"({"type":"response.output_item.done","output_index":"a","item":[]})"),
          std::string(R"({"type":"response.output_item.added","item":7})"),
          std::string(R"({"type":"response.content_part.added","output_index":9e99,"part":{}})"),
          std::string(R"({"type":"response.output_text.delta","output_index":-1,"delta":{}})"),
          std::string(R"({"type":"response.created","response":[]})"),
          std::string(R"({"type":"response.reasoning_summary_part.done","part":{"text":[]}})")}) {
        INFO(bad.substr(0, 100));
        CHECK(content_of(responses.answer_of(responses.reduce("data: " + bad + "\n\n" + done))) ==
              R"([{"type":"text","text":"a"}])");
    }
    for (const auto* terminal :
         {R"({"type":"response.completed"})", R"({"type":"response.completed","response":7})",
          R"({"type":"response.completed","response":{"output":{"a":1},"status":{}}})"}) {
        INFO(terminal);
        CHECK(content_of(responses.answer_of(responses.reduce(done + "data: " + terminal + "\n\n"))) ==
              R"([{"type":"text","text":"a"}])");
    }
}

TEST_CASE("the watch holds from the terminal event of a Responses stream, in any split") {
    const json output =
        json::array({message(json::array({text_part(R"("type":"response.completed" "error")")}))});
    for (const std::string& last :
         {ended(output), ended(output, "incomplete"), ended(output, "failed"),
          event("error", {{"code", nullptr}, {"message", "m"}}), std::string("data: [DONE]\n\n"),
          std::string("data: { \"sequence_number\":1, \"type\" : \"response.completed\"}\n\n"),
          std::string("data: {\"sequence_number\":1,\"error\":{},\"type\":\"error\"}\n\n"),
          std::string("data: {\"error\": {\"message\": \"m\"}}\n\n")}) {
        const std::string before = streamed(output) + ": ping\n\ndata: {\"x\":\"error\"}\n\n";
        const std::string stream = before + last + "data: [DONE]\n\n";
        INFO(last);
        CHECK(responses.hold_from(stream, stream.size()) == before.size());
        for (std::size_t piece = 1; piece < 400; ++piece) {
            INFO(piece);
            // The call in which the event's data line ends, or the event's start where that is in the same
            // call.
            const std::size_t line_end = before.size() + last.size() - 2;
            CHECK(responses.hold_from(stream, piece) == std::max(before.size(), line_end / piece * piece));
        }
    }
    CHECK(responses.hold_from(streamed(output), 9999) == llm::end_mark::npos);
}

}  // namespace tapes::llm::openai_responses_stream_test
