// The work on an exchange, counted in steps, grows with its bytes, whatever shape they have.
#include "turns.hpp"

#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tapes::record::work_test {

using namespace tapes;
using namespace tapes::record::test;

namespace {

/// The most steps for a byte: each is read, redacted, parsed, hashed, written and compressed, some twice.
constexpr double most_steps = 64;

using numbered = std::function<std::string(std::size_t number)>;

/// Pieces with their numbers between `start` and `end`, up to a size.
std::string filled(const std::string& start, const numbered& piece, std::size_t size,
                   const std::string& end) {
    auto text = start;
    for (std::size_t i = 0; text.size() < size; ++i) {
        text += (i > 0 ? "," : "") + piece(i);
    }
    return text + end;
}

std::string lines(const numbered& piece, std::size_t size, const std::string& end) {
    std::string text;
    for (std::size_t i = 0; text.size() < size; ++i) {
        text += piece(i);
    }
    return text + end;
}

numbered same(const std::string& piece) {
    return [piece](std::size_t) { return piece; };
}

std::string nested(std::size_t size) {
    constexpr std::size_t depth = 400;
    return filled("", same(std::string(depth, '[') + "1" + std::string(depth, ']')), size, "");
}

struct shape {
    std::string name;
    api_case api;
    std::string request;
    std::string answer;
    std::string head;  ///< more fields of the request
    bool streamed = false;
};

const std::string ask_chat = R"({"model":"m","messages":[{"role":"user","content":"hi"}])";
const std::string ask_messages = R"({"model":"m","max_tokens":9,"messages":[{"role":"user","content":"hi"}])";
const std::string ask_responses = R"({"model":"m","input":"hi")";
const std::string said_messages =
    R"({"id":"m1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"yes"}]})";
const std::string said_responses =
    R"({"id":"r","object":"response","status":"completed","model":"m","output":[{"type":"message","id":"i",)"
    R"("role":"assistant","status":"completed","content":[{"type":"output_text","text":"yes"}]}]})";

const std::string ask_ollama = R"({"model":"m","messages":[{"role":"user","content":"hi"}])";
const std::string ask_generate = R"({"model":"m","prompt":"hi")";
const std::string said_ollama = R"({"model":"m","message":{"role":"assistant","content":"yes"},"done":true})";
const std::string said_generate = R"({"model":"m","response":"yes","done":true})";

