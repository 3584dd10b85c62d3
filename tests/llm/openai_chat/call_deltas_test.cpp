#include "support.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::llm::call_deltas_test {

using namespace tapes;

namespace {

const test::tested_api chat{"/v1/chat/completions"};

/// A fragment of a call; what is "" or -1 is not in it.
struct fragment {
    int index = -1;
    std::string id;
    std::string name;
    std::string arguments;
};

struct call {
    std::string id;
    std::string name;
    std::string input;
    bool operator==(const call&) const = default;
};

std::string chunk(const fragment& from) {
    std::string function;
    if (!from.name.empty()) {
        function += R"("name":")" + from.name + "\",";
    }
    function += R"("arguments":)";
    merkle::append_json_string(function, from.arguments);
    std::string members = from.index < 0 ? "" : R"("index":)" + std::to_string(from.index) + ",";
    members += from.id.empty() ? "" : R"("id":")" + from.id + "\",";
    return R"(data: {"choices":[{"index":0,"delta":{"tool_calls":[{)" + members + R"("function":{)" +
           function + "}}]}}]}\n\n";
}

std::vector<call> calls_of(const std::vector<fragment>& fragments) {
    std::string stream;
    for (const fragment& one : fragments) {
        stream += chunk(one);
    }
    std::vector<call> all;
    const auto answered = chat.answer_of(chat.reduce(stream));
    for (const auto& block : answered.choices.at(0).message.content) {
        all.push_back({block.tool_use_id, block.tool_name, block.tool_input + block.raw});
    }
    return all;
}

struct sample {
    std::string name;
    std::vector<fragment> fragments;
    std::vector<call> calls;
};

}  // namespace

TEST_CASE("tool calls are told apart, and put together, whatever a server leaves out of their fragments") {
    const std::string a = R"({"a":1})";
    const std::string b = R"({"b":2})";
    for (const sample& from : std::vector<sample>{
             {"without index and id, each whole",
              {{-1, "", "f", a}, {-1, "", "g", b}, {-1, "", "g", a}},
              {{"", "f", a}, {"", "g", b}, {"", "g", a}}},
             {"without index and id, in fragments",
              {{-1, "", "f", ""},
               {-1, "", "", R"({"a")"},
               {-1, "", "", ":1}"},
               {-1, "", "g", ""},
               {-1, "", "", b}},
              {{"", "f", a}, {"", "g", b}}},
             {"without index and id, the name in each fragment",
              {{-1, "", "f", R"({"a")"},
               {-1, "", "f", ":1}"},
               {-1, "", "f", R"({"b")"},
               {-1, "", "f", ":2}"}},
              {{"", "f", a}, {"", "f", b}}},
             {"all with index 0 and no id",
              {{0, "", "f", a}, {0, "", "g", b}, {0, "", "g", a}},
              {{"", "f", a}, {"", "g", b}, {"", "g", a}}},
             {"all with index 0 and no id, in fragments",
              {{0, "", "f", R"({"a")"}, {0, "", "", ":1}"}, {0, "", "g", ""}, {0, "", "", b}},
              {{"", "f", a}, {"", "g", b}}},
             {"all with index 0 and ids of their own",
              {{0, "x", "f", ""}, {0, "", "", a}, {0, "y", "f", ""}, {0, "", "", b}},
              {{"x", "f", a}, {"y", "f", b}}},
             {"all with index 0, without arguments",
              {{0, "x", "f", ""}, {0, "y", "f", ""}, {0, "z", "f", "{}"}},
              {{"x", "f", ""}, {"y", "f", ""}, {"z", "f", ""}}},
             {"all with one id and index",
              {{0, "x", "f", a}, {0, "x", "g", b}, {0, "x", "g", a}},
              {{"x", "f", a}, {"x", "g", b}, {"x", "g", a}}},
             {"a whole call, then a new id alone",
              {{-1, "x", "f", a}, {-1, "y", "", b}},
              {{"x", "f", a}, {"y", "", b}}},
             {"a new id and name in each fragment",
              {{0, "x", "f", R"({"a)"}, {0, "y", "f", "\":"}, {0, "z", "f", "1}"}, {0, "w", "f", ""}},
              {{"x", "f", a}}},
             {"a new id and name in each fragment, no index, and a second call",
              {{-1, "x", "f", R"({"a)"},
               {-1, "y", "f", "\":1}"},
               {-1, "z", "f", R"({"b")"},
               {-1, "w", "f", ":2}"}},
              {{"x", "f", a}, {"z", "f", b}}},
             {"a new id and name in each fragment, the first without arguments",
              {{0, "x", "f", ""}, {0, "y", "f", R"({"a)"}, {0, "z", "f", "\":1}"}},
              {{"x", "f", a}}},
             {"a new id without a name in each fragment",
              {{-1, "x", "f", R"({"a)"}, {-1, "y", "", "\":1}"}, {-1, "z", "", ""}},
              {{"y", "f", a}}},
             {"a name in pieces",
              {{0, "x", "get_", ""}, {0, "", "it", ""}, {0, "", "", a}},
              {{"x", "get_it", a}}},
             {"the call once more when it is whole",
              {{0, "x", "f", R"({"a")"}, {0, "", "", ":1}"}, {0, "x", "f", a}},
              {{"x", "f", a}}},
             {"white space behind whole arguments",
              {{0, "x", "f", a}, {0, "x", "f", " \n"}, {0, "", "", ""}},
              {{"x", "f", a}}},
             {"snapshots of the arguments, two calls",
              {{0, "x", "f", R"({"a")"}, {0, "x", "f", R"({"a":1)"}, {0, "x", "f", a}, {0, "y", "g", b}},
              {{"x", "f", a}, {"y", "g", b}}},
             {"arguments that break off, then another function",
              {{0, "x", "f", R"({"a":)"}, {0, "y", "g", b}},
              {{"x", "f", R"({"a":)"}, {"y", "g", b}}},
             {"interleaved by index",
              {{0, "x", "f", ""}, {1, "y", "g", ""}, {0, "", "", a}, {1, "", "", b}},
              {{"x", "f", a}, {"y", "g", b}}}}) {
        INFO(from.name);
        CHECK(calls_of(from.fragments) == from.calls);
    }
}

