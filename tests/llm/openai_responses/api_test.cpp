#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::llm::openai_responses_api_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api responses{"/v1/responses"};

// Role and event form of each message.
std::vector<std::string> said(const llm::request& from) {
    std::vector<std::string> all;
    for (const merkle::message& message : from.messages) {
        all.push_back(message.role + " " + merkle::event_content(message.content));
    }
    return all;
}

std::vector<std::string> input(const std::string& items, const llm::item_source& source = {}) {
    return said(responses.request_of(R"({"model":"m","input":[)" + items + "]}", source));
}

using all = std::vector<std::string>;

}  // namespace

TEST_CASE("a Responses request's model, stream, session and ids are read wherever they stand") {
    const auto out = responses.request_of(
        R"({"input":"hi","metadata":{"user_id":"u","session_id":"s"},"stream":true,"model":"gpt-5","n":3} )");
    CHECK(out.model == "gpt-5");
    CHECK(out.streamed);
    CHECK(out.choices == 1);
    CHECK(out.session == "s");
    CHECK(out.leading == 0);
    CHECK(said(out) == all{R"(user [{"type":"text","text":"hi"}])"});
    CHECK(responses.request_of(R"({"input":[],"prompt_cache_key":"k"})").session == "k");
    CHECK(responses.request_of(R"({"input":"x","conversation":"conv_1"})").conversation == "conv_1");
    CHECK(responses.request_of(R"({"input":"x","conversation":{"id":"conv_1"}})").conversation == "conv_1");
    CHECK(responses.request_of(R"({"input":"x","previous_response_id":"resp_1"})").previous_response_id ==
          "resp_1");
    CHECK(
        responses.request_of(R"({"input":"x","previous_response_id":null,"conversation":null,"stream":null})")
            .previous_response_id.empty());
}

TEST_CASE("a string, an item without type and a message item are one meaning") {
    const all expected{R"(user [{"type":"text","text":"hi"}])"};
    CHECK(said(responses.request_of(R"({"input":"hi"})")) == expected);
    CHECK(input(R"({"role":"user","content":"hi"})") == expected);
    CHECK(input(R"({"content":[{"text":"hi","type":"input_text"}],"role":"user","type":"message"})") ==
          expected);
    CHECK(input(R"({"id":"msg_1","status":"completed","type":"message","role":"user",
        "content":[{"type":"input_text","text":"hi","prompt_cache_breakpoint":{"mode":"explicit"}}]})") ==
          expected);
    CHECK(input(R"({"role":"user","content":""})") == all{"user []"});
}

TEST_CASE("instructions lead, but not where the chain goes on elsewhere") {
    const auto out = responses.request_of(R"({"input":"hi","instructions":"be brief"})");
    CHECK(out.leading == 1);
    CHECK(said(out) ==
          all{R"(system [{"type":"text","text":"be brief"}])", R"(user [{"type":"text","text":"hi"}])"});
    for (const auto* more : {R"("previous_response_id":"r")", R"("conversation":"c")"}) {
        const auto on =
            responses.request_of(std::string(R"({"instructions":"be brief","input":"hi",)") + more + "}");
        CHECK(on.leading == 0);
        CHECK(said(on) == all{R"(user [{"type":"text","text":"hi"}])"});
    }
    CHECK(responses.request_of(R"({"input":"hi","instructions":""})").leading == 0);
    CHECK(responses.request_of(R"({"input":"hi","instructions":null})").leading == 0);
    CHECK(said(responses.request_of(
              R"({"prompt":{"variables":{"a":"b"},"id":"p","version":null},"instructions":"x"})")) ==
          all{R"(system [{"type":"text","text":"x"}])",
              R"(system [{"type":"prompt","raw":{"id":"p","variables":{"a":"b"}}}])"});
}