std::vector<shape> requests(std::size_t size) {
    const auto key = [](std::size_t i) { return "\"k" + std::to_string(i) + "\":1"; };
    const auto use = [](std::size_t i) {
        const auto id = std::to_string(i);
        return R"({"role":"assistant","tool_calls":[{"id":"c)" + id +
               R"(","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},)"
               R"({"role":"tool","tool_call_id":"c)" +
               id + R"(","content":"1"})";
    };
    const auto part = same(R"({"type":"text","text":"a"})");
    const std::string open_chat = R"({"model":"m","messages":[)";
    return {
        {"keys", chat_api, filled(ask_chat + ",", key, size, "}"), say("yes"), {}},
        {"nesting", chat_api, ask_chat + ",\"x\":[" + nested(size) + "]}", say("yes"), {}},
        {"nested tools", chat_api, ask_chat + ",\"tools\":[" + nested(size) + "]}", say("yes"), {}},
        {"messages",
         chat_api,
         filled(open_chat, same(R"({"role":"user","content":"a"})"), size, "]}"),
         say("yes"),
         {}},
        {"parts",
         chat_api,
         filled(open_chat + R"({"role":"user","content":[)", part, size, "]}]}"),
         say("yes"),
         {}},
        {"tool calls", chat_api, filled(open_chat, use, size, "]}"), say("yes"), {}},
        {"keys of a message",
         chat_api,
         filled(open_chat + R"({"role":"user","content":"a",)", key, size, "}]}"),
         say("yes"),
         {}},
        {"keys", messages_api, filled(ask_messages + ",", key, size, "}"), said_messages, {}},
        {"system",
         messages_api,
         filled(ask_messages + R"(,"system":[)", part, size, "]}"),
         said_messages,
         {}},
        {"nested input",
         messages_api,
         R"({"model":"m","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f",)"
         R"("input":{"x":[)" +
             nested(size) + "]}}]}]}",
         said_messages,
         {}},
        {"keys", responses_api, filled(ask_responses + ",", key, size, "}"), said_responses, {}},
        {"items",
         responses_api,
         filled(R"({"model":"m","input":[)",
                [](std::size_t i) {
                    return R"({"type":"function_call","call_id":"c)" + std::to_string(i) +
                           R"(","name":"f","arguments":"{}"})";
                },
                size, "]}"),
         said_responses,
         {}},
        {"cookies", chat_api, ask_chat + ",\"x\":\"" + std::string(size, 'a') + "\"}", say("yes"),
         lines(
             [](std::size_t i) {
                 return i == 0 ? "Cookie: a=b"
                               : "; c" + std::to_string(i) + "=" + std::string(100, 'a') +
                                     std::to_string(1000 + i);
             },
             20'000, "\r\n")},
        {"headers", chat_api, ask_chat + "}", say("yes"),
         lines([](std::size_t i) { return "X-Api-Key: key-number-" + std::to_string(100'000 + i) + "\r\n"; },
               size / 4, "")},
    };
}

std::vector<shape> ollama_requests(std::size_t size) {
    const auto key = [](std::size_t i) { return "\"k" + std::to_string(i) + "\":1"; };
    const auto use = [](std::size_t i) {
        return R"({"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":{"a":)" +
               std::to_string(i) + R"(}}}]},{"role":"tool","tool_name":"f","content":"1"})";
    };
    const auto number = [](std::size_t i) { return std::to_string(i); };
    const std::string open_chat = R"({"model":"m","messages":[)";
    const std::string open_message = open_chat + R"({"role":"user","content":"a",)";
    const auto of_chat = [](const std::string& name, const std::string& request) {
        return shape{name, ollama_chat_api, request, said_ollama, {}};
    };
    const auto of_generate = [](const std::string& name, const std::string& request) {
        return shape{name, ollama_generate_api, request, said_generate, {}};
    };
    return {
        of_chat("keys", filled(ask_ollama + ",", key, size, "}")),
        of_chat("options", filled(ask_ollama + R"(,"options":{)", key, size, "}}")),
        of_chat("nested format", ask_ollama + R"(,"format":[)" + nested(size) + "]}"),
        of_chat("messages", filled(open_chat, same(R"({"role":"user","content":"a"})"), size, "]}")),
        of_chat("keys of a message", filled(open_message, key, size, "}]}")),
        of_chat("images", filled(open_message + R"("images":[)", same("\"aGk=\""), size, "]}]}")),
        of_chat("tool calls", filled(open_chat, use, size, "]}")),
        of_chat("calls of a message",
                filled(open_chat + R"({"role":"assistant","tool_calls":[)",
                       same(R"({"function":{"name":"f","arguments":{}}})"), size, "]}]}")),
        of_chat("nested arguments",
                open_chat +
                    R"({"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":{"x":[)" +
                    nested(size) + "]}}}]}]}"),
        of_generate("keys", filled(ask_generate + ",", key, size, "}")),
        of_generate("context", filled(ask_generate + R"(,"context":[)", number, size, "]}")),
        of_generate("contexts", filled(ask_generate + ",", same(R"("context":[1])"), size, "}")),
        of_generate("images", filled(ask_generate + R"(,"images":[)", same("\"aGk=\""), size, "]}")),
        of_generate("texts", ask_generate + R"(,"system":")" + std::string(size / 2, 's') +
                                 R"(","template":")" + std::string(size / 2, 't') + "\"}"),
    };
}

std::vector<shape> ollama_answers(std::size_t size) {
    const auto said = [](const std::string& message) {
        return R"({"model":"m","message":{"role":"assistant",)" + message + R"(},"done":false})" + "\n";
    };
    const auto call = [](std::size_t i) {
        return R"({"function":{"name":"f","arguments":{"a":)" + std::to_string(i) + "}}}";
    };
    const auto of_chat = [&](const std::string& name, const numbered& line) {
        return shape{name, ollama_chat_api, ask_ollama + "}", lines(line, size, said_ollama + "\n"), {},
                     true};
    };
    const auto of_generate = [&](const std::string& name, const std::string& line) {
        return shape{
            name, ollama_generate_api, ask_generate + "}", lines(same(line), size, said_generate + "\n"), {},
            true};
    };
    return {
        of_chat("deltas", same(said(R"("content":"a")"))),
        of_chat("thinking", same(said(R"("content":"","thinking":"a")"))),
        of_chat("calls in a stream",
                [&](std::size_t i) { return said(R"("content":"","tool_calls":[)" + call(i) + "]"); }),
        of_chat("empty lines", same("\n")),
        of_chat("broken lines", same("{\n")),
        {"calls",
         ollama_chat_api,
         ask_ollama + "}",
         filled(R"({"model":"m","message":{"role":"assistant","content":"a","tool_calls":[)", call, size,
                R"(]},"done":true})"),
         {}},
        of_generate("deltas", R"({"model":"m","response":"a","done":false})"
                              "\n"),
        of_generate("thinking", R"({"model":"m","response":"","thinking":"a","done":false})"
                                "\n"),
        {"context",
         ollama_generate_api,
         ask_generate + "}",
         filled(R"({"model":"m","response":"a","done":true,"context":[)", same("1"), size, "]}"),
         {}},
    };
}

std::vector<shape> answers(std::size_t size) {
    const auto chunk = [](const std::string& delta) {
        return R"(data: {"id":"c","model":"m","choices":[{"index":0,"delta":)" + delta + "}]}\n\n";
    };
    const auto block = [](std::size_t i) {
        const auto index = std::to_string(i);
        return "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":" + index +
               ",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"
               "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":" +
               index + ",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n";
    };
    const auto item = [](std::size_t i) {
        const auto index = std::to_string(i);
        return "data: {\"type\":\"response.output_item.done\",\"output_index\":" + index +
               ",\"item\":{\"type\":\"function_call\",\"id\":\"i" + index + "\",\"call_id\":\"c" + index +
               "\",\"name\":\"f\",\"arguments\":\"{}\"}}\n\n";
    };
    const auto choice = [](std::size_t i) {
        return R"({"index":)" + std::to_string(i) + R"(,"message":{"role":"assistant","content":"a"}})";
    };
    return {
        {"deltas",
         chat_api,
         ask_chat + "}",
         lines(same(chunk(R"({"content":"a"})")), size, last_event),
         {},
         true},
        {"call deltas",
         chat_api,
         ask_chat + "}",
         lines(
             [&](std::size_t i) {
                 const auto index = std::to_string(i);
                 return chunk(R"({"tool_calls":[{"index":)" + index + R"(,"id":"c)" + index +
                              R"(","function":{"name":"f","arguments":"{}"}}]})");
             },
             size, last_event),
         {},
         true},
        {"choices in a stream",
         chat_api,
         ask_chat + "}",
         lines(
             [](std::size_t i) {
                 return R"(data: {"id":"c","choices":[{"index":)" + std::to_string(i) +
                        R"(,"delta":{"content":"a"}}]})" + "\n\n";
             },
             size, last_event),
         {},
         true},
        {"choices",
         chat_api,
         ask_chat + "}",
         filled(R"({"id":"c","model":"m","choices":[)", choice, size, "]}"),
         {}},
        {"blocks in a stream",
         messages_api,
         ask_messages + "}",
         lines(block, size, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"),
         {},
         true},
        {"blocks",
         messages_api,
         ask_messages + "}",
         filled(R"({"id":"m1","type":"message","role":"assistant","model":"m","content":[)",
                same(R"({"type":"text","text":"a"})"), size, "]}"),
         {}},
        {"items in a stream",
         responses_api,
         ask_responses + "}",
         lines(item, size, "data: {\"type\":\"response.completed\",\"response\":" + said_responses + "}\n\n"),
         {},
         true},
        {"empty lines", chat_api, ask_chat + "}", std::string(size, '\n') + last_event, {}, true},
        {"lines of data", chat_api, ask_chat + "}", lines(same("data: {\n"), size, "\n"), {}, true},
    };
}

