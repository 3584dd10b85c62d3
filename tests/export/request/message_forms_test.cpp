#include "request/message_forms.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace message_forms_test {

using namespace tapes;
using namespace tapes::exports;
using nlohmann::ordered_json;

/// What the mapping of an API makes of a request, as the nodes that the store would hold.
std::vector<node_message> mapped(const char* path, const std::string& body) {
    const auto* const api = llm::find_api("POST", path);
    REQUIRE(api != nullptr);
    llm::request request;
    REQUIRE(api->map_request(body, {}, request) == llm::map_error::none);
    std::vector<node_message> nodes;
    for (auto& one : request.messages) {
        nodes.push_back({static_cast<std::int64_t>(nodes.size()) + 1, one.role, "m", "p", "", one.content});
    }
    return nodes;
}

ordered_json written(message_form form, const std::vector<node_message>& nodes, bool own, left_out& left,
                     const char* history) {
    const form_context context{own, left};
    messages_in_form made;
    for (const auto& one : nodes) {
        form(one, context, made);
    }
    ordered_json body{{"model", "m"}, {history, std::move(made.history)}};
    if (!made.system.is_null()) {
        body["system"] = std::move(made.system);
    }
    return body;
}

/// The hash of the last node of the chain.
std::string chain_of(const std::vector<node_message>& nodes) {
    std::optional<merkle::link> above;
    for (const auto& one : nodes) {
        merkle::message said{one.role, one.blocks};
        above = merkle::make_node(above, {"m", "p", ""}, said).position;
    }
    return above ? merkle::to_hex(above->match) : "";
}

void check_round_trip(const char* path, message_form form, const char* history, const std::string& body) {
    CAPTURE(path, body);
    const auto nodes = mapped(path, body);
    left_out left;
    const auto again = written(form, nodes, true, left, history);
    CAPTURE(again.dump());
    CHECK(chain_of(mapped(path, again.dump())) == chain_of(nodes));
}

TEST_CASE("in its own form a history maps to the same chain") {
    check_round_trip("/v1/messages", add_anthropic_message, "messages",
                     R"({"model":"m","system":[{"type":"text","text":"a"},
        {"type":"text","text":"b"}],"messages":[{"role":"user","content":[{"type":"text","text":"x"},
        {"type":"image","source":{"type":"url","url":"https://a.test/i.png"}},
        {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"AAAA"},"title":"t"},
        {"type":"document","source":{"type":"text","media_type":"text/plain","data":"abc"}}]},
        {"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"s"},
        {"type":"redacted_thinking","data":"zz"},{"type":"text","text":"see"},
        {"type":"server_tool_use","id":"srv","name":"web_search","input":{"query":"q"}},
        {"type":"web_search_tool_result","tool_use_id":"srv","content":[{"type":"web_search_result","url":"u","title":"t",
        "encrypted_content":"e"}]},{"type":"tool_use","id":"t1","name":"f","input":{"n":1}},
        {"type":"tool_use","id":"t2","name":"g","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"o"},
        {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}}]},
        {"type":"tool_result","tool_use_id":"t2","content":"bad","is_error":true},{"type":"text","text":"go"}]}]})");
    check_round_trip("/v1/chat/completions", add_chat_message, "messages", R"({"model":"m","messages":[
        {"role":"developer","content":"d"},{"role":"user","name":"Ann","content":[{"type":"text","text":"x"},
        {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
        {"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}}]},
        {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f",
        "arguments":"{\"n\":1}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":"not json"}},
        {"id":"c3","type":"custom","custom":{"name":"h","input":"x"}}]},
        {"role":"tool","tool_call_id":"c1","content":"o"},{"role":"tool","tool_call_id":"c2","content":[{"type":"text",
        "text":"p"}]},{"role":"tool","tool_call_id":"c3","content":""},{"role":"assistant","content":"a","refusal":"no"},
        {"role":"user","content":"bye"}]})");
    check_round_trip("/v1/responses", add_responses_message, "input", R"({"model":"m","input":[
        {"role":"system","content":"s"},{"role":"user","content":[{"type":"input_text","text":"x"},
        {"type":"input_image","image_url":"https://a.test/i.png","detail":"high"},{"type":"input_file","file_id":"f1"}]},
        {"type":"reasoning","id":"rs","summary":[{"type":"summary_text","text":"h"}],"encrypted_content":"e"},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]}]},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{\"n\":1}","namespace":"ns"},
        {"type":"custom_tool_call","call_id":"c2","name":"patch","input":"x"},
        {"type":"local_shell_call","call_id":"c3","action":{"type":"exec","command":["ls"]}},
        {"type":"function_call_output","call_id":"c1","output":"o"},
        {"type":"custom_tool_call_output","call_id":"c2","output":"p"},
        {"type":"local_shell_call_output","call_id":"c3","output":"q"},{"role":"user","content":"go"}]})");
    check_round_trip("/api/chat", add_ollama_message, "messages", R"({"model":"m","messages":[
        {"role":"system","content":"s"},{"role":"user","content":"x","images":["AAAA"]},
        {"role":"assistant","content":"","thinking":"h","tool_calls":[{"function":{"name":"f","arguments":{"n":1}}}]},
        {"role":"tool","tool_name":"f","content":"o"},{"role":"user","content":"y"}]})");
}

