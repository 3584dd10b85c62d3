// What folding a stream holds is what its reducer says, and what its watch holds likewise.
#include "peak.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/llm/aws_events.hpp>
#include <tapes/llm/parse_cost.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm::stream_cost_test {

using namespace tapes;

namespace {

constexpr std::size_t step = std::size_t{64} * 1024;
/// The cases have a part of their size where a sanitizer watches.
constexpr std::size_t part = tapes::test::sanitized ? 5 : 1;
/// What a process takes beside, and what comes between two looks at what is held.
constexpr std::uint64_t slack = 6U << 20;

struct case_of {
    std::string name;
    std::string path;
    std::string stream;
};

std::string many(std::size_t count, const std::function<std::string(std::size_t)>& one) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        all += one(i);
    }
    return all;
}

std::string chat(const std::string& delta) {
    return R"(data: {"choices":[{"index":0,"delta":)" + delta + "}]}\n\n";
}

std::string converse_delta(const std::string& delta) {
    return R"(data: {"contentBlockDelta":{"contentBlockIndex":0,"delta":)" + delta + "}}\n\n";
}

std::string listed(std::size_t count, const std::string& one) {
    return one + many(count - 1, [&](auto) { return "," + one; });
}

/// Members that no other `part` has.
std::string keyed(std::size_t count, std::size_t part) {
    return "\"_\":1" +
           many(count, [&](std::size_t i) { return ",\"" + std::to_string(part * count + i) + "\":1"; });
}