TEST_CASE("images are kept by URL, other parts as their JSON") {
    CHECK(
        input(R"({"role":"user","content":[
        {"type":"input_image","detail":"auto","image_url":"data:image/png;base64,AA=="},
        {"type":"input_image","detail":"low","file_id":"file_1","image_url":null},
        {"type":"input_file","filename":"a.pdf","file_data":"data:application/pdf;base64,AA=="},
        {"type":"input_audio","input_audio":{"format":"wav","data":"AA"}}]})") ==
        all{R"(user [{"type":"image","image_url":"data:image/png;base64,AA=="},)"
            R"({"type":"input_image","raw":{"file_id":"file_1","type":"input_image"}},)"
            R"({"type":"input_file","raw":{"file_data":"data:application/pdf;base64,AA==","filename":"a.pdf","type":"input_file"}},)"
            R"({"type":"input_audio","raw":{"input_audio":{"data":"AA","format":"wav"},"type":"input_audio"}}])"});
}

TEST_CASE("what one answer said in several items is one message, each output of a tool its own") {
    CHECK(
        input(R"({"role":"user","content":"go"},
        {"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"e"},
        {"type":"message","id":"msg_1","role":"assistant","status":"completed","phase":"commentary",
         "content":[{"type":"output_text","text":"let me see","annotations":[],"logprobs":[]}]},
        {"type":"function_call","id":"fc_1","call_id":"a","name":"f","arguments":"{\"x\":1.0}","status":"completed"},
        {"type":"function_call","call_id":"b","name":"g","arguments":"{}"},
        {"type":"function_call_output","call_id":"a","output":"1"},
        {"type":"function_call_output","call_id":"b","output":[{"type":"input_text","text":"2"},
            {"type":"input_image","image_url":"http://x/a.png"}]},
        {"role":"assistant","content":"done"})") ==
        all{R"(user [{"type":"text","text":"go"}])",
            R"(assistant [{"type":"thinking","thinking":"hm","signature":"e"},{"type":"text","text":"let me see"},)"
            R"({"type":"tool_use","tool_use_id":"a","tool_name":"f","tool_input":{"x":1}},)"
            R"({"type":"tool_use","tool_use_id":"b","tool_name":"g"}])",
            R"(tool [{"type":"tool_result","tool_result_id":"a","tool_output":"1"}])",
            R"(tool [{"type":"tool_result","tool_result_id":"b","tool_output":"2"},{"type":"image","image_url":"http://x/a.png"}])",
            R"(assistant [{"type":"text","text":"done"}])"});
}

TEST_CASE("an answer that came back empty is an empty message, unless more of it follows") {
    for (const std::string content : {R"("")", "null", "[]"}) {
        const std::string empty = R"({"role":"assistant","content":)" + content + "}";
        CHECK(input(R"({"role":"user","content":"a"},)" + empty + R"(,{"role":"user","content":"b"})") ==
              all{R"(user [{"type":"text","text":"a"}])", "assistant []",
                  R"(user [{"type":"text","text":"b"}])"});
        CHECK(input(R"({"role":"user","content":"a"},)" + empty +
                    R"(,{"type":"function_call","call_id":"c","name":"f","arguments":"{}"})") ==
              all{R"(user [{"type":"text","text":"a"}])",
                  R"(assistant [{"type":"tool_use","tool_use_id":"c","tool_name":"f"}])"});
    }
}

TEST_CASE("ids, states and nulls that SDKs add or drop change nothing") {
    const auto same = [](const std::string& one, const std::string& other) {
        INFO(one);
        CHECK(input(one) == input(other));
    };
    same(
        R"({"type":"web_search_call","id":"ws_1","status":"completed","action":{"type":"search","query":"q","sources":null}})",
        R"({"type":"web_search_call","action":{"query":"q","type":"search"}})");
    same(R"({"type":"file_search_call","id":"fs_1","status":"completed","queries":["q"],"results":null})",
         R"({"type":"file_search_call","queries":["q"]})");
    same(
        R"({"type":"custom_tool_call","id":"ctc_1","status":"completed","call_id":"c","name":"n","input":"i"})",
        R"({"type":"custom_tool_call","call_id":"c","name":"n","input":"i","caller":null})");
    same(
        R"({"type":"custom_tool_call_output","call_id":"c","output":"o"})",
        R"({"type":"custom_tool_call_output","id":"x","call_id":"c","output":[{"type":"input_text","text":"o"}]})");
    same(
        R"({"type":"tool_search_output","id":"ts_1","call_id":null,"execution":"server","status":"completed","tools":[]})",
        R"({"type":"tool_search_output","execution":"server","tools":[]})");
    same(
        R"({"type":"custom_tool_call","id":"ctc_1","status":"completed","call_id":"c","name":"apply_patch","input":"i"})",
        R"({"type":"custom_tool_call","status":"completed","call_id":"c","name":"apply_patch","input":"i",
            "internal_chat_message_metadata_passthrough":{"turn_id":"t"}})");
    same(
        R"({"type":"image_generation_call","id":"ig_1","status":"completed","action":"generate","background":"opaque",
            "output_format":"png","quality":"high","size":"1024x1024","revised_prompt":"p","result":"AA"})",
        R"({"type":"image_generation_call","id":"ig_1","status":"completed","revised_prompt":"p","result":"AA"})");
    same(
        R"({"type":"shell_call","id":"sh_1","call_id":"c","action":{"commands":[]},"caller":{"type":"direct"},"created_by":"x"})",
        R"({"type":"shell_call","call_id":"c","action":{"commands":[]}})");
    same(
        R"({"type":"function_call","id":"fc_1","call_id":"c","name":"n","arguments":"","status":"completed","parsed_arguments":{}})",
        R"({"type":"function_call","call_id":"c","name":"n","arguments":"{}"})");
    same(
        R"({"type":"reasoning","id":"rs_1","summary":[],"content":null,"encrypted_content":null,"status":null},
             {"role":"assistant","content":"x"})",
        R"({"role":"assistant","content":[{"type":"output_text","text":"x"}]})");
    CHECK(input(R"({"type":"function_call","call_id":"c","name":"n","arguments":"{}"})") !=
          input(R"({"type":"function_call","call_id":"d","name":"n","arguments":"{}"})"));
}