TEST_CASE("in its own form each message comes out as it came in") {
    struct api_case {
        const char* path;
        message_form form;
        const char* history;
        std::vector<std::string> messages;
    };
    const std::vector<api_case> cases{
        {"/v1/messages",
         add_anthropic_message,
         "messages",
         {R"([{"role":"user","content":[{"type":"document","title":"T","citations":{"enabled":true},
             "source":{"type":"text","media_type":"text/plain","data":"Hello plain text."}},{"type":"text","text":"q"}]}])",
          R"([{"role":"user","content":[{"type":"document","source":{"type":"base64","media_type":"application/pdf",
             "data":"AAAA"}}]}])",
          R"([{"role":"user","content":[{"type":"document","source":{"type":"file","file_id":"file_1"}}]}])",
          R"([{"role":"user","content":[{"type":"document","source":{"type":"content","content":[
             {"type":"text","text":"a"}]}}]}])",
          R"([{"role":"user","content":[{"type":"image","source":{"type":"file","file_id":"file_2"}},
             {"type":"text","text":"q"}]}])",
          R"([{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"t"},
             {"type":"image","source":{"type":"file","file_id":"file_3"}}]}]}])",
          R"([{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"document",
             "source":{"type":"text","media_type":"text/plain","data":"abc"}}]}]}])"}},
        {"/v1/responses",
         add_responses_message,
         "input",
         {R"([{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"one"},
             {"type":"input_image","image_url":"https://a.test/i.png"}]}])",
          R"([{"type":"function_call_output","call_id":"c1","output":[
             {"type":"input_image","image_url":"https://a.test/i.png"}]}])",
          R"([{"type":"function_call_output","call_id":"c1","output":[{"type":"input_text","text":"one"},
             {"type":"input_file","file_id":"file_1"}]}])",
          R"([{"type":"custom_tool_call_output","call_id":"c1","output":[{"type":"input_text","text":"one"},
             {"type":"input_image","file_id":"file_1"}]}])",
          R"([{"type":"function_call_output","call_id":"c1","output":[{"type":"input_file","file_id":"f"}]},
             {"type":"function_call_output","call_id":"c2","output":"two"},
             {"type":"message","role":"user","content":[{"type":"input_text","text":"go"}]}])"}},
        {"/v1/chat/completions",
         add_chat_message,
         "messages",
         {R"([{"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"one"},
             {"type":"image_url","image_url":{"url":"https://a.test/i.png"}}]}])",
          R"([{"role":"tool","tool_call_id":"c1","content":[{"type":"text","text":"one"},
             {"type":"file","file":{"file_id":"file_1"}}]},{"role":"user","content":"go"}])"}},
    };
    for (const auto& [path, form, history, bodies] : cases) {
        for (const auto& messages : bodies) {
            const auto body = std::string{R"({"model":"m",")"} + history + "\":" + messages + "}";
            check_round_trip(path, form, history, body);
            left_out left;
            const auto again = written(form, mapped(path, body), true, left, history)[history];
            CHECK(nlohmann::json::parse(again.dump()) == nlohmann::json::parse(messages));
            CHECK(left.counts().empty());
        }
    }
}

