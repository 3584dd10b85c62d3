// Pieces that arrive oddly, in every API: cut characters, snapshots, and figures that are not filled in.
#include "every_api.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm::odd_pieces_test {

using namespace tapes;
using namespace test;

namespace {

std::string event(const std::string& json) {
    return "data: " + json + "\n\n";
}

/// A place in a stream of an API where text comes in pieces. A piece stands in JSON as it is given.
struct place {
    const test::tested_api& api;
    std::string name;
    std::string before;  ///< of a piece, in its event or line
    std::string after;
    bool holds_json = false;  ///< the text is a call's arguments
    std::string start = {};   ///< of the stream

    std::string stream(const std::vector<std::string>& pieces) const {
        const bool lines = api->name.starts_with("ollama");
        std::string all = start;
        for (const std::string& piece : pieces) {
            const std::string json = before + piece + after;
            all += lines ? json + "\n" : event(json);
        }
        return all;
    }

    /// What the answer says, in the form of events.
    std::string said(const std::vector<std::string>& pieces) const {
        const std::string all = stream(pieces);
        const std::string whole = api.reduce(all);
        for (const std::size_t size : {1U, 2U, 3U, 7U}) {
            REQUIRE(api.reduce(all, size) == whole);
        }
        const auto out = api.answer_of(whole);
        REQUIRE(out.choices.size() == 1);
        return merkle::event_content(out.choices[0].message.content);
    }
};

std::vector<place> places() {
    const std::string delta = R"({"choices":[{"index":0,"delta":{)";
    const std::string block = R"({"type":"content_block_delta","index":0,"delta":{"type":)";
    return {
        {chat, "content", delta + R"("content":")", R"("}}]})"},
        {chat, "a part of the content", delta + R"("content":[{"type":"text","text":")", R"("}]}}]})"},
        {chat, "reasoning", delta + R"("reasoning_content":")", R"("}}]})"},
        {chat, "details of reasoning",
         delta + R"("reasoning_details":[{"type":"reasoning.text","index":0,"text":")", R"("}]}}]})"},
        {chat, "refusal", delta + R"("refusal":")", R"("}}]})"},
        {chat, "arguments",
         delta + R"("tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":")", R"("}}]}}]})",
         true},
        {chat, "arguments of a call that has begun",
         delta + R"("tool_calls":[{"index":0,"function":{"arguments":")", R"("}}]}}]})", true,
         event(delta + R"("tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}}]})")},
        {chat, "arguments of the old call", delta + R"("function_call":{"name":"f","arguments":")",
         R"("}}}]})", true},
        {responses, "text", R"({"type":"response.output_text.delta","output_index":0,"delta":")", "\"}"},
        {responses, "refusal", R"({"type":"response.refusal.delta","output_index":0,"delta":")", "\"}"},
        {responses, "reasoning", R"({"type":"response.reasoning_text.delta","output_index":0,"delta":")",
         "\"}"},
        {responses, "summary",
         R"({"type":"response.reasoning_summary_text.delta","output_index":0,"summary_index":0,"delta":")",
         "\"}"},
        {responses, "arguments",
         R"({"type":"response.function_call_arguments.delta","output_index":0,"delta":")", "\"}", true},
        {responses, "input", R"({"type":"response.custom_tool_call_input.delta","output_index":0,"delta":")",
         "\"}"},
        {messages, "text", block + R"("text_delta","text":")", "\"}}"},
        {messages, "thinking", block + R"("thinking_delta","thinking":")", "\"}}"},
        {messages, "input", block + R"("input_json_delta","partial_json":")", "\"}}", true,
         event(
             R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","name":"f","input":{}}})")},
        {ollama, "content", R"({"message":{"content":")", R"("},"done":false})"},
        {ollama, "thinking", R"({"message":{"thinking":")", R"("},"done":false})"},
        {ollama, "arguments as text", R"({"message":{"tool_calls":[{"function":{"name":"f","arguments":")",
         R"("}}]}})", true},
        {generate, "response", R"({"response":")", R"(","done":false})"},
        {generate, "thinking", R"({"thinking":")", R"(","done":false})"},
    };
}