TEST_CASE("an index counts however it is written") {
    for (const std::string one : {"1", "1.0", "\"1\""}) {
        const std::string stream =
            chunk({0, "x", "f", ""}) + R"(data: {"choices":[{"index":0.0,"delta":{"tool_calls":[{"index":)" +
            one + R"(,"id":"y","function":{"name":"g","arguments":"{\"b\":2}"}}]}}]})" + "\n\n" +
            chunk({0, "", "", R"({"a":1})"});
        const auto content = chat.answer_of(chat.reduce(stream)).choices.at(0).message.content;
        CHECK(merkle::event_content(content) ==
              R"([{"type":"tool_use","tool_use_id":"x","tool_name":"f","tool_input":{"a":1}},)"
              R"({"type":"tool_use","tool_use_id":"y","tool_name":"g","tool_input":{"b":2}}])");
    }
}

TEST_CASE("100,000 fragments of a call, and snapshots of one, fold in linear time") {
    std::string stream = chunk({0, "x", "f", "{\"a\":\""});
    for (int i = 0; i < 100'000; ++i) {
        stream += chunk({0, "", "", "ab"});
    }
    CHECK(chat.answer_of(chat.reduce(stream + chunk({0, "", "", "\"}"})))
              .choices.at(0)
              .message.content.at(0)
              .tool_input.size() == 200'008);
    std::string all = "{\"a\":\"";
    std::string snapshots;
    for (int i = 0; i < 2'000; ++i) {
        snapshots += chunk({0, "x", "f", all});
        all += "ab";
    }
    snapshots += chunk({0, "x", "f", all + "\"}"});
    CHECK(chat.answer_of(chat.reduce(snapshots)).choices.at(0).message.content.at(0).tool_input.size() ==
          4'008);
}

}  // namespace tapes::llm::call_deltas_test