TEST_CASE("items of built-in tools are kept as their JSON, with the call that they belong to") {
    CHECK(
        input(
            R"({"type":"computer_call","id":"cu","call_id":"c","status":"completed","action":{"type":"wait"},
        "pending_safety_checks":[]},{"type":"computer_call_output","call_id":"c","output":{"type":"computer_screenshot","file_id":"f"}})") ==
        all{R"(assistant [{"type":"computer_call","tool_use_id":"c","raw":{"action":{"type":"wait"},"call_id":"c","pending_safety_checks":[],"type":"computer_call"}}])",
            R"(tool [{"type":"computer_call_output","tool_result_id":"c","raw":{"call_id":"c","output":{"file_id":"f","type":"computer_screenshot"},"type":"computer_call_output"}}])"});
    CHECK(
        input(R"({"type":"local_shell_call_output","id":"c","output":"{}"})") ==
        all{R"(tool [{"type":"local_shell_call_output","tool_result_id":"c","raw":{"output":"{}","type":"local_shell_call_output"}}])"});
    CHECK(
        input(R"({"type":"mcp_approval_request","id":"r1","name":"n","server_label":"s","arguments":"{}"},
        {"type":"mcp_approval_response","approval_request_id":"r1","approve":true,"id":null})") ==
        all{R"(assistant [{"type":"mcp_approval_request","tool_use_id":"r1","tool_name":"n","raw":{"arguments":"{}","name":"n","server_label":"s","type":"mcp_approval_request"}}])",
            R"(user [{"type":"mcp_approval_response","tool_result_id":"r1","raw":{"approval_request_id":"r1","approve":true,"type":"mcp_approval_response"}}])"});
    for (const std::string type :
         {"web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call",
          "local_shell_call", "mcp_call", "mcp_list_tools", "apply_patch_call", "tool_search_call",
          "compaction", "program", "program_output", "tool_search_output", "made_up_tomorrow"}) {
        INFO(type);
        const auto out = input(R"({"type":")" + type + R"(","id":"i","status":"completed","x":1})");
        REQUIRE(out.size() == 1);
        CHECK(out[0].starts_with("assistant [{\"type\":\"" + type + "\""));
        CHECK(out[0].ends_with(R"("raw":{"type":")" + type + R"(","x":1}}])"));
    }
}