/// Puts pieces of a text into a call's arguments, as the value of a member.
std::vector<std::string> in_json(std::vector<std::string> pieces) {
    pieces.front() = R"({\"a\":\")" + pieces.front();
    pieces.back() += R"(\"})";
    return pieces;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a surrogate pair cut between two pieces is one character, in every place of every API") {
    struct sample {
        std::vector<std::string> pieces;
        std::string text;
    };
    for (const place& one : places()) {
        for (const sample& from : std::vector<sample>{
                 {{R"(ok \ud83d)", R"(\ude00!)"}, "ok \U0001F600!"},
                 {{R"(ok \uD83D)", "", R"(\uDE00)"}, "ok \U0001F600"},
                 {{R"(\ud83d)", R"(\ude00\ud83d)", R"(\ude01)"}, "\U0001F600\U0001F601"},
                 {{R"(a\ud83d)", "b"}, "a\uFFFDb"},
                 {{"a", R"(\ude00b)"}, "a\uFFFDb"},
                 {{R"(a\ud83d)", R"(\ud83d)", R"(\ude00)"}, "a\uFFFD\U0001F600"},
                 {{R"(a\ude00)", R"(\ud83d)", "b"}, "a\uFFFD\uFFFDb"},
                 {{R"(\ud83d\ude00 )", "\U0001F601", R"(\u00e9)"}, "\U0001F600 \U0001F601\u00e9"}}) {
            INFO(one.api->name << ", " << one.name << ": " << from.pieces.front());
            const std::string said = one.said(one.holds_json ? in_json(from.pieces) : from.pieces);
            INFO(said);
            CHECK(has(said, from.text));
            CHECK(has(said, "\uFFFD") == has(from.text, "\uFFFD"));
        }
        if (!one.holds_json) {  // a backslash, and what only looks like half a character
            CHECK(has(one.said({R"(a\\ud83d)", R"(\\ude00)"}), R"(a\\ud83d\\ude00)"));
        }
    }
}

TEST_CASE("a text cut at any of its UTF-16 units is the text") {
    const std::u16string units = u"a\U0001F600\U0001F601 \u00e9b\U0001F44D\U0001F3FD";
    const auto piece = [&units](std::size_t from, std::size_t to) {
        std::string json;
        for (; from < to; ++from) {
            constexpr std::string_view digits = "0123456789abcdef";
            json += "\\u";
            for (int shift = 12; shift >= 0; shift -= 4) {
                json += digits[units[from] >> shift & 0xF];
            }
        }
        return json;
    };
    for (const place& one : places()) {
        for (std::size_t first = 0; first <= units.size(); ++first) {
            for (std::size_t second = first; second <= units.size(); ++second) {
                const std::vector<std::string> pieces{piece(0, first), piece(first, second),
                                                      piece(second, units.size())};
                INFO(one.api->name << ", " << one.name << ": " << first << ", " << second);
                const auto out =
                    one.api.answer_of(one.api.reduce(one.stream(one.holds_json ? in_json(pieces) : pieces)));
                REQUIRE(has(merkle::event_content(out.choices.at(0).message.content),
                            "a\U0001F600\U0001F601 \u00e9b\U0001F44D\U0001F3FD"));
            }
        }
    }
}

TEST_CASE("snapshots in place of deltas are told where they cannot be deltas") {
    const std::vector<std::vector<std::string>> snapshots{
        {"The sky", "The sky is", "The sky is blue", "The sky is blue today."},
        {"", "The", "The sky", "The sky", "The sky is blue", "The sky is blue today.",
         "The sky is blue today."},
        {R"(The sky is blue\ud83d)", R"(The sky is blue\ud83d\ude00 t)",
         R"(The sky is blue\ud83d\ude00 today.)", R"(The sky is blue\ud83d\ude00 today. Yes.)"}};
    for (const place& one : places()) {
        for (const auto& pieces : snapshots) {
            if (one.holds_json) {
                continue;
            }
            INFO(one.api->name << ", " << one.name << ": " << one.said(pieces));
            CHECK(has(one.said(pieces), "today."));
            CHECK(one.said(pieces) == one.said({pieces.back()}));
        }
        if (one.holds_json) {
            INFO(one.api->name << ", " << one.name);
            CHECK(one.said({R"({\"a\")", R"({\"a\":1)", R"({\"a\":1})"}) == one.said({R"({\"a\":1})"}));
            CHECK(one.said({R"({)", R"({\"a\":1})", R"({\"a\":1})"}) == one.said({R"({\"a\":1})"}));
        }
    }
}

