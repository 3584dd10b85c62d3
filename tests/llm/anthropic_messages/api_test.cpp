#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::llm::anthropic_messages_api_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api messages{"/v1/messages"};

std::string session_of(const std::string& user_id) {
    return messages.request_of(R"({"messages":[],"metadata":{"user_id":)" + user_id + "}}").session;
}

// The event form of a message whose content this is.
std::string content_of(const std::string& content) {
    return messages.only_message_of(R"({"model":"m","messages":[{"role":"user","content":)" + content +
                                    "}]}");
}

std::string block_of(const std::string& block) {
    return content_of("[" + block + "]");
}

std::string system_of(const std::string& system) {
    const auto out = messages.request_of(R"({"messages":[],"system":)" + system + "}");
    REQUIRE(out.messages.size() == out.leading);
    return out.messages.empty() ? "none" : merkle::event_content(out.messages[0].content);
}

// Hash and match of the only message of a request with this content.
merkle::link position_of(const std::string& content) {
    const auto out = messages.request_of(R"({"messages":[{"role":"assistant","content":)" + content + "}]}");
    return merkle::make_node({}, {"m", "anthropic", {}}, out.messages.at(0)).position;
}

const std::string nothing = "[]";

}  // namespace

TEST_CASE("a request of Messages gives its model, stream, system and messages wherever they stand") {
    const auto out = messages.request_of(
        R"({"messages":[{"content":"hi","role":"user"}],"max_tokens":9,"stream":true,"system":"Be brief.","model":"claude"} )");
    CHECK(out.model == "claude");
    CHECK(out.streamed);
    CHECK(out.choices == 1);
    REQUIRE(out.messages.size() == 2);
    CHECK(out.leading == 1);
    CHECK(out.messages[0].role == "system");
    CHECK(merkle::event_content(out.messages[0].content) == R"([{"type":"text","text":"Be brief."}])");
    CHECK(out.messages[1].role == "user");
    const auto plain = messages.request_of(R"({"messages":[{"role":"user","content":"hi"}]})");
    CHECK(plain.leading == 0);
    CHECK(plain.messages.size() == 1);
    CHECK_FALSE(plain.streamed);
    CHECK(messages->expected_choices("{") == 1);
}

TEST_CASE("a system prompt is one message, from a string or from blocks") {
    CHECK(system_of(R"("a")") == R"([{"type":"text","text":"a"}])");
    CHECK(system_of(R"([{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}])") ==
          system_of(R"("a")"));
    CHECK(system_of(R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])") ==
          R"([{"type":"text","text":"a"},{"type":"text","text":"b"}])");
    for (const auto* empty : {"\"\"", "null", "[]", R"([{"type":"text","text":""}])"}) {
        CHECK(system_of(empty) == "none");
    }
}

TEST_CASE("Claude Code's billing line is no part of the system prompt, whatever it says") {
    const auto with = [](const std::string& cch) {
        return system_of(
            R"([{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1.37.0d9; cch=)" + cch +
            R"(;"},{"type":"text","text":"You are Claude Code."}])");
    };
    CHECK(with("fa690") == R"([{"type":"text","text":"You are Claude Code."}])");
    CHECK(with("fa690") == with("0aaa9"));
    CHECK(system_of(R"("x-anthropic-billing-header: cch=1;\nYou are")") ==
          R"([{"type":"text","text":"You are"}])");
    CHECK(system_of(R"("x-anthropic-billing-header: cch=1;")") == "none");
}

