#include "content_agreement.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::record::content_agreement_test {

namespace {

/// The last message of a request to one of the APIs.
merkle::message last_message(std::string_view path, const std::string& body) {
    const auto* const api = llm::find_api("POST", path);
    llm::request request;
    REQUIRE(api->map_request(body, {}, request) == llm::map_error::none);
    REQUIRE_FALSE(request.messages.empty());
    return request.messages.back();
}

merkle::message responses(const std::string& items) {
    return last_message("/v1/responses", R"({"model":"m","input":[)" + items + "]}");
}
merkle::message chat(const std::string& members) {
    return last_message("/v1/chat/completions",
                        R"({"model":"m","messages":[{"role":"assistant","content":"a",)" + members + "}]}");
}
merkle::message messages(const std::string& blocks) {
    return last_message("/v1/messages", R"({"model":"m","messages":[{"role":"assistant","content":[)" +
                                            blocks + R"(,{"type":"text","text":"a"}]}]})");
}
merkle::message ollama(const std::string& members) {
    return last_message("/api/chat",
                        R"({"model":"m","messages":[{"role":"assistant","content":"a",)" + members + "}]}");
}

agreement compared(const merkle::message& back, const merkle::message& said,
                   const std::vector<std::int64_t>& variants = {}) {
    const auto content = merkle::event_content(said.content);
    return compare(back, {content, &variants});
}

struct row {
    const char* name;
    merkle::message (*read)(const std::string&);
    const char* said;
    const char* back;
    agreement expected;
};

constexpr auto none = agreement::none;
constexpr auto part = agreement::part;
constexpr auto whole = agreement::whole;

}  // namespace

TEST_CASE("what comes back agrees where it is contained in what was said, in every API") {
    const char* const code =
        R"({"id":"ci_1","type":"code_interpreter_call","status":"completed","code":"1+1","container_id":"c",)"
        R"("outputs":[{"type":"logs","logs":"2"},{"type":"image","url":"u"}]})";
    const char* const tools =
        R"({"id":"mcpl_1","type":"mcp_list_tools","server_label":"s","tools":[{"name":"a","input_schema":{}}]})";
    const char* const mcp =
        R"({"id":"mcp_1","type":"mcp_call","name":"n","server_label":"s","arguments":"{}","output":"o"})";
    const char* const sealed =
        R"("reasoning_details":[{"type":"reasoning.encrypted","data":"xx","format":"f","id":"r"}])";
    const row rows[] = {
        {"as it came", responses, code, code, whole},
        {"outputs null", responses, code,
         R"({"type":"code_interpreter_call","code":"1+1","container_id":"c","outputs":null})", part},
        {"outputs empty", responses, code,
         R"({"type":"code_interpreter_call","code":"1+1","container_id":"c","outputs":[]})", part},
        {"some of its outputs", responses, code,
         R"({"type":"code_interpreter_call","code":"1+1","outputs":[{"type":"image","url":"u"}]})", part},
        {"outputs in another order", responses, code,
         R"({"type":"code_interpreter_call","outputs":[{"type":"image","url":"u"},{"type":"logs","logs":"2"}]})",
         none},
        {"other code", responses, code, R"({"type":"code_interpreter_call","code":"2+2","outputs":null})",
         none},
        {"an empty list of tools", responses, tools,
         R"({"type":"mcp_list_tools","server_label":"s","tools":[]})", part},
        {"tools of another server", responses, tools,
         R"({"type":"mcp_list_tools","server_label":"t","tools":[]})", none},
        {"output null", responses, mcp,
         R"({"type":"mcp_call","name":"n","server_label":"s","arguments":"{}","output":null})", part},
        {"another output", responses, mcp,
         R"({"type":"mcp_call","name":"n","server_label":"s","arguments":"{}","output":"p"})", none},
        {"a shell's call without what is empty", responses,
         R"({"type":"local_shell_call","call_id":"c","action":{"type":"exec","command":["ls"],"env":{"A":"b"}}})",
         R"({"type":"local_shell_call","call_id":"c","action":{"type":"exec","command":["ls"],"env":{}}})",
         part},
        {"another command", responses,
         R"({"type":"local_shell_call","call_id":"c","action":{"type":"exec","command":["ls"]}})",
         R"({"type":"local_shell_call","call_id":"c","action":{"type":"exec","command":["rm"]}})", none},
        {"the end of a thought", responses,
         R"({"type":"reasoning","summary":[{"text":"First. Then."}],"encrypted_content":"e"})",
         R"({"type":"reasoning","summary":[{"text":"Then."}]})", part},
        {"encrypted without its format", chat, sealed,
         R"("reasoning_details":[{"type":"reasoning.encrypted","data":"xx","id":"r"}])", part},
        {"with another format", chat, sealed,
         R"("reasoning_details":[{"type":"reasoning.encrypted","data":"xx","format":"g"}])", none},
        {"with a detail that says nothing", chat, R"("reasoning":"Hm.")",
         R"("reasoning":"Hm.","reasoning_details":[{"type":"reasoning.text","text":"","format":null,"index":0}])",
         whole},
        {"the beginning of a thought", chat, R"("reasoning":"First. Then.")", R"("reasoning":"First.")",
         part},
        {"a thought without its white space", chat, R"("reasoning":"\nFirst.\n")", R"("reasoning":" First.")",
         part},
        {"another thought", chat, R"("reasoning":"First.")", R"("reasoning":"Second.")", none},
        {"a citation without what is empty", chat,
         R"("annotations":[{"type":"url_citation","url_citation":{"url":"u","title":"t"}}])",
         R"("annotations":[{"type":"url_citation","url_citation":{"url":"u","title":""}}])", part},
        {"the end of a thought", messages, R"({"type":"thinking","thinking":"First. Then.","signature":"s"})",
         R"({"type":"thinking","thinking":" Then.","signature":"s"})", part},
        {"under another signature", messages, R"({"type":"thinking","thinking":"First.","signature":"s"})",
         R"({"type":"thinking","thinking":"First.","signature":"t"})", none},
        {"with white space before it", messages, R"({"type":"thinking","thinking":"First.","signature":"s"})",
         R"({"type":"text","text":" "})", part},
        {"redacted thinking without data", messages, R"({"type":"redacted_thinking","data":"d"})",
         R"({"type":"redacted_thinking","data":""})", whole},
        {"a search's results without their dates", messages,
         R"({"type":"web_search_tool_result","tool_use_id":"s","content":[{"url":"u","page_age":"1 day"}]})",
         R"({"type":"web_search_tool_result","tool_use_id":"s","content":[{"url":"u"}]})", part},
        {"with an added kind", messages,
         R"({"type":"server_tool_use","id":"s","name":"n","input":{"command":"ls"}})",
         R"({"type":"server_tool_use","id":"s","name":"n","input":{"command":"ls","type":"bash"}})", part},
        {"with another kind", messages,
         R"({"type":"server_tool_use","id":"s","name":"n","input":{"command":"ls","type":"sh"}})",
         R"({"type":"server_tool_use","id":"s","name":"n","input":{"command":"ls","type":"bash"}})", none},
        {"the beginning of a thought", ollama, R"("thinking":"First. Then.")", R"("thinking":"First.")",
         part},
        {"another thought", ollama, R"("thinking":"First.")", R"("thinking":"Last.")", none},
    };
    for (const auto& one : rows) {
        INFO(one.name << ": " << one.back);
        CHECK(compared(one.read(one.back), one.read(one.said)) == one.expected);
    }
}