TEST_CASE("whether a patch was applied is told by the state of its output, which is kept") {
    const auto output = [](const std::string& status) {
        return input(R"({"type":"apply_patch_call_output","id":"apo_1","call_id":"c","status":")" + status +
                     "\"}");
    };
    CHECK(
        output("failed") ==
        all{R"(tool [{"type":"apply_patch_call_output","tool_result_id":"c","raw":{"call_id":"c","status":"failed","type":"apply_patch_call_output"}}])"});
    CHECK(output("failed") != output("completed"));
}

TEST_CASE("an output that names no call is told by the name of its tool") {
    CHECK(input(R"({"type":"function_call_output","name":"n","namespace":"s","output":"o"})") ==
          all{R"(tool [{"type":"tool_result","tool_name":"n","tool_output":"o","name":"s"}])"});
    CHECK(input(R"({"type":"function_call_output","call_id":"c","name":"n","namespace":"s","output":"o"})") ==
          all{R"(tool [{"type":"tool_result","tool_result_id":"c","tool_output":"o"}])"});
}

TEST_CASE("what a shell put out is the answer's where the provider ran it") {
    const std::string output = R"({"type":"shell_call_output","call_id":"c","output":[]})";
    CHECK(input(R"({"type":"shell_call","call_id":"c","action":{"commands":["ls"]},
        "environment":{"type":"container_reference","container_id":"k"}},)" +
                output + R"(,{"role":"assistant","content":"x"})")
              .size() == 1);
    CHECK(
        input(
            R"({"type":"shell_call","call_id":"c","action":{"commands":["ls"]},"environment":{"type":"local"}},)" +
            output + R"(,{"role":"assistant","content":"x"})")
            .size() == 3);
    CHECK(input(R"({"type":"tool_search_output","execution":"client","tools":[]})")[0].starts_with("tool "));
}

TEST_CASE("a reference stands for the item that it names") {
    const llm::item_source items = [](std::string_view id) {
        return id == "fc_1"
                   ? R"({"type":"function_call","id":"fc_1","call_id":"c","name":"f","arguments":"{}"})"
               : id == "bad"  ? "{"
               : id == "loop" ? R"({"type":"item_reference","id":"loop"})"
                              : "";
    };
    const all call{R"(assistant [{"type":"tool_use","tool_use_id":"c","tool_name":"f"}])"};
    CHECK(input(R"({"type":"item_reference","id":"fc_1"})", items) == call);
    CHECK(input(R"({"id":"fc_1"})", items) == call);
    CHECK(input(R"({"type":"function_call","id":"fc_1"})", items) == call);
    for (const auto* id : {"none", "bad"}) {
        INFO(id);
        CHECK(input(R"({"type":"item_reference","id":")" + std::string(id) + R"("})", items) ==
              all{R"(assistant [{"type":"item_reference","raw":{"id":")" + std::string(id) +
                  R"(","type":"item_reference"}}])"});
    }
    CHECK(input(R"({"type":"item_reference","id":"loop"})", items).size() == 1);
    CHECK(input(R"({"type":"item_reference","id":"x"})").size() == 1);
}

TEST_CASE("a history may be cut wherever no two neighbours make one message") {
    const std::string user = R"({"role":"user","content":"x"})";
    const std::string said = R"({"role":"assistant","content":"x"})";
    const std::string call = R"({"type":"function_call","call_id":"c","name":"f","arguments":"{}"})";
    const std::string output = R"({"type":"function_call_output","call_id":"c","output":"x"})";
    const std::string reasoning = R"({"type":"reasoning","summary":[]})";
    const std::string reference = R"({"type":"item_reference","id":"x"})";
    const std::string shell = R"({"type":"shell_call_output","call_id":"c","output":[]})";
    const auto joins = responses->joins;
    for (const auto& [a, b] : std::vector<std::pair<std::string, std::string>>{{said, call},
                                                                               {reasoning, said},
                                                                               {call, call},
                                                                               {call, reasoning},
                                                                               {call, reference},
                                                                               {call, shell},
                                                                               {shell, said}}) {
        INFO(a << b);
        CHECK(joins(a, b));
    }
    for (const auto& [a, b] : std::vector<std::pair<std::string, std::string>>{{user, said},
                                                                               {said, user},
                                                                               {call, output},
                                                                               {output, output},
                                                                               {output, call},
                                                                               {user, user},
                                                                               {output, reference}}) {
        INFO(a << b);
        CHECK_FALSE(joins(a, b));
    }
}

