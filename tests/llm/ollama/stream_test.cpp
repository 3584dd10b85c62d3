#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tapes::llm::ollama_stream_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api chat{"/api/chat"};

const test::tested_api generate{"/api/generate"};

std::string piece(const std::string& members) {
    return R"({"model":"m1","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant",)" + members +
           "},\"done\":false}\n";
}

std::string generated(const std::string& members) {
    return R"({"model":"m1","created_at":"2026-01-01T00:00:00Z",)" + members + ",\"done\":false}\n";
}

const std::string told =
    R"("done":true,"done_reason":"stop","total_duration":9,"prompt_eval_count":4,"prompt_eval_duration":3,)"
    R"("eval_count":2})"
    "\n";
const std::string chat_end = R"({"model":"m1","message":{"role":"assistant","content":""},)" + told;
const std::string generate_end = R"({"model":"m1","response":"","context":[1,2],)" + told;

struct sample {
    std::string name;
    std::string stream;
    std::string message;  // as a one-shot answer and as history
};

std::vector<sample> samples() {
    return {
        {"text with unicode",
         piece(R"("content":"h\u00e9 😀")") + piece(R"("content":"\ud83d\ude00 ")") +
             piece(R"("content":"€")"),
         R"({"role":"assistant","content":"hé 😀😀 €"})"},
        {"thinking, then text",
         piece(R"("content":"","thinking":"let ")") + piece(R"("content":"","thinking":"me see")") +
             piece(R"("content":"four")"),
         R"({"role":"assistant","content":"four","thinking":"let me see"})"},
        {"calls, each whole in a line of its own",
         piece(
             R"("content":"","tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"y":2}}}])") +
             piece(
                 R"("content":"","tool_calls":[{"id":"c2","function":{"index":1,"name":"f","arguments":{}}}])"),
         R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"y":2.0}}},
            {"function":{"name":"f","arguments":{}}}]})"},
        {"text and two calls in one line",
         piece(R"("content":"wait")") +
             piece(R"("content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":[1,{"b":null}]}}},)"
                   R"({"function":{"name":"g","arguments":{"s":"\"}\n{\"done\":true}"}}}])"),
         R"({"role":"assistant","content":"wait","tool_calls":[
            {"function":{"name":"f","arguments":{"a":[1,{"b":null}]}}},
            {"function":{"name":"g","arguments":{"s":"\"}\n{\"done\":true}"}}}]})"},
        {"an image", piece(R"("content":"look","images":["AAAA"])"),
         R"({"role":"assistant","content":"look","images":["AAAA"]})"},
    };
}

}  // namespace

TEST_CASE("Ollama: streamed, one-shot and history are the same message, split at any byte") {
    for (const sample& from : samples()) {
        INFO(from.name);
        const std::string stream = from.stream + chat_end;
        const std::string whole = chat.reduce(stream);
        for (std::size_t size = 1; size < 20; ++size) {
            REQUIRE(chat.reduce(stream, size) == whole);
        }
        for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
            const auto reducer = chat->make_reducer();
            reducer->feed(std::string_view(stream).substr(0, cut));
            reducer->feed(std::string_view(stream).substr(cut));
            REQUIRE(reducer->finish() == whole);
        }
        const auto streamed = chat.answer_of(whole);
        const auto one_shot = chat.answer_of(R"({"message":)" + from.message + R"(,"done":true})");
        llm::request history;
        REQUIRE(chat->map_request(R"({"model":"m","messages":[)" + from.message + "]}", {}, history) ==
                map_error::none);
        INFO(merkle::event_content(streamed.choices.at(0).message.content));
        INFO(merkle::event_content(history.messages.at(0).content));
        CHECK(streamed.choices.at(0).message == one_shot.choices.at(0).message);
        CHECK(streamed.choices.at(0).message == history.messages.at(0));
        CHECK(streamed.choices.at(0).stop_reason == "stop");
        CHECK(streamed.model == "m1");
        CHECK(streamed.used.total_tokens == 6);
        CHECK(streamed.used.total_duration_ns == 9);
        CHECK(streamed.used.prompt_duration_ns == 3);
    }
}