std::vector<case_of> hostile() {
    const std::string chat_path = "/v1/chat/completions";
    const std::string gemini_path = "/v1beta/models/m:streamGenerateContent";
    const std::string converse_path = "/model/m/converse-stream";
    const auto number = [](std::size_t i) { return std::to_string(i); };
    const auto long_line = std::string(40U << 20, 'x');
    return {
        {"fragments of one tool call", chat_path,
         many(100'000 / part,
              [](auto) { return chat(R"({"tool_calls":[{"index":0,"function":{"arguments":"ab"}}]})"); })},
        {"tool calls", chat_path,
         many(100'000 / part,
              [&](auto i) {
                  return chat(R"({"tool_calls":[{"index":)" + number(i) + R"(,"id":"c)" + number(i) +
                              R"(","function":{"name":"f","arguments":"{}"}}]})");
              })},
        {"details", chat_path,
         many(100'000 / part,
              [&](auto i) {
                  return chat(R"({"reasoning_details":[{"index":)" + number(i) +
                              R"(,"type":"t","text":"a"}]})");
              })},
        {"choices", chat_path,
         many(100'000 / part,
              [&](auto i) {
                  return R"(data: {"choices":[{"index":)" + number(i) + R"(,"delta":{"content":"a"}}]})" +
                         "\n\n";
              })},
        {"members", chat_path,
         many(100'000 / part, [&](auto i) { return chat(R"({"m)" + number(i) + R"(":1})"); })},
        {"tiny events", chat_path, many(1'000'000 / part, [](auto) { return chat(R"({"content":"a"})"); })},
        {"one long line", chat_path, chat(R"({"content":")" + long_line + R"("})")},
        {"a line without an end", chat_path, "data: " + long_line},
        {"one long event of many lines", chat_path,
         many(400'000 / part, [](auto) { return "data: " + std::string(94, 'x') + "\n"; })},
        {"blocks", "/v1/messages",
         many(100'000 / part,
              [&](auto i) {
                  return R"(data: {"type":"content_block_start","index":)" + number(i) +
                         R"(,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}})" + "\n\n";
              })},
        {"long text", "/v1/messages",
         R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")" +
             long_line + "\"}}\n\n"},
        {"items", "/v1/responses",
         many(100'000 / part,
              [&](auto i) {
                  return R"(data: {"type":"response.output_item.added","output_index":)" + number(i) +
                         R"(,"item":{"id":"i)" + number(i) + R"(","type":"function_call"}})" + "\n\n";
              })},
        {"parts", "/v1/responses",
         many(100'000 / part,
              [&](auto i) {
                  return R"(data: {"type":"response.output_text.delta","output_index":0,"content_index":)" +
                         number(i) + R"(,"delta":"a"})" + "\n\n";
              })},
        {"tool calls", "/api/chat",
         many(100'000 / part,
              [](auto) {
                  return R"({"message":{"tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]}})"
                         "\n";
              })},
        {"one long line", "/api/chat", R"({"message":{"content":")" + long_line + "\"}}\n"},
        {"candidates", gemini_path,
         many(2'000 / part, [&](auto) { return "data: {\"candidates\":[" + listed(100, "{}") + "]}\n\n"; })},
        {"candidates of an array", gemini_path,
         "[" +
             many(100'000 / part,
                  [&](auto i) { return R"({"candidates":[{"index":)" + number(i) + "}]},\n"; }) +
             "{}]"},
        {"parts", gemini_path,
         many(2'000 / part,
              [&](auto) {
                  return "data: {\"candidates\":[{\"content\":{\"parts\":[" + listed(100, "7") + "]}}]}\n\n";
              })},
        {"pieces of calls", gemini_path,
         many(
             100'000 / part,
             [](auto) {
                 return R"(data: {"candidates":[{"content":{"parts":[{"functionCall":{"partialArgs":[{"jsonPath":"$.a.b.c","stringValue":"a"}],"willContinue":true}}]}}]})"
                        "\n\n";
             })},
        {"usage", gemini_path,
         many(2'000 / part, [&](auto i) { return "data: {\"usageMetadata\":{" + keyed(100, i) + "}}\n\n"; })},
        {"blocks", converse_path,
         many(100'000 / part,
              [&](auto i) {
                  return R"(data: {"contentBlockDelta":{"contentBlockIndex":)" + number(i) +
                         R"(,"delta":{"text":"a"}}})" + "\n\n";
              })},
        {"citations", converse_path,
         many(100'000 / part, [](auto) { return converse_delta(R"({"citation":{}})"); })},
        {"pieces of results", converse_path,
         many(2'000 / part,
              [&](auto) { return converse_delta("{\"toolResult\":[" + listed(100, "7") + "]}"); })},
        {"members", converse_path,
         many(2'000 / part, [&](auto i) { return converse_delta("{" + keyed(100, i) + "}"); })},
        {"events of AWS", converse_path,
         many(100'000 / part,
              [&](auto i) {
                  std::string event;
                  llm::append_aws_event(event, "event", "contentBlockDelta",
                                        R"({"contentBlockIndex":)" + number(i) + R"(,"delta":{"text":"a"}})");
                  return event;
              })},
        {"choices", "/v1/completions",
         many(100'000 / part,
              [&](auto i) {
                  return R"(data: {"choices":[{"index":)" + number(i) + R"(,"text":"a"}]})" + "\n\n";
              })},
    };
}

/// What stands before a fault stays, and is told.
std::vector<case_of> broken() {
    const auto of_members = [](std::string path, std::string front) {
        return case_of{"members before a fault", std::move(path),
                       many(2'000 / part, [&](auto i) { return front + keyed(100, i) + ",\"x\":tru}\n\n"; })};
    };
    return {
        of_members("/v1/chat/completions", R"(data: {"choices":[{"index":0,"delta":{)"),
        of_members("/v1/chat/completions", R"(data: {"choices":[{"index":0,"delta":{"tool_calls":[{)"),
        of_members("/v1/chat/completions", R"(data: {"choices":[{"index":0,"delta":{"reasoning_details":[{)"),
        of_members("/v1/chat/completions", R"(data: {"usage":{)"),
        of_members("/v1/messages", R"(data: {"type":"content_block_delta","index":0,"delta":{)"),
        of_members("/v1/messages", R"(data: {"usage":{)"),
        of_members("/v1/responses", R"(data: {"type":"response.created","response":{)"),
        of_members("/api/chat", R"({"message":{)"),
        of_members("/model/m/converse-stream", R"(data: {"contentBlockDelta":{"delta":{)"),
        of_members("/model/m/converse-stream", R"(data: {"metadata":{"usage":{)"),
        of_members("/v1beta/models/m:streamGenerateContent", R"(data: {"usageMetadata":{)"),
        {"parts before a fault", "/v1beta/models/m:streamGenerateContent",
         many(2'000 / part,
              [](auto) {
                  return "data: {\"candidates\":[{\"content\":{\"parts\":[" + listed(100, "7") + ",tru\n\n";
              })},
        {"calls before a fault", "/api/chat",
         many(2'000 / part,
              [](auto) { return "{\"message\":{\"tool_calls\":[" + listed(100, "7") + ",tru]}}\n"; })},
    };
}

/// As a worker does it; what it charges at the most.
std::uint64_t fold(const case_of& one) {
    const auto* const api = llm::find_api("POST", one.path);
    const auto events = llm::fold_cost(one.stream);
    auto charged = events;
    auto reducer = api->make_reducer();
    for (std::string_view rest = one.stream; !rest.empty(); rest.remove_prefix(std::min(step, rest.size()))) {
        reducer->feed(rest.substr(0, step));
        charged = std::max<std::uint64_t>(charged, events + reducer->held_bytes());
    }
    const auto whole = reducer->finish();
    reducer.reset();
    charged = std::max<std::uint64_t>(charged, whole.size() + llm::parse_cost(whole));
    llm::answer answered;
    (void)api->map_answer(whole, answered);
    std::vector<merkle::node> nodes;
    nodes.reserve(answered.choices.size());
    for (const auto& choice : answered.choices) {
        nodes.push_back(merkle::make_node({}, {"m", "p", ""}, choice.message));
    }
    return charged;
}

}  // namespace

TEST_CASE("no stream takes more memory to fold than is charged for it") {
    for (const auto& one : hostile()) {
        std::uint64_t charged = 0;
        const auto grown = llm::test::taken([&] { return fold(one); }, &charged);
        INFO(one.path << " " << one.name << ": " << (one.stream.size() >> 20) << " MiB took " << (grown >> 20)
                      << " MiB, charged " << (charged >> 20));
        CHECK(grown <= (charged + slack) * llm::test::sanitizer_factor);
    }
}

TEST_CASE("no stream of broken events takes more memory to fold than is charged for it") {
    for (const auto& one : broken()) {
        std::uint64_t charged = 0;
        const auto grown = llm::test::taken([&] { return fold(one); }, &charged);
        INFO(one.path << " " << one.name << ": " << one.stream.substr(0, 80) << ": "
                      << (one.stream.size() >> 20) << " MiB took " << (grown >> 20) << " MiB, charged "
                      << (charged >> 20));
        CHECK(grown <= (charged + slack) * llm::test::sanitizer_factor);
    }
}

TEST_CASE("what a watch holds of a stream is what it says, and little when its lines end") {
    for (const auto& one : hostile()) {
        const auto* const api = llm::find_api("POST", one.path);
        std::uint64_t most = 0;
        const auto grown = llm::test::taken(
            [&] {
                const auto watch = api->make_end_watch([] { return std::size_t{1'000'000'000}; });
                std::uint64_t held = 0;
                for (std::string_view rest = one.stream; !rest.empty();
                     rest.remove_prefix(std::min(step, rest.size()))) {
                    (void)watch->feed(rest.substr(0, step));
                    held = std::max<std::uint64_t>(held, watch->held_bytes());
                }
                return held;
            },
            &most);
        INFO(one.path << " " << one.name << ": " << (one.stream.size() >> 20) << " MiB took " << (grown >> 20)
                      << " MiB, told " << (most >> 20));
        CHECK(grown <= (3 * most + slack) * llm::test::sanitizer_factor);
        CHECK((most < (1U << 20)) ==
              (one.name.find("long") == std::string::npos && one.name.find("without") == std::string::npos));
    }
}

}  // namespace tapes::llm::stream_cost_test