TEST_CASE("a Responses body that does not map says why") {
    for (const auto* body : {"", "x", "{", R"({"input":[)", R"({"input":[]}x)", R"({"input":["a})"}) {
        INFO(body);
        CHECK(responses.request_error(body) == map_error::not_json);
    }
    for (const auto* body : {"[]", "1", "{}", R"({"input":1})", R"({"input":[1]})", R"({"input":["a"]})",
                             R"({"input":null})", R"({"input":{}})"}) {
        INFO(body);
        CHECK(responses.request_error(body) == map_error::wrong_shape);
    }
    const std::string deep = std::string(600, '[') + std::string(600, ']');
    CHECK(responses.request_error(R"({"input":[{"type":"x","v":)" + deep + "}]}") == map_error::too_deep);
    CHECK(responses.request_error(R"({"input":[{"role":"user","content":[{"type":"x","v":)" + deep +
                                  "}]}]}") == map_error::too_deep);
}

TEST_CASE("members of the wrong shape are kept or passed over, none ends the mapping") {
    for (
        const auto* item :
        {R"({"type":1})", R"({"role":1,"content":1})", R"({"role":"user","content":{"a":1}})",
         R"({"type":"reasoning","summary":{"x":1},"content":[1,[2],null],"encrypted_content":7})",
         R"({"type":"function_call","arguments":[1],"name":{},"call_id":[]})",
         R"({"type":"function_call_output","output":{"a":1}})", R"({"type":"shell_call","environment":[]})",
         R"({"type":"message","role":"assistant","content":[1,null,[],{"type":"output_text"},{"annotations":[1]}]})",
         R"({"id":{},"type":"item_reference"})", R"({})", R"({"\ud800":1,"type":"x"})"}) {
        INFO(item);
        CHECK(responses.request_error(R"({"input":[)" + std::string(item) + "]}") == map_error::none);
        CHECK(responses.answer_error(R"({"status":"completed","output":[)" + std::string(item) + "]}") !=
              map_error::not_json);
    }
}

TEST_CASE("an answer's items are one choice, with usage and ids") {
    llm::answer out;
    REQUIRE(responses->map_answer(R"({"id":"resp_1","object":"response","status":"completed","error":null,
        "incomplete_details":null,"model":"gpt-5-2025","output":[
          {"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"a"},{"type":"summary_text","text":"b"}]},
          {"id":"msg_1","type":"message","role":"assistant","status":"completed",
           "content":[{"type":"output_text","text":"hi","annotations":[{"type":"url_citation","url":"u"}]},
                      {"type":"refusal","refusal":"no"}]}],
        "usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":4,"cache_write_tokens":1},
                 "output_tokens":6,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":11}})",
                                  out) == map_error::none);
    CHECK(out.id == "resp_1");
    CHECK(out.model == "gpt-5-2025");
    CHECK(out.item_ids == all{"rs_1", "msg_1"});
    REQUIRE(out.choices.size() == 1);
    CHECK(out.choices[0].stop_reason == "completed");
    CHECK(out.choices[0].message.role == "assistant");
    const auto& blocks = out.choices[0].message.content;
    CHECK(
        merkle::event_content(blocks) ==
        R"([{"type":"thinking","thinking":"a\n\nb"},{"type":"text","text":"hi"},)"
        R"({"type":"annotations","raw":[{"type":"url_citation","url":"u"}]},{"type":"refusal","refusal":"no"}])");
    CHECK(blocks[0].dropped_by_clients);
    CHECK_FALSE(blocks[1].dropped_by_clients);
    CHECK(blocks[2].dropped_by_clients);
    CHECK(blocks[3].dropped_by_clients);
    CHECK(out.used.prompt_tokens == 5);
    CHECK(out.used.completion_tokens == 6);
    CHECK(out.used.total_tokens == 11);
    CHECK(out.used.cache_read_input_tokens == 4);
    CHECK(out.used.cache_creation_input_tokens == 1);
}