TEST_CASE("what repeats itself is no snapshot") {
    for (const place& one : places()) {
        for (const auto& pieces : std::vector<std::vector<std::string>>{
                 {"ha", "ha", "ha", "ha", "ha"},
                 {"ha", "haha", "hahaha", "hahahaha", "hahahahaha"},
                 {"1", "12", "123", "1234", "12345", "123456"},
                 {" h", " he", " hel", " hell", " hello"},
                 {"no ", "no no ", "no no no ", "no no no no ", "no no no no no "},
                 {"=", "==", "====", "========", "================", "================================"},
                 {" ", "  ", "    ", "      ", "        x y"},
                 {"The sky", "The sky is", "The sky is blue"},
                 {"The sky", "The sky is", "The sky is blue", "The sky is blue today.", "So."},
                 {"So.", "The sky", "The sky is", "The sky is blue", "The sky is blue today."}}) {
            std::string all;
            for (const std::string& piece : pieces) {
                all += piece;
            }
            INFO(one.api->name << ", " << one.name << ": " << all);
            const auto whole = one.holds_json ? in_json({all}) : std::vector<std::string>{all};
            CHECK(one.said(one.holds_json ? in_json(pieces) : pieces) == one.said(whole));
        }
    }
}

namespace {

struct ending {
    const test::tested_api& api;
    std::string name;
    std::string told;  ///< with ids, reason and usage
    std::string nothing;
};

std::string chat_chunk(const std::string& members) {
    return event(R"({"id":"r1","model":"m1",)" + members + "}");
}

std::vector<ending> endings() {
    const std::string said = chat_chunk(R"("choices":[{"index":0,"delta":{"content":"a"}}])");
    const std::string told =
        said + chat_chunk(R"("choices":[{"index":0,"delta":{},"finish_reason":"length"}],)"
                          R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,)"
                          R"("prompt_tokens_details":{"cached_tokens":1}})");
    std::vector<ending> all;
    for (const std::string usage :
         {"null", "{}", R"({"prompt_tokens":0,"completion_tokens":0,"total_tokens":0})",
          R"({"prompt_tokens":0.0,"prompt_tokens_details":{"cached_tokens":0}})",
          R"({"prompt_tokens":null,"prompt_tokens_details":null})", R"({"completion_tokens":2.0})"}) {
        for (const std::string reason : {"null", R"("")", R"("null")"}) {
            all.push_back(
                {chat, "usage " + usage, told,
                 event(R"({"id":"","model":"null","choices":[{"index":0,"delta":{},"finish_reason":)" +
                       reason + "}],\"usage\":" + usage + "}")});
        }
    }
    const std::string start =
        event(R"({"type":"message_start","message":{"id":"r1","model":"m1","role":"assistant","content":[],)"
              R"("usage":{"input_tokens":2,"cache_read_input_tokens":1,"output_tokens":1}}})");
    const std::string text =
        event(R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}})");
    const std::string stop =
        event(R"({"type":"message_delta","delta":{"stop_reason":"length"},"usage":{"output_tokens":2}})");
    for (const std::string usage : {"null", "{}", R"({"input_tokens":0,"output_tokens":0})",
                                    R"({"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":2})"}) {
        all.push_back(
            {messages, "usage " + usage, start + text + stop,
             event(R"({"type":"message_delta","delta":{"stop_reason":"null"},"usage":)" + usage + "}") +
                 event(R"({"type":"message_stop"})")});
        all.push_back(
            {messages, "message with usage " + usage, start + text + stop,
             event(R"({"type":"message_stop","message":{"id":"","model":"","stop_reason":"","usage":)" +
                   usage + "}}")});
    }
    const auto response = [](const std::string& type, const std::string& members) {
        return event(R"({"type":"response.)" + type + R"(","response":{)" + members + "}}");
    };
    const std::string whole =
        R"("id":"r1","model":"m1","status":"incomplete","incomplete_details":{"reason":"length"},)"
        R"("output":[{"type":"message","role":"assistant","content":"a"}],)"
        R"("usage":{"input_tokens":3,"input_tokens_details":{"cached_tokens":1},"output_tokens":2,"total_tokens":5})";
    for (const std::string nothing :
         {R"("id":"","model":"null","output":[],"usage":{})",
          R"("id":null,"model":null,"status":null,"incomplete_details":null,"usage":null)",
          R"("status":"null","output":[],"usage":{"input_tokens":0,"output_tokens":0,"total_tokens":0})"}) {
        all.push_back({responses, nothing, response("incomplete", whole), response("done", nothing)});
    }
    const std::string counts = R"("done":true,"done_reason":"length","prompt_eval_count":3,"eval_count":2})"
                               "\n";
    for (const std::string nothing :
         {R"({"done":true,"done_reason":"","prompt_eval_count":0,"eval_count":0})", R"({"model":"null"})",
          R"({"model":"","done":false,"done_reason":"null","prompt_eval_count":null,"eval_count":0.0})"}) {
        all.push_back(
            {ollama, nothing, R"({"model":"m1","message":{"content":"a"},)" + counts, nothing + "\n"});
        all.push_back({generate, nothing, R"({"model":"m1","response":"a",)" + counts, nothing + "\n"});
    }
    return all;
}

}  // namespace