TEST_CASE("an image in what a tool put out stays with it in another form") {
    const auto nodes = mapped("/v1/responses", R"({"model":"m","input":[{"role":"user","content":"x"},
        {"type":"function_call","call_id":"c1","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c1",
        "output":[{"type":"input_text","text":"o"},{"type":"input_image","image_url":"https://a.test/i.png"}]}]})");
    left_out left;
    const auto messages = written(add_anthropic_message, nodes, false, left, "messages")["messages"];
    REQUIRE(messages.size() == 3);
    CHECK(messages[2]["content"] ==
          ordered_json::parse(
              R"([{"type":"tool_result","tool_use_id":"c1","content":[{"type":"text","text":"o"},
              {"type":"image","source":{"type":"url","url":"https://a.test/i.png"}}]}])"));
}

TEST_CASE("in another form what only an API has is left out and counted") {
    const auto nodes = mapped("/v1/messages", R"({"model":"m","messages":[{"role":"user","content":"x"},
        {"role":"assistant","content":[{"type":"thinking","thinking":"h","signature":"s"},{"type":"text","text":"see",
        "citations":[{"type":"char_location"}]},{"type":"tool_use","id":"t1","name":"f","input":{"n":1}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":[
        {"type":"text","text":"o"},{"type":"image","source":{"type":"url","url":"https://a.test/i.png"}}]}]}]})");
    left_out left;
    const auto chat = written(add_chat_message, nodes, false, left, "messages")["messages"];
    CHECK(chat == ordered_json::parse(
                      R"([{"role":"user","content":"x"},{"role":"assistant","content":"see","tool_calls":[
        {"id":"t1","type":"function","function":{"name":"f","arguments":"{\"n\":1}"}}]},
        {"role":"tool","tool_call_id":"t1","content":"o"}])"));
    CHECK(left.counts() == std::map<std::string, std::uint64_t>{{"thinking", 1},
                                                                {"citations", 1},
                                                                {"marks of failed calls", 1},
                                                                {"image in results of tools", 1}});
    left_out of_responses;
    const auto items = written(add_responses_message, nodes, false, of_responses, "input")["input"];
    CHECK(items[2] == ordered_json::parse(
                          R"({"type":"function_call","call_id":"t1","name":"f","arguments":"{\"n\":1}"})"));
    CHECK(items[3]["output"][1]["type"] == "input_image");
    CHECK(of_responses.counts().contains("thinking"));
}

TEST_CASE("results of parallel calls come back to Anthropic in one message") {
    const auto nodes =
        mapped("/v1/chat/completions", R"({"model":"m","messages":[{"role":"user","content":"x"},
        {"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}},
        {"id":"b","type":"function","function":{"name":"f","arguments":"[1]"}}]},
        {"role":"tool","tool_call_id":"a","content":"1"},{"role":"tool","tool_call_id":"b","content":"2"}]})");
    left_out left;
    const auto messages = written(add_anthropic_message, nodes, false, left, "messages")["messages"];
    REQUIRE(messages.size() == 3);
    CHECK(messages[2]["role"] == "user");
    CHECK(messages[2]["content"].size() == 2);
    CHECK(messages[1]["content"][1]["input"] == ordered_json{{"arguments", "[1]"}});
}

}  // namespace message_forms_test
