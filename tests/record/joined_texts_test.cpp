// Answers of several texts, which clients bring back as one, or as they came.
#include "turns.hpp"

#include <string>
#include <vector>

namespace tapes::record::joined_texts_test {

using namespace tapes;
using namespace tapes::record::test;

namespace {

struct row {
    std::string name;
    api_case api;
    std::string first;              ///< the first request
    std::string answer;             ///< says "one " and "two" in two texts
    std::vector<std::string> next;  ///< requests that go on from it
};

std::string gemini_request(const std::string& parts) {
    const auto content = parts.empty() ? std::string{} : R"({"role":"model","parts":[)" + parts + "]},";
    const std::string more = parts.empty() ? "" : R"(,{"role":"user","parts":[{"text":"more"}]})";
    return R"({"contents":[{"role":"user","parts":[{"text":"q"}]})" +
           (parts.empty() ? "" : "," + content.substr(0, content.size() - 1)) + more + "]}";
}

std::string gemini_answer(const std::string& parts) {
    return R"({"modelVersion":"m","candidates":[{"index":0,"finishReason":"STOP","content":{"role":"model","parts":[)" +
           parts + "]}}]}";
}

std::string responses_request(const std::string& items) {
    return R"({"model":"m","input":[{"role":"user","content":"q"})" +
           (items.empty() ? "" : "," + items + "," + user("more")) + "]}";
}

std::string responses_message(const std::string& parts) {
    return R"({"type":"message","id":"i","role":"assistant","status":"completed","content":[)" + parts + "]}";
}

std::string output_text(const std::string& text) {
    return R"({"type":"output_text","text":")" + text + R"(","annotations":[]})";
}

std::string converse_request(const std::string& content) {
    return R"({"messages":[{"role":"user","content":[{"text":"q"}]})" +
           (content.empty() ? ""
                            : R"(,{"role":"assistant","content":[)" + content +
                                  R"(]},{"role":"user","content":[{"text":"more"}]})") +
           "]}";
}

const std::string cited =
    R"({"type":"text","text":"two","citations":[{"type":"char_location","cited_text":"2","document_index":0}]})";
const std::string code =
    R"({"executableCode":{"language":"PYTHON","code":"2"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"2"}})";

const std::vector<row>& rows() {
    static const std::vector<row> all{
        {"Messages with citations",
         messages_api,
         ask_claude({user("q")}),
         claude(text_block("one ") + "," + cited),
         {ask_claude({user("q"), assistant("one two"), user("more")}),
          ask_claude(
              {user("q"), assistant_blocks(text_block("one ") + "," + text_block("two")), user("more")}),
          ask_claude({user("q"), assistant_blocks(text_block("one ") + "," + cited), user("more")})}},
        {"Messages with a thought between",
         messages_api,
         ask_claude({user("q")}),
         claude(text_block("one ") + "," + thinking("hm") + "," + text_block("two")),
         {ask_claude({user("q"), assistant("one two"), user("more")}),
          ask_claude(
              {user("q"), assistant_blocks(text_block("one ") + "," + text_block("two")), user("more")}),
          ask_claude({user("q"),
                      assistant_blocks(text_block("one ") + "," + thinking("hm") + "," + text_block("two")),
                      user("more")})}},
        {"Gemini with code between",
         {"/v1beta/models/m:generateContent", "gemini"},
         gemini_request(""),
         gemini_answer(R"({"text":"one "},)" + code + R"(,{"text":"two"})"),
         {gemini_request(R"({"text":"one two"})"), gemini_request(R"({"text":"one "},{"text":"two"})"),
          gemini_request(R"({"text":"one "},)" + code + R"(,{"text":"two"})")}},
        {"Responses in two parts",
         responses_api,
         responses_request(""),
         R"({"id":"r1","object":"response","status":"completed","model":"m","output":[)" +
             responses_message(output_text("one ") + "," + output_text("two")) + "]}",
         {responses_request(assistant("one two")),
          responses_request(responses_message(output_text("one two"))),
          responses_request(responses_message(output_text("one ") + "," + output_text("two")))}},
        {"Responses in two messages",
         responses_api,
         responses_request(""),
         R"({"id":"r1","object":"response","status":"completed","model":"m","output":[)" +
             responses_message(output_text("one ")) + "," + responses_message(output_text("two")) + "]}",
         {responses_request(assistant("one two")),
          responses_request(responses_message(output_text("one ")) + "," +
                            responses_message(output_text("two")))}},
        {"Converse",
         {"/model/m/converse", "bedrock"},
         converse_request(""),
         R"({"stopReason":"end_turn","output":{"message":{"role":"assistant","content":[{"text":"one "},{"text":"two"}]}}})",
         {converse_request(R"({"text":"one two"})"), converse_request(R"({"text":"one "},{"text":"two"})")}},
    };
    return all;
}

}  // namespace

TEST_CASE("an answer of several texts is gone on from when they come back as one, in every API") {
    for (const auto& one : rows()) {
        for (const auto& next : one.next) {
            INFO(one.name << ": " << next);
            recording on;
            const auto head = on.turn(one.api, one.first, one.answer);
            const auto made = on.make(one.api, next, one.answer);
            REQUIRE(made->above);
            CHECK(made->above->position.hash == head);
        }
    }
}

TEST_CASE("other words, or the same around a call, are another answer") {
    recording on;
    const std::string call = R"({"type":"tool_use","id":"c","name":"f","input":{}})";
    const auto head = on.turn(messages_api, ask_claude({user("q")}),
                              claude(text_block("one ") + "," + call + "," + text_block("two")));
    for (const auto& blocks : {text_block("one two"), text_block("one two") + "," + call,
                               text_block("one") + "," + call + "," + text_block(" two")}) {
        INFO(blocks);
        const auto made =
            on.make(messages_api, ask_claude({user("q"), assistant_blocks(blocks), user("more")}),
                    claude(text_block("x")));
        CHECK_FALSE((made->above && made->above->position.hash == head));
    }
}

}  // namespace tapes::record::joined_texts_test