TEST_CASE("the session is the session's part of what Claude Code sends as user_id") {
    CHECK(session_of(R"("user_0a1b_account_11-22_session_57a121ec-f78c")") == "57a121ec-f78c");
    CHECK(session_of(R"("user_0a1b_account__session_57a121ec")") == "57a121ec");
    CHECK(session_of(R"("{\"device_id\":\"d\",\"account_uuid\":\"\",\"session_id\":\"54c1\"}")") == "54c1");
    for (const std::string whole : {"user_7", "user_1_session_", "my_session_1", "{", "{}", "[1]"}) {
        CHECK(session_of("\"" + whole + "\"") == whole);
    }
    CHECK(session_of("null").empty());
    CHECK(session_of("7").empty());
}

TEST_CASE("content of Messages is a string, blocks, or nothing") {
    CHECK(content_of(R"("hi")") == R"([{"type":"text","text":"hi"}])");
    CHECK(content_of(R"([{"type":"text","text":"hi"}])") == content_of(R"("hi")"));
    for (const auto* empty :
         {"\"\"", "null", "[]", R"([{"type":"text","text":""}])", R"([{"type":"text","text":null}])",
          R"([{"type":"thinking","thinking":"","signature":""}])"}) {
        CHECK(content_of(empty) == nothing);
    }
    CHECK(content_of(R"(["a",{"text":"b"},7])") ==
          R"([{"type":"text","text":"a"},{"type":"text","text":"b"},{"type":"unknown","raw":7}])");
}

TEST_CASE("every kind of content block keeps what it says") {
    struct row {
        const char* block;
        const char* event;
    };
    const row rows[] = {
        {R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}})",
         R"([{"type":"image","image_base64":"iVBORw0KGgo=","media_type":"image/png"}])"},
        {R"({"source":{"url":"https://x/a.png","type":"url"},"type":"image"})",
         R"([{"type":"image","image_url":"https://x/a.png"}])"},
        {R"({"type":"image","source":{"type":"file","file_id":"f1"}})",
         R"([{"type":"image","raw":{"file_id":"f1","type":"file"}}])"},
        {R"({"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},"title":null})",
         R"([{"type":"document","image_base64":"JVBE","media_type":"application/pdf"}])"},
        {R"({"type":"document","source":{"type":"text","media_type":"text/plain","data":"once"},"title":"T"})",
         R"([{"type":"document","image_base64":"once","media_type":"text/plain","raw":{"title":"T"}}])"},
        {R"({"type":"document","source":{"type":"url","url":"https://x/a.pdf"}})",
         R"([{"type":"document","raw":{"source":{"type":"url","url":"https://x/a.pdf"}}}])"},
        {R"({"type":"document","source":{"type":"content","content":[{"type":"text","text":"a","cache_control":{}}]}})",
         R"([{"type":"document","raw":{"source":{"content":[{"text":"a","type":"text"}],"type":"content"}}}])"},
        {R"({"type":"document","source":{"type":"file","file_id":"f"},"context":"c"})",
         R"([{"type":"document","raw":{"context":"c","source":{"file_id":"f","type":"file"}}}])"},
        {R"({"type":"tool_use","id":"t","name":"f","input":{"b":1.0,"a":null}})",
         R"([{"type":"tool_use","tool_use_id":"t","tool_name":"f","tool_input":{"a":null,"b":1}}])"},
        {R"({"type":"tool_use","id":"t","name":"f","input":{},"caller":{"type":"direct"},"toolset_name":null})",
         R"([{"type":"tool_use","tool_use_id":"t","tool_name":"f"}])"},
        {R"({"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"q"}})",
         R"([{"type":"server_tool_use","tool_use_id":"s","tool_name":"web_search","tool_input":{"query":"q"}}])"},
        {R"({"type":"mcp_tool_use","id":"m","name":"f","server_name":"srv","input":{"x":1}})",
         R"([{"type":"mcp_tool_use","tool_use_id":"m","tool_name":"f","tool_input":{"x":1},"name":"srv"}])"},
        {R"({"type":"tool_result","tool_use_id":"t","content":"boom","is_error":true})",
         R"([{"type":"tool_result","tool_result_id":"t","tool_output":"boom","is_error":true}])"},
        {R"({"type":"tool_result","tool_use_id":"t"})", R"([{"type":"tool_result","tool_result_id":"t"}])"},
        {R"({"type":"mcp_tool_result","tool_use_id":"m","is_error":false,"content":[{"type":"text","text":"ok"}]})",
         R"([{"type":"mcp_tool_result","tool_result_id":"m","tool_output":"ok"}])"},
        {R"({"type":"web_search_tool_result","tool_use_id":"s","caller":{"type":"direct"},"content":[
            {"type":"web_search_result","url":"u","title":"t","encrypted_content":"E","page_age":null}]})",
         R"([{"type":"web_search_tool_result","tool_result_id":"s","raw":[{"encrypted_content":"E","title":"t","type":"web_search_result","url":"u"}]}])"},
        {R"({"type":"web_fetch_tool_result","tool_use_id":"s","content":{"type":"web_fetch_tool_result_error","error_code":"url_not_accessible"}})",
         R"([{"type":"web_fetch_tool_result","tool_result_id":"s","raw":{"error_code":"url_not_accessible","type":"web_fetch_tool_result_error"}}])"},
        {R"({"type":"bash_code_execution_tool_result","tool_use_id":"s","content":{"type":"bash_code_execution_result","stdout":"4\n","stderr":"","return_code":0,"content":[]}})",
         R"([{"type":"bash_code_execution_tool_result","tool_result_id":"s","raw":{"content":[],"return_code":0,"stderr":"","stdout":"4\n","type":"bash_code_execution_result"}}])"},
        {R"({"type":"thinking","thinking":"hm","signature":"Eq"})",
         R"([{"type":"thinking","thinking":"hm","signature":"Eq"}])"},
        {R"({"type":"redacted_thinking","data":"EmwK"})", R"([{"type":"redacted_thinking","raw":"EmwK"}])"},
        {R"({"type":"container_upload","file_id":"f","cache_control":{"type":"ephemeral"}})",
         R"([{"type":"container_upload","raw":{"file_id":"f","type":"container_upload"}}])"},
        {R"({"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"x","citations":null}]})",
         R"([{"type":"search_result","raw":{"content":[{"text":"x","type":"text"}],"source":"s","title":"t","type":"search_result"}}])"},
        {R"({"type":"compaction","content":"summary","encrypted_content":null})",
         R"([{"type":"compaction","text":"summary"}])"},
        {R"({"type":"compaction","content":"summary","encrypted_content":"E"})",
         R"([{"type":"compaction","text":"summary"},{"type":"encrypted_content","raw":"E"}])"},
        {R"({"type":"compaction","content":"summary","signature":"S","tool_changes":[]})",
         R"([{"type":"compaction","text":"summary","signature":"S","raw":{"tool_changes":[]}}])"},
        {R"({"type":"text","text":"a","citations":[{"type":"char_location","cited_text":"c","document_title":null}]})",
         R"([{"type":"text","text":"a"},{"type":"citations","raw":[{"cited_text":"c","type":"char_location"}]}])"},
        {R"({"type":"from_the_future","v":{"n":null,"cache_control":{}},"w":null})",
         R"([{"type":"from_the_future","raw":{"type":"from_the_future","v":{"n":null}}}])"},
        {R"({"type":"image","source":7})", R"([{"type":"image","raw":{"source":7,"type":"image"}}])"},
        {R"({"type":"text"})", R"([{"type":"text","raw":{"type":"text"}}])"},
    };
    for (const row& from : rows) {
        INFO(from.block);
        CHECK(block_of(from.block) == from.event);
    }
}