double steps_for_a_byte(const shape& one) {
    auto ended = one.streamed ? stream(one.request, one.answer) : chat(one.request, one.answer);
    ended->path = ended->target = one.api.path;
    ended->provider = one.api.provider;
    ended->request_head += one.head;
    if (one.streamed && one.api.provider == ollama_chat_api.provider) {
        ended->response_head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n";
    }
    const auto bytes = one.request.size() + one.answer.size() + ended->request_head.size();
    text::work_meter meter;
    const text::metered here{meter};
    static const turn_maker maker{settings{}, redaction_key};
    const auto made = maker.make(std::move(ended));
    UNSCOPED_INFO("drop reason " << capture::name_of(made->dropped));
    return static_cast<double>(meter.steps()) / static_cast<double>(bytes);
}

using shapes = std::vector<shape> (*)(std::size_t size);

void check_growth(shapes of_size) {
    const auto small = of_size(20'000);
    const auto large = of_size(160'000);
    for (std::size_t i = 0; i < small.size(); ++i) {
        CAPTURE(small[i].api.path, small[i].name);
        const auto few = steps_for_a_byte(small[i]);
        const auto many = steps_for_a_byte(large[i]);
        CHECK(few > 1);
        CHECK(many < most_steps);
        CHECK(many < 2 * few + 1);
    }
}

}  // namespace

TEST_CASE("the work on a request grows with its bytes, whatever its shape") {
    check_growth(GENERATE(as<shapes>{}, requests, ollama_requests));
}

TEST_CASE("the work on an answer grows with its bytes, whatever its shape") {
    check_growth(GENERATE(as<shapes>{}, answers, ollama_answers));
}

}  // namespace tapes::record::work_test
