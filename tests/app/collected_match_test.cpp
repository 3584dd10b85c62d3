// What a recorder makes of a turn, and what a collector makes of the turn's events: the same matches,
// whatever blocks the turn has.
#include "store/support.hpp"

#include <tapes/event/event.hpp>
#include <tapes/event/node_reader.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/store/received.hpp>
#include <tapes/store/verify.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

namespace tapes::app::collected_match_test {

namespace {

struct turn_case {
    const char* name;
    const char* provider;
    const char* path;
    std::string request;
    std::string answer;  ///< a stream where it is no JSON object alone
    bool streamed = false;
};

constexpr const char* chat = "/v1/chat/completions";
constexpr const char* responses = "/v1/responses";
constexpr const char* messages = "/v1/messages";

std::string chat_request(const std::string& history = "") {
    return R"({"model":"m","messages":[{"role":"system","content":"be brief"},)"
           R"({"role":"user","content":[{"type":"text","text":"q"},)"
           R"({"type":"image_url","image_url":{"url":"http://x/i.png"}},)"
           R"({"type":"input_audio","input_audio":{"data":"AAAA","format":"wav"}},)"
           R"({"type":"file","file":{"file_id":"f1"}}]})" +
           history + "]}";
}

std::string chat_answer(const std::string& message, const std::string& beside = "") {
    return R"({"id":"c1","model":"m","choices":[{"index":0,"finish_reason":"stop","message":)" + message +
           "}]" + beside + "}";
}

std::string chat_stream(const std::vector<std::string>& deltas) {
    std::string text;
    for (const auto& delta : deltas) {
        text += R"(data: {"id":"c1","model":"m","choices":[{"index":0,"delta":)" + delta + "}]}\n\n";
    }
    return text +
           R"(data: {"id":"c1","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})" +
           "\n\ndata: [DONE]\n\n";
}

std::vector<turn_case> chat_turns() {
    const auto turn = [](const char* name, const std::string& message, const std::string& beside = "") {
        return turn_case{name, "openai", chat, chat_request(), chat_answer(message, beside)};
    };
    std::vector<turn_case> turns{
        turn("text", R"({"role":"assistant","content":"a"})"),
        turn("text of white space", R"({"role":"assistant","content":"\n\n"})"),
        turn("refusal", R"({"role":"assistant","content":null,"refusal":"no"})"),
        turn(
            "refused part",
            R"({"role":"assistant","content":[{"type":"text","text":"a"},{"type":"refusal","refusal":"no"}]})"),
        turn("calls", R"({"role":"assistant","content":null,"tool_calls":[)"
                      R"({"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},)"
                      R"({"id":"t2","type":"function","function":{"name":"f","arguments":"broken"}},)"
                      R"({"id":"t3","type":"custom","custom":{"name":"c","input":"text"}}]})"),
        turn("a call with a signature",
             R"({"role":"assistant","tool_calls":[{"id":"t1","type":"function","function":{"name":"f",)"
             R"("arguments":"{}"},"extra_content":{"google":{"thought_signature":"sig"}}}]})"),
        turn("an old call", R"({"role":"assistant","function_call":{"name":"f","arguments":"{\"a\":1}"}})"),
        turn("annotations",
             R"({"role":"assistant","content":"a","annotations":[{"type":"url_citation",)"
             R"("url_citation":{"url":"http://x","title":"X","start_index":0,"end_index":1}}]})"),
        turn("audio", R"({"role":"assistant","content":null,"audio":{"id":"au1","data":"AAAA",)"
                      R"("expires_at":1,"transcript":"hello"}})"),
        turn("reasoning", R"({"role":"assistant","content":"a","reasoning_content":"thought"})"),
        turn("reasoning by details",
             R"({"role":"assistant","content":"a","reasoning":"thought","reasoning_details":[)"
             R"({"type":"reasoning.text","text":"thought","signature":"sig","index":0},)"
             R"({"type":"reasoning.summary","summary":"in short"},)"
             R"({"type":"reasoning.encrypted","data":"xyz","index":1}]})"),
        turn("thinking blocks", R"({"role":"assistant","content":"a","thinking_blocks":[)"
                                R"({"type":"thinking","thinking":"t","signature":"s"},)"
                                R"({"type":"redacted_thinking","data":"xyz"}]})"),
        turn("thinking as a part", R"({"role":"assistant","content":[{"type":"thinking","thinking":)"
                                   R"([{"type":"text","text":"t"}]},{"type":"text","text":"a"}]})"),
        turn("a summary as a part", R"({"role":"assistant","content":[{"type":"reasoning","summary":)"
                                    R"([{"type":"summary_text","text":"t","signature":"s"}]},)"
                                    R"({"type":"text","text":"a"}]})"),
        turn("made images", R"({"role":"assistant","content":"a","images":[{"type":"image_url",)"
                            R"("image_url":{"url":"data:image/png;base64,AA"}},{"index":1},"b"]})"),
        turn("unknown members", R"({"role":"assistant","content":"a","executed_tools":[{"type":"search"}],)"
                                R"("note":"said too","big":{"n":9007199254740993}})"),
        turn("an unknown part", R"({"role":"assistant","content":[{"type":"widget","n":9007199254740993},)"
                                R"({"type":"citations","of":"a"},"b",{"type":"text","text":"a"}]})"),
        turn("sources beside the choices", R"({"role":"assistant","content":"a"})",
             R"(,"citations":["http://x"],"search_results":[{"title":"X"}],"images":[{"url":"u"}],)"
             R"("related_questions":["why?"])"),
        turn("its own name", R"({"role":"assistant","content":"a","name":"MiniMax AI"})"),
    };
    turns.push_back(
        {"a stream", "openai", chat, chat_request(),
         chat_stream({R"({"role":"assistant","reasoning_content":"tho"})", R"({"reasoning_content":"ught"})",
                      R"({"content":"a"})",
                      R"({"annotations":[{"type":"url_citation","url_citation":{"url":"http://x"}}]})",
                      R"({"audio":{"id":"au1","data":"AAAA","transcript":"hello"}})", R"({"refusal":"no"})",
                      R"({"tool_calls":[{"index":0,"id":"t1","type":"function",)"
                      R"("function":{"name":"f","arguments":"{}"}}]})"}),
         true});
    turns.push_back(
        {"a history with what is dropped", "openai", chat,
         chat_request(
             R"(,{"role":"assistant","content":"\n","reasoning_content":"t","annotations":[{"a":1}],)"
             R"("tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{}"}}]},)"
             R"({"role":"tool","tool_call_id":"t1","content":[{"type":"text","text":"r"},)"
             R"({"type":"image_url","image_url":{"url":"u"}}]},{"role":"user","content":"go on"})"),
         chat_answer(R"({"role":"assistant","content":"b"})")});
    return turns;
}