TEST_CASE("a tool's result is one output, and parts that are no text say whose they are") {
    CHECK(
        block_of(
            R"({"type":"tool_result","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64",)"
            R"("media_type":"image/png","data":"AA"}},{"type":"text","text":"b"}],"tool_use_id":"t"})") ==
        R"([{"type":"tool_result","tool_result_id":"t","tool_output":"ab"},)"
        R"({"type":"image","image_base64":"AA","media_type":"image/png","tool_result_id":"t"}])");
    CHECK(block_of(R"({"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"a"}]})") ==
          block_of(R"({"type":"tool_result","tool_use_id":"t","content":"a","is_error":false})"));
}

TEST_CASE("input that a double cannot carry, or that is no object, stays as it is") {
    const auto call = [](const std::string& input) {
        return block_of(R"({"type":"tool_use","id":"c","name":"f","input":)" + input + "}");
    };
    const std::string head = R"([{"type":"tool_use","tool_use_id":"c","tool_name":"f")";
    for (const auto* empty : {"{}", "null", "\"\"", R"("{}")"}) {
        CHECK(call(empty) == head + "}]");
    }
    CHECK(call(R"({ "n" : 9007199254740993 , "s":"\u00e9" })") ==
          head + R"(,"raw":"{\"n\":9007199254740993,\"s\":\"é\"}"}])");
    CHECK(call(R"("{\"a\":")") == head + R"(,"raw":"{\"a\":"}])");
    CHECK(call("[1,2]") == head + R"(,"raw":[1,2]}])");
    CHECK(call(R"("{\"a\":1}")") == head + R"(,"tool_input":{"a":1}}])");
}

TEST_CASE("what clients move around between turns does not change the hash") {
    const auto plain = position_of(
        R"([{"type":"text","text":"a"},{"type":"tool_use","id":"t","name":"f","input":{"x":null}}])");
    for (
        const auto* moved :
        {R"([{"type":"text","text":"a","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"tool_use","id":"t","name":"f","input":{"x":null},"cache_control":null}])",
         R"([{"type":"text","text":"a","citations":null},{"type":"tool_use","id":"t","name":"f","input":{"x":null},"caller":{"type":"direct"}}])",
         R"([{"citations":[],"text":"a","type":"text"},{"input":{"x":null},"name":"f","id":"t","type":"tool_use","toolset_name":null}])",
         R"(["a",{"type":"text","text":""},{"type":"tool_use","id":"t","name":"f","input":{ "x" : null }}])"}) {
        INFO(moved);
        CHECK(position_of(moved).hash == plain.hash);
    }
}

