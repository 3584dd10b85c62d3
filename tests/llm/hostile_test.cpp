// What each API must survive: a clear error or a turn whose rows are whole, in bounded time.
#include <tapes/llm/api.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>
#include <processor_time.hpp>
#include <sanitized.hpp>

#include <string>
#include <vector>

namespace tapes::llm::hostile_test {

using namespace tapes;
using llm::map_error;

namespace {

/// Of each test and API. With sanitizers some take 9 s of a processor that nobody shares.
constexpr double bound_seconds = tapes::test::sanitized ? 20 : 10;
constexpr int many = 100'000;

/// How an API says things: what stands before and behind a JSON value of any kind, or the inside of a string.
struct dialect {
    std::string path;
    std::string request_value[2];
    std::string request_text[2];
    std::string answer_text[2];
    std::string stream_begin;
    std::string
        stream_fragment[2];  ///< of a tool's arguments (or of text), around the inside of a JSON string
    std::string stream_end;
};

std::vector<dialect> dialects() {
    return {
        {"/v1/chat/completions",
         {R"({"model":"m","messages":[{"role":"user","content":[{"type":"x","v":)", "}]}]}"},
         {R"({"model":"m","messages":[{"role":"user","content":")", "\"}]}"},
         {R"({"choices":[{"message":{"role":"assistant","content":")", "\"}}]}"},
         "data: "
         "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\"}}]"
         "}}]}\n\n",
         {"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"",
          "\"}}]}}]}\n\n"},
         "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"},
        {"/v1/responses",
         {R"({"model":"m","input":[{"type":"x","v":)", "}]}"},
         {R"({"model":"m","input":")", "\"}"},
         {R"({"object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":")",
          "\"}]}]}"},
         "data: {\"type\":\"response.created\",\"response\":{\"id\":\"r\",\"output\":[]}}\n\ndata: "
         "{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":{\"id\":\"i\",\"type\":"
         "\"function_call\","
         "\"call_id\":\"c\",\"name\":\"f\",\"arguments\":\"\"}}\n\n",
         {"data: "
          "{\"type\":\"response.function_call_arguments.delta\",\"item_id\":\"i\",\"output_index\":0,"
          "\"delta\":\"",
          "\"}\n\n"},
         ""},
        {"/v1/messages",
         {R"({"model":"m","messages":[{"role":"user","content":[{"type":"x","v":)", "}]}]}"},
         {R"({"model":"m","messages":[{"role":"user","content":")", "\"}]}"},
         {R"({"type":"message","role":"assistant","content":[{"type":"text","text":")", "\"}]}"},
         "data: {\"type\":\"message_start\",\"message\":{\"role\":\"assistant\",\"content\":[]}}\n\ndata: "
         "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"id\":"
         "\"t\",\"name\":"
         "\"f\",\"input\":{}}}\n\n",
         {"data: "
          "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_"
          "json\":\"",
          "\"}}\n\n"},
         "data: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: "
         "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n"},
        {"/api/chat",
         {R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"v":)",
          "}}}]}]}"},
         {R"({"model":"m","messages":[{"role":"user","content":")", "\"}]}"},
         {R"({"message":{"role":"assistant","content":")", "\"},\"done\":true}"},
         "",
         {"{\"message\":{\"role\":\"assistant\",\"content\":\"", "\"},\"done\":false}\n"},
         "{\"message\":{\"role\":\"assistant\",\"content\":\"\"},\"done\":true}\n"},
        {"/api/generate",
         {R"({"model":"m","prompt":"a","context":)", "}"},
         {R"({"model":"m","prompt":")", "\"}"},
         {R"({"response":")", "\",\"done\":true}"},
         "",
         {"{\"response\":\"", "\",\"done\":false}\n"},
         "{\"response\":\"\",\"done\":true}\n"},
        {"/v1beta/models/m:streamGenerateContent",
         {R"({"model":"m","contents":[{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"v":)",
          "}}}]}]}"},
         {R"({"model":"m","contents":[{"role":"user","parts":[{"text":")", "\"}]}]}"},
         {R"({"candidates":[{"content":{"parts":[{"text":")", "\"}]}}]}"},
         "",
         {"data: {\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"", "\"}]}}]}\n\n"},
         "data: {\"candidates\":[{\"finishReason\":\"STOP\"}]}\n\n"},
    };
}

template <class Check>
void for_each_api(Check&& check) {
    for (const auto& how : dialects()) {
        const auto& api = *llm::find_api("POST", how.path);
        CAPTURE(api.name);
        check(api, how);
    }
}

std::string around(const std::string (&ends)[2], std::string_view inside) {
    return ends[0] + std::string(inside) + ends[1];
}

std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) {
        text.append(open);
    }
    text.append("1");
    for (std::size_t i = 0; i < depth; ++i) {
        text.append(close);
    }
    return text;
}

void check_row(const merkle::message& said) {
    const merkle::identity identity{"m", "p", ""};
    const auto node = merkle::make_node({}, identity, said);
    std::string repaired;
    merkle::append_utf8(repaired, node.content);
    CHECK(repaired == node.content);
    CHECK(merkle::hash_stored({}, identity, node.role, node.content) == node.position.hash);
}