TEST_CASE("what comes last and tells nothing overwrites nothing, in every API") {
    for (const ending& one : endings()) {
        INFO(one.api->name << ": " << one.name);
        const auto told = one.api.answer_of(one.api.reduce(one.told));
        const auto out = one.api.answer_of(one.api.reduce(one.told + one.nothing));
        CHECK(told.model == "m1");
        CHECK(told.choices.at(0).stop_reason == "length");
        CHECK(told.used.prompt_tokens == 3);
        CHECK(told.used.total_tokens == 5);
        CHECK(out.id == told.id);
        CHECK(out.model == told.model);
        CHECK(out.used == told.used);
        CHECK(out.choices.at(0).stop_reason == told.choices[0].stop_reason);
        CHECK(out.choices[0].message == told.choices[0].message);
    }
}

TEST_CASE("a figure that comes later replaces one, and leaves those that it says nothing of") {
    const auto used = [](const std::string& first, const std::string& second) {
        const std::string said =
            chat_chunk(R"("choices":[{"index":0,"delta":{"content":"a"}}],"usage":)" + first);
        return chat.answer_of(chat.reduce(said + chat_chunk(R"("choices":[],"usage":)" + second))).used;
    };
    const auto both = used(R"({"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":2}})",
                           R"({"completion_tokens":4,"completion_tokens_details":{"reasoning_tokens":1}})");
    CHECK(both.prompt_tokens == 3);
    CHECK(both.cache_read_input_tokens == 2);
    CHECK(both.completion_tokens == 4);
    CHECK(both.reasoning_tokens == 1);
    // A total that leaves out a part is none.
    for (const std::string later :
         {R"({"prompt_tokens":3,"completion_tokens":0,"total_tokens":3})",
          R"({"prompt_tokens":3,"total_tokens":3})", R"({"completion_tokens":2,"total_tokens":2})"}) {
        CHECK(used(R"({"prompt_tokens":3,"completion_tokens":2,"total_tokens":5})", later).total_tokens == 5);
    }
    CHECK(used(R"({"prompt_tokens":9,"completion_tokens":2,"total_tokens":11})",
               R"({"prompt_tokens":3,"completion_tokens":2,"total_tokens":5})")
              .total_tokens == 5);
    // A zero counts beside a prompt that was counted.
    CHECK(used(R"({"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":2}})",
               R"({"prompt_tokens":3,"prompt_tokens_details":{"cached_tokens":0}})")
              .cache_read_input_tokens == 0);
}