TEST_CASE("what clients drop on the way back changes the hash, not the match") {
    const auto plain = position_of(R"([{"type":"text","text":"a"}])");
    for (const auto* said :
         {R"([{"type":"thinking","thinking":"hm","signature":"E"},{"type":"text","text":"a"}])",
          R"([{"type":"redacted_thinking","data":"E"},{"type":"text","text":"a"}])",
          R"([{"type":"text","text":"\n\n"},{"type":"text","text":"a"}])",
          R"([{"type":"text","text":"a","citations":[{"type":"page_location"}]}])"}) {
        INFO(said);
        CHECK(position_of(said).hash != plain.hash);
        CHECK(position_of(said).match == plain.match);
    }
    const auto summary = position_of(R"([{"type":"compaction","content":"s"}])");
    for (const auto* sealed : {R"("encrypted_content":"E")", R"("signature":"S")"}) {
        const auto whole =
            position_of(R"([{"type":"compaction","content":"s",)" + std::string(sealed) + "}]");
        CHECK(whole.hash != summary.hash);
        CHECK(whole.match == summary.match);
    }
    CHECK(position_of(R"([{"type":"text","text":7},{"type":"text","text":"a"}])").match != plain.match);
    CHECK(position_of(R"([{"type":"thinking","thinking":"x","signature":"E"}])").hash !=
          position_of(R"([{"type":"thinking","thinking":"x","signature":"F"}])").hash);
}

TEST_CASE("blocks that the reference can express hash as there") {
    const auto hash = [](const std::string& model, const std::string& provider, const std::string& role,
                         const std::string& content) {
        const auto out =
            messages.request_of(R"({"messages":[{"role":")" + role + R"(","content":)" + content + "}]}");
        return merkle::to_hex(merkle::make_node({}, {model, provider, {}}, out.messages.at(0)).position.hash);
    };
    CHECK(hash("claude", "anthropic", "user",
               R"([{"type":"tool_result","tool_use_id":"toolu_1","content":"boom","is_error":true}])") ==
          "75477f43d7e6ceb3927eab7963fa64104ab015ec2fdd6a88d31d808fcbd7cd6b");
    CHECK(
        hash(
            "gpt-4o", "openai", "user",
            R"([{"type":"text","text":"look"},{"type":"image","source":{"type":"url","url":"https://example.com/a.png?x=1&y=2"}},
                   {"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}])") ==
        "123d61bc587120dec732cb8a9af45c80e792988975e574c097b678cbc5271bca");
    CHECK(
        hash(
            "gpt-4o", "openai", "assistant",
            R"([{"type":"tool_use","id":"call_1","name":"get_weather","input":{"city":"Tokyo","n":1.0,"x":null}}])") ==
        "928b7658a2e5623ff53f03798d6ab778a608786ca6948338ea0a50deed81a111");
}

TEST_CASE("a body that is no request of Messages says why") {
    for (const auto* body :
         {"", " ", "x", "{", R"({"messages":[)", R"({"messages":[]}x)", R"({"messages":["a})"}) {
        INFO(body);
        CHECK(messages.request_error(body) == map_error::not_json);
    }
    for (const auto* body : {"[]", "1", "{}", R"({"messages":1})", R"({"messages":[1]})"}) {
        INFO(body);
        CHECK(messages.request_error(body) == map_error::wrong_shape);
    }
}

TEST_CASE("hostile content of Messages ends in an error or a block, never in a crash") {
    const auto ask = [](const std::string& block) {
        return messages.request_error(R"({"messages":[{"role":"user","content":[)" + block + "]}]}");
    };
    const std::string deep = std::string(600, '[') + std::string(600, ']');
    CHECK(ask(R"({"type":"x","v":)" + deep + "}") == map_error::too_deep);
    CHECK(ask(R"({"type":"document","source":)" + deep + "}") == map_error::too_deep);
    CHECK(ask(R"({"type":"tool_use","input":)" + deep + "}") == map_error::too_deep);
    std::string nested = "\"x\"";
    for (int i = 0; i < 200; ++i) {
        nested = R"([{"type":"tool_result","tool_use_id":"t","content":)" + nested + "}]";
    }
    CHECK(messages.request_error(R"({"messages":[{"role":"user","content":)" + nested + "}]}") ==
          map_error::none);
    for (const auto* wrong :
         {R"({"type":7})", R"({"type":"tool_use","id":[],"name":{},"input":1e999})", R"({"type":"image"})",
          R"({"type":"tool_result","content":{"type":"text","text":"a"},"tool_use_id":1})",
          R"({"type":"document"})", R"({"type":"compaction","content":[1]})", "{}", "[]", "null", "true",
          R"({"type":"text","text":"\ud800\u0000","citations":{"a":1}})",
          R"({"type":"thinking","thinking":{"a":1},"signature":null})",
          R"({"type":"tool_result","is_error":"yes","content":[null,7,[]]})"}) {
        INFO(wrong);
        CHECK(ask(wrong) == map_error::none);
    }
    CHECK(content_of("\"a\\ud800b\\u0000\"") == "[{\"type\":\"text\",\"text\":\"a\uFFFDb\\u0000\"}]");
    CHECK(content_of("\"a\xFF\"") == "[{\"type\":\"text\",\"text\":\"a\uFFFD\"}]");
}