TEST_CASE("a compaction says what it adds, and not the messages that it repeats") {
    const test::tested_api compact{"/v1/responses/compact"};
    const auto said = compact.answer_of(
        R"({"id":"resp_1","object":"response.compaction","output":[
          {"type":"message","role":"user","content":[{"type":"input_text","text":"q"}]},
          {"type":"compaction","id":"cmp_1","encrypted_content":"E"}],
        "usage":{"input_tokens":5,"output_tokens":6,"total_tokens":11}})");
    CHECK(said.id == "resp_1");
    CHECK(said.item_ids == all{"cmp_1"});
    CHECK(said.used.total_tokens == 11);
    REQUIRE(said.choices.size() == 1);
    REQUIRE(said.choices[0].message.content.size() == 1);
    CHECK(said.choices[0].message.content[0].type == "compaction");
}

TEST_CASE("the stop reason is the status, or why the answer is incomplete") {
    const auto reason = [](const std::string& members) {
        llm::answer out;
        REQUIRE(responses->map_answer(
                    "{" + members +
                        R"(,"output":[{"type":"message","content":[{"type":"output_text","text":"x"}]}]})",
                    out) == map_error::none);
        return out.choices.at(0).stop_reason;
    };
    CHECK(reason(R"("status":"completed")") == "completed");
    CHECK(reason(R"("incomplete_details":{"reason":"max_output_tokens"},"status":"incomplete")") ==
          "max_output_tokens");
    CHECK(reason(R"("status":"incomplete","incomplete_details":null)") == "incomplete");
    CHECK(reason(R"("status":"failed","error":{"code":"server_error"})") == "failed");
}

TEST_CASE("a Responses answer in which nothing was said is empty, an error is the provider's") {
    CHECK(responses.answer_error(R"({"status":"queued","background":true,"output":[]})") == map_error::empty);
    CHECK(responses.answer_error(R"({"status":"in_progress","output":null})") == map_error::empty);
    CHECK(
        responses.answer_error(
            R"({"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":""}]}]})") ==
        map_error::empty);
    CHECK(responses.answer_error(R"({"status":"failed","error":{"code":"server_error"},"output":[]})") ==
          map_error::provider_error);
    CHECK(responses.answer_error(R"({"error":{"message":"x"}})") == map_error::provider_error);
    CHECK(responses.answer_error(R"({"ok":true})") == map_error::wrong_shape);
    CHECK(responses.answer_error("<html>") == map_error::not_json);
}

TEST_CASE("a Responses answer that is still to come is pending under its id") {
    struct row {
        const char* body;
        bool pending;
    };
    const auto one = GENERATE(values<row>({
        {R"({"id":"r","status":"queued","background":true,"output":[]})", true},
        {R"({"id":"r","status":"in_progress","output":null})", true},
        {R"({"id":"r","status":"in_progress","background":true,"output":[{"type":"message","content":"so far"}]})",
         true},
        {R"({"status":"queued","background":true,"output":[]})", false},
        {R"({"id":"r","status":"completed","background":true,"output":[]})", false},
        {R"({"id":"r","status":"cancelled","output":[]})", false},
    }));
    CAPTURE(one.body);
    answer out;
    CHECK(responses->map_answer(one.body, out) == map_error::empty);
    CHECK(out.pending == one.pending);
    CHECK(out.choices.empty());
}

TEST_CASE("a Responses answer without content says why it ended") {
    const auto ending = [](const std::string& members) {
        answer out;
        (void)responses->map_answer(R"({"id":"r","output":[],)" + members + "}", out);
        return out.ending;
    };
    CHECK(ending(R"("status":"cancelled")") == "cancelled");
    CHECK(ending(R"("status":"failed","error":{"code":"x"})") == "failed");
    CHECK(ending(R"("status":"incomplete","incomplete_details":{"reason":"max_output_tokens"})") ==
          "max_output_tokens");
    CHECK(ending(R"("status":"queued")").empty());
}

}  // namespace tapes::llm::openai_responses_api_test