TEST_CASE("a generated stream is the one-shot answer") {
    const std::string stream =
        generated(R"("response":"","thinking":"h")") + generated(R"("response":"","thinking":"m")") +
        generated(R"("response":"fo")") + generated(R"("response":"ur")") + generate_end;
    const std::string whole = generate.reduce(stream);
    for (std::size_t size = 1; size < 20; ++size) {
        REQUIRE(generate.reduce(stream, size) == whole);
    }
    const auto streamed = generate.answer_of(whole);
    const auto one_shot = generate.answer_of(R"({"thinking":"hm","response":"four","context":[1,2],)" + told);
    CHECK(streamed.choices.at(0).message == one_shot.choices.at(0).message);
    CHECK(streamed.choices.at(0).stop_reason == "stop");
    CHECK(streamed.used.total_tokens == one_shot.used.total_tokens);
}

TEST_CASE("an Ollama stream that breaks off is incomplete, and one that said nothing is empty") {
    const auto out = chat.answer_of(chat.reduce(piece(R"("content":"ha")") + R"({"model":"m1","mess)"));
    CHECK(out.choices.at(0).stop_reason == "incomplete");
    CHECK(out.choices.at(0).message.content.at(0).text == "ha");
    CHECK(chat.reduce("").empty());
    CHECK(chat.reduce("\n\nnot JSON\n[1]\n").empty());
    llm::answer nothing;
    CHECK(chat->map_answer(chat.reduce(chat_end), nothing) == map_error::empty);
    CHECK(generate->map_answer(generate.reduce(generate_end), nothing) == map_error::empty);
}

TEST_CASE("the last line of an Ollama stream needs no line end, and CRLF is one") {
    std::string stream = piece(R"("content":"a")") + chat_end;
    stream.pop_back();
    CHECK(chat.answer_of(chat.reduce(stream)).choices.at(0).stop_reason == "stop");
    stream.replace(stream.find('\n'), 1, "\r\n\r\n");
    CHECK(chat.answer_of(chat.reduce(stream, 1)).choices.at(0).message.content.at(0).text == "a");
}

TEST_CASE("an error line in an Ollama stream is told, and what was said before it stays") {
    const auto reducer = chat->make_reducer();
    reducer->feed(piece(R"("content":"ha")"));
    CHECK_FALSE(reducer->failed());
    reducer->feed("{\"error\":\"an error was encountered while running the model\"}\n");
    CHECK(reducer->failed());
    const auto out = chat.answer_of(reducer->finish());
    CHECK(out.choices.at(0).message.content.at(0).text == "ha");
    CHECK(out.choices.at(0).stop_reason == "incomplete");
}

TEST_CASE("100,000 tool calls of an Ollama stream fold in linear time, and held bytes grow with them") {
    const auto reducer = chat->make_reducer();
    for (int i = 0; i < 100'000; ++i) {
        reducer->feed(piece(R"("tool_calls":[{"function":{"name":"f"}}])"));
    }
    CHECK(reducer->held_bytes() > 1'000'000);
    CHECK(chat.answer_of(reducer->finish()).choices.at(0).message.content.size() == 100'000);
}

TEST_CASE("hostile lines are taken for what can be read of them") {
    const std::string deep = std::string(600, '[') + std::string(600, ']');
    for (const std::string& line :
         {std::string("{\"message\":7}"),
          std::string("{\"message\":{\"content\":[[],{}],\"tool_calls\":{}}}"),
          std::string("{\"message\":{\"content\":\"\\ud800\xFF\\u0000\"}}"),
          std::string("{\"done\":\"true\",\"done_reason\":{},\"model\":[],\"eval_count\":1e999}"),
          "{\"message\":{\"images\":" + deep + "}}", "{\"x\":" + deep + "}", std::string("{\"message\":"),
          std::string(100'000, '}')}) {
        INFO(line.substr(0, 80));
        for (const auto& api : {chat, generate}) {
            const auto reducer = api->make_reducer();
            reducer->feed(line + "\n" + piece(R"("content":"ok")") + generated(R"("response":"ok")"));
            llm::answer out;
            api->map_answer(reducer->finish(), out);
            const auto watch = api->make_end_watch({});
            CHECK(watch->feed(line).from == llm::end_mark::npos);
        }
    }
}

TEST_CASE("a generated stream that breaks off with nothing said is empty, whatever member it began with") {
    for (const std::string begun :
         {R"({"thinking":""})", R"({"image":""})", R"({"response":"","done":false})",
          R"({"model":"m","thinking":"","done":false})"}) {
        CAPTURE(begun);
        llm::answer nothing;
        CHECK(generate->map_answer(generate.reduce(begun + "\n"), nothing) == map_error::empty);
    }
}

TEST_CASE("what a generated stream says in the wrong type, or breaks off in, is left out") {
    for (const std::string wrong :
         {R"({"response":{"a":1},"done":false})", R"({"thinking":{"model":"x"},"done":false})",
          R"({"tool_calls":7,"done":false})", R"({"tool_calls":"7","done":false})", R"({"tool_calls":[tru)",
          R"({"tool_calls":"a"b)", R"({"image":nul)", R"({"image":{},"done":false})"}) {
        CAPTURE(wrong);
        CHECK(generate.reduce(wrong + "\n").empty());
        const auto out =
            generate.answer_of(generate.reduce(wrong + "\n" + R"({"response":"yes","done":true})" + "\n"));
        REQUIRE(out.choices.size() == 1);
        CHECK(out.choices[0].message.content.at(0).text == "yes");
        CHECK(out.choices[0].message.content.size() == 1);
    }
}

TEST_CASE("a message that is no object says nothing, and what is done stays so") {
    const auto folded = chat.reduce(piece(R"("content":"yes")") + "{\"message\":\"no\",\"done\":false}\n" +
                                    chat_end + "{\"done\":false}\n");
    const auto out = chat.answer_of(folded);
    REQUIRE(out.choices.size() == 1);
    CHECK(out.choices[0].stop_reason == "stop");
    CHECK(out.choices[0].message.content.at(0).text == "yes");
    CHECK(chat.reduce("{\"message\":\"no\",\"done\":false}\n").empty());
    llm::answer nothing;
    CHECK(generate->map_answer(generate.reduce("{\"done\":true}\n{\"done\":false}\n"), nothing) ==
          map_error::empty);
}

TEST_CASE("the watch holds from the line that says done, in any split") {
    const std::string before = piece(R"("content":"\"done\":true","x":{"done":true})") + "\n" +
                               R"({"done":false,"y":{"done":true}})" + "\n";
    const std::string stream = before + chat_end;
    CHECK(chat.hold_from(stream, stream.size()) == before.size());
    const std::size_t last = stream.size() - 2;  // the byte that makes the object whole
    for (std::size_t size = 1; size < stream.size(); ++size) {
        INFO(size);
        const std::size_t of_brace = last / size * size;
        const std::size_t of_line_end = (last + 1) / size * size;
        const std::size_t held = chat.hold_from(stream, size);
        // With the brace where that ends a read, else with the line end.
        const bool brace_ends_read = (last + 1) % size == 0;
        CHECK(held == std::max(before.size(), brace_ends_read ? of_brace : of_line_end));
    }
    CHECK(chat.hold_from(before, 7) == llm::end_mark::npos);
}

TEST_CASE("the watch holds from an error, and from an object whose line has not ended") {
    const std::string before = piece(R"("content":"a")");
    CHECK(chat.hold_from(before + "{\"error\":\"x\"}\n", 9999) == before.size());
    CHECK(chat.hold_from(before + chat_end.substr(0, chat_end.size() - 1), 9999) == before.size());
    const auto watch = chat->make_end_watch({});
    CHECK(watch->feed(before + R"({"message":{},"do)").from == llm::end_mark::npos);
    CHECK(watch->feed(R"(ne": true})").from == 0);
    CHECK(watch->feed(chat_end).from == llm::end_mark::npos);
}

TEST_CASE("an Ollama message that breaks off behind a call has made it") {
    const auto& api = *llm::find_api("POST", "/api/chat");
    const auto reducer = api.make_reducer();
    reducer->feed(R"({"model":"m","message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":)"
                  "{\"a\":1}}}\n");
    llm::answer answered;
    REQUIRE(api.map_answer(reducer->finish(), answered) == llm::map_error::none);
    const auto& content = answered.choices.at(0).message.content;
    REQUIRE(content.size() == 1);
    CHECK(content[0].tool_name == "f");
    CHECK(content[0].tool_input == R"({"a":1})");
}

}  // namespace tapes::llm::ollama_stream_test