TEST_CASE("an answer of Messages gives one choice, usage and ids") {
    const auto out =
        messages.answer_of(R"({"id":"msg_1","type":"message","role":"assistant","model":"claude-dated",
        "content":[{"type":"thinking","thinking":"hm","signature":"E"},{"type":"text","text":"a","citations":null}],
        "stop_reason":"pause_turn","stop_sequence":null,"stop_details":null,
        "usage":{"input_tokens":5,"cache_creation_input_tokens":7,"cache_read_input_tokens":11,
                 "output_tokens":3,"service_tier":"standard","server_tool_use":{"web_search_requests":1}}})");
    CHECK(out.id == "msg_1");
    CHECK(out.model == "claude-dated");
    REQUIRE(out.choices.size() == 1);
    CHECK(out.choices[0].message.role == "assistant");
    CHECK(out.choices[0].stop_reason == "pause_turn");
    CHECK(merkle::event_content(out.choices[0].message.content) ==
          R"([{"type":"thinking","thinking":"hm","signature":"E"},{"type":"text","text":"a"}])");
    CHECK(out.used.prompt_tokens == 23);
    CHECK(out.used.completion_tokens == 3);
    CHECK(out.used.total_tokens == 26);
    CHECK(out.used.cache_creation_input_tokens == 7);
    CHECK(out.used.cache_read_input_tokens == 11);
}

TEST_CASE("usage of Messages that is missing, null or too large is not told") {
    const auto used = [](const std::string& usage) {
        return messages.answer_of(R"({"content":"x","usage":)" + usage + "}").used;
    };
    CHECK_FALSE(used("null").prompt_tokens);
    CHECK_FALSE(used("{}").total_tokens);
    const auto plain = used(R"({"input_tokens":5,"cache_read_input_tokens":null,"output_tokens":2})");
    CHECK(plain.prompt_tokens == 5);
    CHECK(plain.total_tokens == 7);
    CHECK_FALSE(plain.cache_read_input_tokens);
    const auto huge =
        used(R"({"input_tokens":9223372036854775807,"cache_read_input_tokens":1,"output_tokens":1})");
    CHECK_FALSE(huge.prompt_tokens);
    CHECK(huge.completion_tokens == 1);
}

TEST_CASE("why a refusal was made is kept, and is not in the match") {
    const auto out = messages.answer_of(
        R"({"stop_details":{"type":"refusal","category":"bio","explanation":"No."},"role":"assistant",
            "content":[{"type":"text","text":"I"}],"stop_reason":"refusal"})");
    CHECK(out.choices.at(0).stop_reason == "refusal");
    CHECK(merkle::event_content(out.choices[0].message.content) ==
          R"([{"type":"text","text":"I"},{"type":"refusal","refusal":"No."}])");
    CHECK(out.choices[0].message.content[1].dropped_by_clients);
}

TEST_CASE("an answer of Messages in which nothing was said is empty, an error is the provider's") {
    const auto error = [](std::string_view body) {
        llm::answer out;
        return messages->map_answer(body, out);
    };
    CHECK(error(R"({"type":"message","content":[],"stop_reason":"end_turn"})") == map_error::empty);
    CHECK(error(R"({"type":"message","content":[{"type":"text","text":""}]})") == map_error::empty);
    CHECK(error(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})") ==
          map_error::provider_error);
    CHECK(error(R"({"error":{"message":"x"}})") == map_error::provider_error);
    CHECK(error(R"({"ok":true})") == map_error::wrong_shape);
    CHECK(error("[]") == map_error::wrong_shape);
    CHECK(error("<html>") == map_error::not_json);
}

}  // namespace tapes::llm::anthropic_messages_api_test