map_error map_request(const llm::api& api, std::string_view body) {
    llm::request mapped;
    const auto error = api.map_request(body, {}, mapped);
    if (error == map_error::none) {
        for (const auto& said : mapped.messages) {
            check_row(said);
        }
    }
    CHECK(api.expected_choices(body) >= 1);
    return error;
}

map_error map_answer(const llm::api& api, std::string_view body) {
    llm::answer mapped;
    const auto error = api.map_answer(body, mapped);
    if (error == map_error::none) {
        for (const auto& one : mapped.choices) {
            check_row(one.message);
        }
    }
    return error;
}

std::string reduce(const llm::api& api, std::string_view stream) {
    const auto reducer = api.make_reducer();
    reducer->feed(stream);
    return reducer->finish();
}

}  // namespace

TEST_CASE("nesting around 512 maps to whole rows or is too deep, and beyond it is refused in bounded time") {
    for_each_api([](const llm::api& api, const dialect& how) {
        const processor_time spent;
        for (const std::size_t depth : {1U, 500U, 505U, 506U, 507U, 508U, 509U, 510U, 511U, 512U, 513U}) {
            CAPTURE(depth);
            for (const auto& value : {nested(depth, "[", "]"), nested(depth, R"({"a":)", "}")}) {
                const auto error = map_request(api, around(how.request_value, value));
                CHECK((error == map_error::none || (depth > 500 && error == map_error::too_deep)));
            }
        }
        if (how.path != "/api/generate") {  // its `context` is not read
            CHECK(map_request(api, around(how.request_value, nested(600, "[", "]"))) == map_error::too_deep);
            CHECK(map_request(api, around(how.request_value, nested(many, "[", "]"))) == map_error::too_deep);
            CHECK(map_request(api, around(how.request_value, nested(many, R"({"a":)", "}"))) ==
                  map_error::too_deep);
        }
        CHECK(map_request(api, how.request_value[0] + std::string(many, '[')) != map_error::none);
        CHECK(map_request(api, std::string(many, '[')) != map_error::none);
        CHECK(map_request(api, std::string(many, '{')) != map_error::none);
        CHECK(map_answer(api, nested(many, R"({"a":)", "}")) != map_error::none);
        CHECK(spent.seconds() < bound_seconds);
    });
}

TEST_CASE("numbers of any size and length are kept or refused, in bounded time") {
    const std::string digits(1'000'000, '7');
    for_each_api([&](const llm::api& api, const dialect& how) {
        const processor_time spent;
        for (const auto& number :
             std::vector<std::string>{"1e400", "-1e400", "1" + std::string(400, '0'), digits, "0." + digits,
                                      "1e-9999999999", "9007199254740993", "-0"}) {
            CHECK(map_request(api, around(how.request_value, number)) == map_error::none);
        }
        for (const auto& number :
             std::vector<std::string>{"01", "1.", "+1", ".5", "1e", "NaN", "Infinity", "0x1"}) {
            const auto error = map_request(api, around(how.request_value, number));
            CHECK((error == map_error::not_json || how.path == "/api/generate"));
        }
        CHECK(spent.seconds() < bound_seconds);
    });
}

TEST_CASE("NUL, lone surrogates and invalid UTF-8 are taken in requests, answers and streams") {
    for_each_api([](const llm::api& api, const dialect& how) {
        for (const auto& text : std::vector<std::string>{
                 R"(a\u0000b)", R"(\ud800)", R"(\udc00\ud800x)", "\xff\xfe", "\xc0\xaf", "\xed\xa0\x80",
                 "\xf0\x9f\x98", "\xf4\x90\x80\x80", R"(\ud83d\u0041)"}) {
            CAPTURE(text);
            CHECK(map_request(api, around(how.request_text, text)) == map_error::none);
            CHECK(map_request(api, around(how.request_value, "\"" + text + "\"")) == map_error::none);
            CHECK(map_answer(api, around(how.answer_text, text)) == map_error::none);
            const auto whole =
                reduce(api, how.stream_begin + around(how.stream_fragment, text) + how.stream_end);
            CHECK(map_answer(api, whole) == map_error::none);
        }
    });
}

TEST_CASE("a raw NUL or control character, and what is no JSON, is refused") {
    using std::string_literals::operator""s;
    for_each_api([](const llm::api& api, const dialect& how) {
        for (const auto& text : {"\0"s, "\x01"s, "\n"s, "\\x"s, "\\u12"s, "\""s}) {
            CHECK(map_request(api, around(how.request_text, text)) != map_error::none);
        }
        for (const auto& body :
             {""s, " "s, "\0"s, "{"s, "{}{}"s, "[]"s, "null"s, "\xef\xbb\xbf"s, "{\"model\""s}) {
            CHECK(map_request(api, body) != map_error::none);
            CHECK(map_answer(api, body) != map_error::none);
        }
    });
}