TEST_CASE("what is sealed agrees with any variant that an event gave") {
    const std::vector<std::int64_t> variants{llm::variant_of("done")};
    const auto reasoning = [](const std::string& sealed) {
        return responses(R"({"type":"reasoning","summary":[],"encrypted_content":")" + sealed + "\"}");
    };
    const auto compaction = [](const std::string& sealed) {
        return responses(R"({"type":"compaction","encrypted_content":")" + sealed + "\"}");
    };
    const auto program = [](const std::string& code, const std::string& sealed) {
        return responses(R"({"type":"program","call_id":"p","code":")" + code + R"(","fingerprint":")" +
                         sealed + "\"}");
    };
    CHECK(compared(reasoning("done"), reasoning("completed"), variants) == agreement::whole);
    CHECK(compared(reasoning("other"), reasoning("completed"), variants) == agreement::none);
    CHECK(compared(reasoning("done"), reasoning("completed")) == agreement::none);
    CHECK(compared(compaction("done"), compaction("completed"), variants) == agreement::part);
    CHECK(compared(compaction("other"), compaction("completed"), variants) == agreement::none);
    CHECK(compared(program("f()", "done"), program("f()", "completed"), variants) == agreement::part);
    CHECK(compared(program("g()", "done"), program("f()", "completed"), variants) == agreement::none);
}

TEST_CASE("comparing takes time in proportion to what is compared") {
    std::string said;
    std::string back;
    for (int i = 0; i < 20000; ++i) {
        said += (i == 0 ? "" : ",") + std::string{R"({"type":"redacted_thinking","data":"a"})"};
        back += (i == 0 ? "" : ",") + std::string{R"({"type":"redacted_thinking","data":"b"})"};
    }
    const std::string thought(1U << 20U, 'a');
    said += R"(,{"type":"thinking","thinking":")" + thought + R"(","signature":"s"})";
    back += R"(,{"type":"thinking","thinking":")" + thought + R"(b","signature":"t"})";
    const std::vector<std::int64_t> variants{1, 2, 3};
    CHECK(compared(messages(back), messages(said), variants) == agreement::none);
}

}  // namespace tapes::record::content_agreement_test
