// Calls with numbers that a double cannot carry, as clients bring them back: with other white space and
// another order of members, or rounded by a client whose numbers are doubles (JavaScript's).
#include "turns.hpp"

#include <tapes/merkle/canonical.hpp>

#include <string>
#include <vector>

namespace tapes::record::wide_numbers_test {

using namespace tapes;
using namespace tapes::record::test;

namespace {

constexpr const char* said = R"({"id":12345678901234567890,"at":[0.1,9007199254740993]})";
constexpr const char* spaced = R"({ "at" : [ 0.1, 9007199254740993 ], "id" : 12345678901234567890 })";
// JSON.stringify(JSON.parse(said))
constexpr const char* rounded = R"({"id":12345678901234567000,"at":[0.1,9007199254740992]})";

std::string quoted(const std::string& text) {
    std::string out;
    merkle::append_json_string(out, text);
    return out;
}

struct row {
    std::string name;
    api_case api;
    /// Makes the first request, or with an answer the one that goes on from it.
    std::string (*ask)(const std::string& answer);
    /// Makes the answer's message, as it stands in an answer and in the history.
    std::string (*message)(const std::string& arguments);
    std::string before, behind;  ///< what stands around the message in an answer
};

std::string between(const std::string& first, const std::string& answer, const std::string& next) {
    return answer.empty() ? first : first + "," + answer + "," + next;
}

const row rows[] = {
    {"chat", chat_api,
     [](const std::string& answer) {
         return R"({"model":"m","messages":[)" +
                between(user("q"), answer, R"({"role":"tool","tool_call_id":"c","content":"r"})") + "]}";
     },
     [](const std::string& arguments) {
         return R"({"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":)" +
                quoted(arguments) + "}}]}";
     },
     R"({"model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":)", "}]}"},
    {"an old call, without an id", chat_api,
     [](const std::string& answer) {
         return R"({"model":"m","messages":[)" +
                between(user("q"), answer, R"({"role":"function","name":"f","content":"r"})") + "]}";
     },
     [](const std::string& arguments) {
         return R"({"role":"assistant","content":null,"function_call":{"name":"f","arguments":)" +
                quoted(arguments) + "}}";
     },
     R"({"model":"m","choices":[{"index":0,"finish_reason":"function_call","message":)", "}]}"},
    {"responses", responses_api,
     [](const std::string& answer) {
         return R"({"model":"m","input":[)" +
                between(user("q"), answer, R"({"type":"function_call_output","call_id":"c","output":"r"})") +
                "]}";
     },
     [](const std::string& arguments) {
         return R"({"type":"function_call","call_id":"c","name":"f","arguments":)" + quoted(arguments) + "}";
     },
     R"({"id":"r1","object":"response","status":"completed","model":"m","output":[)", "]}"},
    {"messages", messages_api,
     [](const std::string& answer) {
         return R"({"model":"claude","max_tokens":9,"messages":[)" +
                between(
                    user("q"), answer.empty() ? answer : assistant_blocks(answer),
                    R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]})") +
                "]}";
     },
     [](const std::string& arguments) {
         return R"({"type":"text","text":"Well."},{"type":"tool_use","id":"c","name":"f","input":)" +
                arguments + "}";
     },
     R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[)",
     R"(],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}})"},
    {"messages, behind a thought", messages_api,
     [](const std::string& answer) {
         return R"({"model":"claude","max_tokens":9,"messages":[)" +
                between(
                    user("q"), answer.empty() ? answer : assistant_blocks(answer),
                    R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":"r"}]})") +
                "]}";
     },
     [](const std::string& arguments) {
         return thinking("hm") + R"(,{"type":"tool_use","id":"c","name":"f","input":)" + arguments + "}";
     },
     R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":[)",
     R"(],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}})"},
    {"ollama", ollama_chat_api,
     [](const std::string& answer) {
         return R"({"model":"m","stream":false,"messages":[)" +
                between(user("q"), answer, R"({"role":"tool","content":"r"})") + "]}";
     },
     [](const std::string& arguments) {
         return R"({"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":)" +
                arguments + "}}]}";
     },
     R"({"model":"m","done":true,"done_reason":"stop","message":)", "}"},
    {"gemini",
     {"/v1beta/models/m:generateContent", "gemini"},
     [](const std::string& answer) {
         return R"({"contents":[)" +
                between(
                    R"({"role":"user","parts":[{"text":"q"}]})", answer,
                    R"({"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"r"}}}]})") +
                "]}";
     },
     [](const std::string& arguments) {
         return R"({"role":"model","parts":[{"functionCall":{"name":"f","args":)" + arguments + "}}]}";
     },
     R"({"modelVersion":"m","candidates":[{"index":0,"finishReason":"STOP","content":)",
     "}]}"},
    {"converse",
     {"/model/m/converse", "bedrock"},
     [](const std::string& answer) {
         return R"({"messages":[)" +
                between(
                    R"({"role":"user","content":[{"text":"q"}]})", answer,
                    R"({"role":"user","content":[{"toolResult":{"toolUseId":"c","content":[{"text":"r"}]}}]})") +
                "]}";
     },
     [](const std::string& arguments) {
         return R"({"role":"assistant","content":[{"toolUse":{"toolUseId":"c","name":"f","input":)" +
                arguments + "}}]}";
     },
     R"({"stopReason":"tool_use","output":{"message":)",
     "}}"},
};

std::string answer_of(const row& one, const std::string& arguments) {
    return one.before + one.message(arguments) + one.behind;
}

}  // namespace

TEST_CASE("a call with a number that a double cannot carry is gone on from however it comes back") {
    for (const auto& one : rows) {
        for (const std::string arguments : {said, spaced, rounded}) {
            INFO(one.name << ": " << arguments);
            recording on;
            const auto head = on.turn(one.api, one.ask(""), answer_of(one, said));
            const auto made = on.make(one.api, one.ask(one.message(arguments)), answer_of(one, "{}"));
            REQUIRE(made->above);
            CHECK(made->above->position.hash == head);
            CHECK(on.count("SELECT count(*) FROM node WHERE content LIKE '%12345678901234567890%'") == 1);
        }
    }
}

TEST_CASE("a call with another number is another call") {
    for (const auto& one : rows) {
        for (const std::string arguments :
             {R"({"id":12345678901234567890,"at":[0.1,9007199254740999]})",
              R"({"id":12345678901234567890,"at":[0.1]})", R"({"id":1,"at":[0.1,2]})"}) {
            INFO(one.name << ": " << arguments);
            recording on;
            const auto head = on.turn(one.api, one.ask(""), answer_of(one, said));
            const auto made = on.make(one.api, one.ask(one.message(arguments)), answer_of(one, "{}"));
            CHECK_FALSE((made->above && made->above->position.hash == head));
        }
    }
}

TEST_CASE("of two calls whose numbers are one as doubles, that with the same digits is gone on from") {
    const auto& one = rows[0];
    recording on;
    const std::string first = R"({"id":12345678901234567890})";
    const auto head = on.turn(one.api, one.ask(""), answer_of(one, first));
    const auto other = on.turn(one.api, one.ask(""), answer_of(one, R"({"id":12345678901234567891})"));
    REQUIRE(head != other);
    const auto made = on.make(one.api, one.ask(one.message(first)), answer_of(one, "{}"));
    REQUIRE(made->above);
    CHECK(made->above->position.hash == head);
}

}  // namespace tapes::record::wide_numbers_test