TEST_CASE("100,000 fragments fold into one, cut at any place, in bounded time") {
    for_each_api([](const llm::api& api, const dialect& how) {
        const processor_time spent;
        const auto reducer = api.make_reducer();
        reducer->feed(how.stream_begin);
        const auto fragment = around(how.stream_fragment, "ab");
        for (int i = 0; i < many; ++i) {
            reducer->feed(fragment);
        }
        CHECK(reducer->held_bytes() >= 2U * many);
        reducer->feed(how.stream_end);
        const auto whole = reducer->finish();
        llm::answer mapped;
        REQUIRE(api.map_answer(whole, mapped) == map_error::none);
        std::size_t said = 0;
        for (const auto& block : mapped.choices.at(0).message.content) {
            said += block.text.size() + block.raw.size() + block.tool_input.size();
        }
        CHECK(said >= 2U * many);
        CHECK(spent.seconds() < bound_seconds);
    });
}

TEST_CASE("one event of 4 MB that comes in pieces of 7 bytes is folded and watched in bounded time") {
    const std::string text(4'000'000, 'x');
    for_each_api([&](const llm::api& api, const dialect& how) {
        const auto stream = how.stream_begin + around(how.stream_fragment, text) + how.stream_end;
        const processor_time spent;
        const auto reducer = api.make_reducer();
        const auto watch = api.make_end_watch([] { return std::size_t{1}; });
        for (std::size_t at = 0; at < stream.size(); at += 7) {
            reducer->feed(std::string_view{stream}.substr(at, 7));
            (void)watch->feed(std::string_view{stream}.substr(at, 7));
        }
        CHECK(map_answer(api, reducer->finish()) == map_error::none);
        CHECK(spent.seconds() < bound_seconds);
    });
}

TEST_CASE("100,000 repeated keys are read in bounded time, and the request is as the last says") {
    for_each_api([](const llm::api& api, const dialect& how) {
        std::string same;
        for (int i = 0; i < many; ++i) {
            same += R"("model":"x","stream":true,)";
        }
        const auto body = around(how.request_text, "hello");
        const processor_time spent;
        llm::request mapped;
        CHECK(llm::map_request(api, llm::facts_of(api, how.path), "{" + same + body.substr(1), {}, mapped) ==
              map_error::none);
        CHECK(mapped.model == "m");
        CHECK(mapped.streamed);
        CHECK(spent.seconds() < bound_seconds);
    });
}

TEST_CASE("a stream of broken events folds into nothing or what was said, in bounded time") {
    for_each_api([](const llm::api& api, const dialect& how) {
        std::string broken;
        for (int i = 0; i < 20'000; ++i) {
            broken += "data: {\"choices\":[{\"delta\":\n\ndata: [\n{]}\ndata\n\n";
        }
        const processor_time spent;
        const auto whole = reduce(api, how.stream_begin + around(how.stream_fragment, "hello") + broken);
        CHECK(map_answer(api, whole) == map_error::none);
        (void)reduce(api, broken);
        (void)reduce(api, std::string(many, '\n') + std::string(many, '{'));
        CHECK(spent.seconds() < bound_seconds);
    });
}

TEST_CASE("arguments that are nested too deep to be looked through, and break off, stay text") {
    for (
        const auto& stream :
        {R"(data: {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"toolUse":{"name":"f","input":"@"}}}})",
         R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"@"}})",
         R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"@"}}]}}]})"}) {
        std::string text{stream};
        const auto* const path = text.find("toolUse") != std::string::npos        ? "/model/m/converse-stream"
                                 : text.find("partial_json") != std::string::npos ? "/v1/messages"
                                                                                  : "/v1/chat/completions";
        text.replace(text.find('@'), 1, std::string(600, '['));
        const auto& api = *llm::find_api("POST", path);
        const auto whole = reduce(api, text + "\n\n");
        INFO(whole);
        std::string canonical;
        CHECK(merkle::canonicalize(whole, canonical) == merkle::canonical_error::none);
        CHECK(map_answer(api, whole) == map_error::none);
    }
}

TEST_CASE("results within results are read once, however deep they stand") {
    std::string text = R"({"contents":[{"parts":)";
    std::string end;
    for (int i = 0; i < 300; ++i) {
        text += R"([{"functionResponse":{"name":"f","parts":)";
        end += "}}]";
    }
    text += R"([{"other":[0)";
    for (int i = 0; i < 200'000; ++i) {
        text += ",0";
    }
    text.append("]}]").append(end).append("}]}");
    const processor_time spent;
    request asked;
    (void)llm::find_api("POST", "/v1beta/models/m:generateContent")->map_request(text, {}, asked);
    CHECK(spent.seconds() < bound_seconds);
}

TEST_CASE("a broken figure in the last line of an Ollama stream does not cost what was said") {
    for (const auto& stream : {R"({"message":{"role":"assistant","content":"a"},"done":false})",
                               R"({"response":"a","done":false})"}) {
        const auto& api = *llm::find_api(
            "POST", std::string_view{stream}.starts_with("{\"m") ? "/api/chat" : "/api/generate");
        CHECK(map_answer(api, reduce(api, std::string{stream} + "\n{\"done\":true,\"eval_count\":2x}\n")) ==
              map_error::none);
    }
}

}  // namespace tapes::llm::hostile_test