constexpr const char* response_items =
    R"([{"type":"reasoning","id":"rs1","summary":[{"type":"summary_text","text":"t"}],)"
    R"("content":[{"type":"reasoning_text","text":"more"}],"encrypted_content":"xyz"},)"
    R"({"type":"web_search_call","id":"ws1","status":"completed","action":{"type":"search","query":"q"}},)"
    R"({"type":"file_search_call","id":"fs1","status":"completed","queries":["q"]},)"
    R"({"type":"code_interpreter_call","id":"ci1","status":"completed","code":"1+1","container_id":"c"},)"
    R"({"type":"image_generation_call","id":"ig1","status":"completed","result":"AAAA"},)"
    R"({"type":"mcp_list_tools","id":"ml1","server_label":"s","tools":[]},)"
    R"({"type":"mcp_call","id":"mc1","name":"f","server_label":"s","arguments":"{}","output":"r"},)"
    R"({"type":"mcp_approval_request","id":"ma1","name":"f","server_label":"s","arguments":"{}"},)"
    R"({"type":"function_call","id":"fc1","call_id":"t1","name":"f","arguments":"{\"a\":1}"},)"
    R"({"type":"custom_tool_call","id":"ct1","call_id":"t2","name":"c","input":"text"},)"
    R"({"type":"local_shell_call","id":"ls1","call_id":"t3","action":{"type":"exec","command":["ls"]}},)"
    R"({"type":"computer_call","id":"cc1","call_id":"t4","action":{"type":"click","x":1,"y":2}},)"
    R"({"type":"widget_call","id":"wc1","n":9007199254740993},)"
    R"({"type":"message","id":"m1","role":"assistant","status":"completed","content":[)"
    R"({"type":"output_text","text":"a","annotations":[{"type":"url_citation","url":"http://x"}]},)"
    R"({"type":"refusal","refusal":"no"},{"type":"widget","n":1}]}])";