TEST_CASE("an empty value before or behind a call's arguments says nothing") {
    for (const place& one : places()) {
        const bool named = one.name == "arguments" && &one.api == &chat;
        if (!one.holds_json || named || one.api->name.starts_with("ollama")) {
            continue;  // behind whole arguments a name begins a call
        }
        INFO(one.api->name << ", " << one.name);
        const std::string call = R"({\"x\":1})";
        for (const auto& pieces : std::vector<std::vector<std::string>>{
                 {"{}", call}, {call, "{}"}, {"null", R"({\"x\")", ":1}"}, {"{}", "{}", call, "null"}}) {
            CHECK(one.said(pieces) == one.said({call}));
        }
        CHECK(one.said({"{}", "{}"}) == one.said({"{}"}));
        // What is cut off stays as it came.
        CHECK(has(one.said({"{}", R"({\"x\":)"}), R"("raw":"{}{\"x\":")"));
        CHECK(has(one.said({R"({\"x\":{})"}), R"("raw":"{\"x\":{}")"));
    }
}

TEST_CASE("an event stream may begin with a mark, comments and fields that are no data") {
    const std::vector<std::pair<const test::tested_api&, std::string>> said{
        {chat, R"({"choices":[{"index":0,"delta":{"content":"a"}}]})"},
        {responses, R"({"type":"response.output_text.delta","output_index":0,"delta":"a"})"},
        {messages, R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}})"},
        {ollama, R"({"message":{"content":"a"}})"},
        {generate, R"({"response":"a"})"}};
    for (const auto& [api, json] : said) {
        for (const std::string before :
             {"", "\xEF\xBB\xBF", ": hello\n\n", "\xEF\xBB\xBF: hello\n", "id: 1\nretry: 3000\n",
              "retry: 1\n\n", "\xEF\xBB\xBFid: {\n", "event: message\n"}) {
            const std::string stream = before + "data: " + json + "\n\n: bye\n\ndata: [DONE]\n\n";
            INFO(stream);
            for (std::size_t piece = 1; piece < 5; ++piece) {
                const auto out = api.answer_of(api.reduce(stream, piece));
                CHECK(merkle::event_content(out.choices.at(0).message.content) ==
                      R"([{"type":"text","text":"a"}])");
            }
        }
    }
}

TEST_CASE("a body behind a byte order mark is the body, in requests and answers of every API") {
    const std::string mark = "\xEF\xBB\xBF";
    for (const auto& [api, request, answer] :
         std::vector<std::tuple<const test::tested_api&, std::string, std::string>>{
             {chat, R"({"model":"m","messages":[{"role":"user","content":"q"}]})",
              R"({"choices":[{"message":{"content":"a"}}]})"},
             {responses, R"({"model":"m","input":"q"})",
              R"({"output":[{"type":"message","role":"assistant","content":"a"}]})"},
             {messages, R"({"model":"m","messages":[{"role":"user","content":"q"}]})", R"({"content":"a"})"},
             {ollama, R"({"model":"m","messages":[{"role":"user","content":"q"}]})",
              R"({"message":{"content":"a"}})"},
             {generate, R"({"model":"m","prompt":"q"})", R"({"response":"a"})"}}) {
        INFO(api->name);
        CHECK(api.request_of(mark + request).messages == api.request_of(request).messages);
        CHECK(api.answer_of(mark + answer).choices.at(0).message ==
              api.answer_of(answer).choices.at(0).message);
        CHECK(api.answer_error(mark + "<html>") == map_error::not_json);
        CHECK(api.answer_error(mark) == map_error::not_json);
    }
}

}  // namespace tapes::llm::odd_pieces_test