std::vector<turn_case> response_turns() {
    const std::string request = R"({"model":"m","instructions":"be brief","input":"q"})";
    const auto response =
        std::string{R"({"id":"r1","object":"response","status":"completed","model":"m","output":)"} +
        response_items + "}";
    const std::string history =
        std::string{response_items}.substr(0, std::string_view{response_items}.size() - 1).substr(1);
    return {
        {"every item", "openai", responses, request, response},
        {"every item, streamed", "openai", responses, request,
         "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":" + response +
             "}\n\n",
         true},
        {"every item as history", "openai", responses,
         R"({"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"q"},)"
         R"({"type":"input_image","image_url":"http://x/i.png"},{"type":"input_file","file_id":"f"}]},)" +
             history +
             R"(,{"type":"function_call_output","call_id":"t1","output":"r"},)"
             R"({"type":"mcp_approval_response","approval_request_id":"ma1","approve":true},)"
             R"({"type":"item_reference","id":"x1"},{"type":"compaction","encrypted_content":"c"},)"
             R"({"role":"user","content":"go on"}]})",
         R"({"id":"r2","status":"completed","model":"m","output":[{"type":"message","role":"assistant",)"
         R"("content":[{"type":"output_text","text":" ","annotations":[]}]}]})"},
    };
}

constexpr const char* message_blocks =
    R"([{"type":"thinking","thinking":"t","signature":"s"},{"type":"redacted_thinking","data":"xyz"},)"
    R"({"type":"text","text":"a","citations":[{"type":"web_search_result_location","url":"http://x"}]},)"
    R"({"type":"text","text":"\n\n"},)"
    R"({"type":"server_tool_use","id":"st1","name":"web_search","input":{"query":"q"}},)"
    R"({"type":"web_search_tool_result","tool_use_id":"st1","content":[{"type":"web_search_result","url":"u"}]},)"
    R"({"type":"code_execution_tool_result","tool_use_id":"st2","content":{"type":"x","stdout":"1"}},)"
    R"({"type":"mcp_tool_use","id":"mt1","name":"f","server_name":"s","input":{}},)"
    R"({"type":"mcp_tool_result","tool_use_id":"mt1","is_error":true,"content":[{"type":"text","text":"r"}]},)"
    R"({"type":"container_upload","file_id":"f1"},)"
    R"({"type":"compaction","content":"in short","signature":"s","encrypted_content":"c","more":1},)"
    R"({"type":"widget","n":9007199254740993},)"
    R"({"type":"tool_use","id":"t1","name":"f","input":{"a":1}}])";

std::string message_stream() {
    const std::vector<std::string> events{
        R"({"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"m","content":[]}})",
        R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}})",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"t"}})",
        R"({"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}})",
        R"({"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"xyz"}})",
        R"({"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}})",
        R"({"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"a"}})",
        R"({"type":"content_block_delta","index":2,"delta":{"type":"citations_delta","citation":{"type":"char_location","cited_text":"c"}}})",
        R"({"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}})",
        R"({"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"\n"}})",
        R"({"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","explanation":"no"}}})",
        R"({"type":"message_stop"})"};
    std::string text;
    for (const auto& event : events) {
        text += "data: " + event + "\n\n";
    }
    return text;
}

std::vector<turn_case> message_turns() {
    const std::string request =
        R"({"model":"m","system":[{"type":"text","text":"be brief"}],"messages":[{"role":"user","content":[)"
        R"({"type":"text","text":"q"},{"type":"text","text":" "},)"
        R"({"type":"image","source":{"type":"url","url":"http://x/i.png"}},)"
        R"({"type":"image","source":{"type":"file","file_id":"f1"}},)"
        R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},)"
        R"({"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"d"}},)"
        R"({"type":"document","source":{"type":"file","file_id":"f2"}},)"
        R"({"type":"search_result","source":"s","title":"T","content":[{"type":"text","text":"r"}]}]})";
    const std::string history =
        std::string{R"(,{"role":"assistant","content":)"} + message_blocks +
        R"(},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[)"
        R"({"type":"text","text":"r"},{"type":"image","source":{"type":"url","url":"u"}}]}]})";
    const auto answer = [](const std::string& blocks) {
        return R"({"id":"m1","type":"message","role":"assistant","model":"m","stop_reason":"end_turn","content":)" +
               blocks + "}";
    };
    return {{"every block", "anthropic", messages, request + "]}", answer(message_blocks)},
            {"a stream", "anthropic", messages, request + "]}", message_stream(), true},
            {"every block as history", "anthropic", messages, request + history + "]}",
             answer(R"([{"type":"text","text":"b"}])")}};
}

std::vector<turn_case> ollama_turns() {
    const std::string request =
        R"({"model":"m","messages":[{"role":"user","content":"q","images":["AAAA"]},)"
        R"({"role":"assistant","content":"","thinking":"t","tool_calls":[{"function":{"name":"f","arguments":{"a":1}}}]},)"
        R"({"role":"tool","tool_name":"f","content":"r"}]})";
    const std::string answer =
        R"({"model":"m","message":{"role":"assistant","content":" ","thinking":"t",)"
        R"("tool_calls":[{"function":{"name":"f","arguments":{}}}]},"done":true,"done_reason":"stop"})";
    return {{"every member", "ollama", "/api/chat", request, answer},
            {"a stream", "ollama", "/api/chat", request,
             R"({"model":"m","message":{"role":"assistant","content":"","thinking":"t"},"done":false})"
             "\n"
             R"({"model":"m","message":{"role":"assistant","content":"a"},"done":true,"done_reason":"stop"})"
             "\n",
             true},
            {"a completion", "ollama", "/api/generate", R"({"model":"m","system":"s","prompt":"q"})",
             R"({"model":"m","response":"a","thinking":"t","done":true,"done_reason":"stop"})"}};
}

struct made_node {
    merkle::node node;
    std::optional<merkle::link> parent;
};

/// The chain of a turn as the recorder makes it.
std::vector<made_node> recorded(const turn_case& turn, const merkle::identity& identity) {
    const auto* const api = llm::find_api("POST", turn.path);
    REQUIRE(api != nullptr);
    llm::request request;
    REQUIRE(api->map_request(turn.request, {}, request) == llm::map_error::none);
    auto body = turn.answer;
    if (turn.streamed) {
        const auto reducer = api->make_reducer();
        reducer->feed(turn.answer);
        body = reducer->finish();
    }
    llm::answer answer;
    REQUIRE(api->map_answer(body, answer) == llm::map_error::none);
    auto chain = request.messages;
    chain.push_back(answer.choices.at(0).message);
    std::vector<made_node> nodes;
    for (const auto& message : chain) {
        const auto parent = nodes.empty() ? std::nullopt : std::optional{nodes.back().node.position};
        nodes.push_back({merkle::make_node(parent, identity, message), parent});
    }
    return nodes;
}

/// The node as a collector reads it from its event.
store::received_item collected(const made_node& made, const merkle::digest& root,
                               const merkle::identity& identity) {
    store::stored_node node;
    node.hash = made.node.position.hash;
    node.parent = made.parent ? std::optional{made.parent->hash} : std::nullopt;
    node.root = root;
    node.role = made.node.role;
    node.content = made.node.content;
    node.model = identity.model;
    node.provider = identity.provider;
    node.agent_name = identity.agent_name;
    std::string text;
    event::append_node_event(text, node, event::content_form::whole);
    auto found = event::read_node_event(text);
    INFO(found.refusal);
    REQUIRE(found.event);
    CHECK(found.event->node.content == made.node.content);
    return {std::move(found.event->node), {"source", "topic", 0, 0}};
}

/// The matches of a store, by hash; of a node without one its hash.
std::map<std::string, std::string> matches_of(const std::string& path) {
    store::connection db{path, SQLITE_OPEN_READONLY};
    store::statement rows{db, "SELECT lower(hex(hash)), lower(hex(ifnull(match, hash))) FROM node"};
    std::map<std::string, std::string> found;
    while (rows.step()) {
        found.emplace(rows.text_at(0), rows.text_at(1));
    }
    return found;
}

}  // namespace

TEST_CASE("a collected node has the match of its source, whatever blocks it has") {
    auto turns = chat_turns();
    for (const auto& more : {response_turns(), message_turns(), ollama_turns()}) {
        turns.insert(turns.end(), more.begin(), more.end());
    }
    const store::test::temporary_store where;
    std::map<std::string, std::string> expected;
    {
        store::test::open_store target{where};
        for (const auto& turn : turns) {
            INFO(turn.path << ": " << turn.name);
            const merkle::identity identity{"m", turn.provider, turn.name};
            const auto nodes = recorded(turn, identity);
            std::vector<store::received_item> items;
            for (const auto& made : nodes) {
                items.push_back(collected(made, nodes.front().node.position.hash, identity));
                expected.emplace(merkle::to_hex(made.node.position.hash),
                                 merkle::to_hex(made.node.position.match));
            }
            for (const auto outcome : store::store_received(target.out, items).each) {
                CHECK(outcome == store::reception::added);
            }
            const auto matches = matches_of(where.path());
            for (const auto& made : nodes) {
                INFO(made.node.role << ": " << made.node.content);
                CHECK(matches.at(merkle::to_hex(made.node.position.hash)) ==
                      merkle::to_hex(made.node.position.match));
            }
        }
        target.out.stop(store::test::soon());
    }
    CHECK(matches_of(where.path()) == expected);
    store::findings findings;
    store::verify({where.path()}, findings);
    CHECK(findings.lines() == std::vector<std::string>{});
}

}  // namespace tapes::app::collected_match_test
