#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace tapes::llm::openai_chat_message_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api chat{"/v1/chat/completions"};

merkle::message as_history(const std::string& message) {
    llm::request out;
    REQUIRE(chat->map_request(R"({"model":"m","messages":[)" + message + "]}", {}, out) == map_error::none);
    return out.messages.at(0);
}

merkle::message as_answer(const std::string& message) {
    llm::answer out;
    REQUIRE(chat->map_answer(R"({"choices":[{"index":0,"finish_reason":"x","message":)" + message + "}]}",
                             out) == map_error::none);
    return out.choices.at(0).message;
}

std::string content_of(const std::string& message) {
    return merkle::event_content(as_history(message).content);
}

merkle::digest hash_of(const merkle::message& said) {
    return merkle::make_node({}, {"m", "openai", ""}, said).position.hash;
}

merkle::digest match_of(const merkle::message& said) {
    return merkle::make_node({}, {"m", "openai", ""}, said).position.match;
}

// In one line, as servers write it.
std::string event(const std::string& choices, const std::string& more = "") {
    std::string json = "{\"id\":\"r1\",\"model\":\"m1\",\"choices\":[" + choices + "]" + more + "}";
    std::erase(json, '\n');
    return "data: " + json + "\n\n";
}

std::string delta(const std::string& members) {
    return event(R"({"index":0,"delta":{)" + members + R"(},"finish_reason":null})");
}

llm::answer streamed(const std::string& stream) {
    const std::string whole = chat.reduce(stream);
    for (std::size_t piece = 1; piece < 12; ++piece) {
        REQUIRE(chat.reduce(stream, piece) == whole);
    }
    llm::answer out;
    REQUIRE(chat->map_answer(whole, out) == map_error::none);
    return out;
}

struct sample {
    std::string name;
    std::string stream;
    std::string message;   // as a one-shot answer, and as history that drops nothing
    std::string returned;  // as clients return it; "" where they drop nothing
};

std::vector<sample> samples() {
    return {
        {"the old function call",
         delta(R"("role":"assistant","content":null,"function_call":{"name":"f","arguments":""})") +
             delta(R"("function_call":{"name":null,"arguments":"{\"a\""})") +
             delta(R"("function_call":{"arguments":": 1.0}"})"),
         R"({"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}})", ""},
        {"audio",
         delta(R"("role":"assistant","audio":{"id":"audio_1","transcript":"He"})") +
             delta(R"("audio":{"transcript":"llo"})") + delta(R"("audio":{"data":"AAAA"})") +
             delta(R"("audio":{"data":"BBBB"})") + delta(R"("audio":{"expires_at":1729018505})"),
         R"({"role":"assistant","content":null,"refusal":null,"audio":{"id":"audio_1","expires_at":1729018505,
            "data":"AAAABBBB","transcript":"Hello"}})",
         R"({"role":"assistant","audio":{"id":"audio_1"}})"},
        {"annotations",
         delta(R"("content":"See it.")") +
             delta(
                 R"("annotations":[{"type":"url_citation","url_citation":{"url":"http://x","start_index":0}}])"),
         R"({"role":"assistant","content":"See it.","annotations":[
            {"type":"url_citation","url_citation":{"start_index":0,"url":"http://x"}}]})",
         R"({"role":"assistant","content":"See it.","annotations":[]})"},
        {"reasoning_content (DeepSeek)",
         delta(R"("role":"assistant","content":null,"reasoning_content":"")") +
             delta(R"("content":null,"reasoning_content":"let me ")") +
             delta(R"("content":null,"reasoning_content":"see")") +
             delta(R"("content":"four","reasoning_content":null)"),
         R"({"role":"assistant","content":"four","reasoning_content":"let me see"})",
         R"({"role":"assistant","content":"four"})"},
        {"reasoning and reasoning_content at once (vLLM)",
         delta(R"("reasoning":"let me ","reasoning_content":"let me ")") +
             delta(R"("reasoning":"see","reasoning_content":"see")") + delta(R"("content":"four")"),
         R"({"role":"assistant","content":"four","reasoning":"let me see"})",
         R"({"role":"assistant","content":"four"})"},
        {"reasoning_details (OpenRouter)",
         delta(R"("content":"","reasoning":"let ","reasoning_details":[{"type":"reasoning.text","text":"let ",
             "format":"anthropic-claude-v1","index":0}])") +
             delta(R"("content":"","reasoning":"me see","reasoning_details":[{"type":"reasoning.text",
             "text":"me see","format":"anthropic-claude-v1","index":0}])") +
             delta(R"("content":"","reasoning_details":[{"type":"reasoning.text","signature":"sig",
             "format":"anthropic-claude-v1","index":0},{"type":"reasoning.encrypted","data":"gAAA","id":"rs_1",
             "format":"openai-responses-v1","index":1}])") +
             delta(R"("content":"four")"),
         R"({"role":"assistant","content":"four","refusal":null,"reasoning":"let me see","reasoning_details":[
            {"format":"anthropic-claude-v1","index":0,"type":"reasoning.text","text":"let me see",
             "signature":"sig"},
            {"format":"openai-responses-v1","index":1,"type":"reasoning.encrypted","data":"gAAA","id":"rs_1"}]})",
         R"({"role":"assistant","content":"four","reasoning":"let me see"})"},
        {"thinking_blocks (LiteLLM)",
         delta(R"("role":"assistant","content":"","reasoning_content":"let ","thinking_blocks":[
             {"type":"thinking","thinking":"let ","signature":null}])") +
             delta(R"("content":"","reasoning_content":"me see","thinking_blocks":[
             {"type":"thinking","thinking":"me see","signature":null}])") +
             delta(
                 R"("content":"","thinking_blocks":[{"type":"thinking","thinking":"","signature":"sig"}])") +
             delta(R"("content":"","reasoning_content":" more","thinking_blocks":[
             {"type":"thinking","thinking":" more"}])") +
             delta(R"("content":"","thinking_blocks":[{"type":"thinking","signature":"too"},
             {"type":"redacted_thinking","data":"gAAA"}])") +
             delta(R"("content":"four","thinking_blocks":null)"),
         R"({"role":"assistant","content":"four","reasoning_content":"let me see more","thinking_blocks":[
            {"type":"thinking","thinking":"let me see","signature":"sig"},
            {"type":"thinking","thinking":" more","signature":"too"},{"type":"redacted_thinking","data":"gAAA"}]})",
         R"({"role":"assistant","content":"four"})"},
        {"signatures of thoughts (Gemini)",
         delta(R"("role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f",
             "arguments":"{}"}}])") +
             delta(R"("tool_calls":[{"extra_content":{"google":{"thought_signature":"sig"}}}])") +
             delta(R"("tool_calls":[{"extra_content":{"google":{"thought_signature":"sig"}}}])") +
             delta(
                 R"("tool_calls":[{"id":"call_2","type":"function","function":{"name":"f","arguments":"{}"}}])"),
         R"({"role":"assistant","tool_calls":[
            {"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"},
             "extra_content":{"google":{"thought_signature":"sig"}}},
            {"id":"call_2","type":"function","function":{"name":"f","arguments":"{}"}}]})",
         R"({"role":"assistant","content":null,"tool_calls":[
            {"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}},
            {"id":"call_2","type":"function","function":{"name":"f","arguments":"{}"}}]})"},
        {"the signature of an answer without calls (Gemini)",
         delta(R"("role":"assistant","content":"four")") +
             delta(R"("role":"assistant","extra_content":{"google":{"thought_signature":"sig"}})"),
         R"({"role":"assistant","content":"four","extra_content":{"google":{"thought_signature":"sig"}}})",
         R"({"role":"assistant","content":"four"})"},
        {"images that were made (OpenRouter)",
         delta(R"("role":"assistant","content":"")") +
             delta(
                 R"("images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"},"index":0}])"),
         R"({"role":"assistant","content":"","images":[
            {"index":0,"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]})",
         R"({"role":"assistant","content":""})"},
        {"reasoning_text and reasoning_opaque (GitHub Copilot)",
         delta(R"("role":"assistant","reasoning_text":"let ")") + delta(R"("reasoning_text":"me see")") +
             delta(R"("reasoning_opaque":"sig")") + delta(R"("content":"four")"),
         R"({"role":"assistant","content":"four","reasoning_opaque":"sig","reasoning_text":"let me see"})",
         R"({"role":"assistant","content":"four"})"},
        {"a message beside each delta (Foundry Local; Perplexity: all that was said so far)",
         event(R"({"index":0,"delta":{"role":"assistant","content":"a"},"message":{"content":"a"}})") +
             event(R"({"index":0,"message":{"content":"ab"},"delta":{"content":"b"}})") +
             event(R"({"index":0,"message":{"role":"assistant","content":"ab"},"finish_reason":"stop"})"),
         R"({"role":"assistant","content":"ab"})", ""},
        {"two calls with one id (LocalAI)",
         delta(
             R"("tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\""}}])") +
             delta(R"("tool_calls":[{"index":0,"id":"x","function":{"arguments":":1}"}}])") +
             delta(
                 R"("tool_calls":[{"index":1,"id":"x","type":"function","function":{"name":"g","arguments":"{"}}])") +
             delta(R"("tool_calls":[{"index":1,"id":"x","function":{"arguments":"\"b\":2}"}}])"),
         R"({"role":"assistant","tool_calls":[
            {"id":"x","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},
            {"id":"x","type":"function","function":{"name":"g","arguments":"{\"b\":2}"}}]})",
         ""},
        {"a call whose id changes from fragment to fragment (Poolside)",
         delta(
             R"("tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}}])") +
             delta(R"("tool_calls":[{"index":0,"id":"b","function":{"arguments":"{\"a\""}}])") +
             delta(R"("tool_calls":[{"index":0,"id":"b","function":{"arguments":":1}"}}])"),
         R"({"role":"assistant","tool_calls":[
            {"id":"b","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]})",
         ""},
        {"thinking as a part of the content (Mistral)",
         delta(R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"let "}]}])") +
             delta(R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"me see"}]}])") +
             delta(R"("content":"fo")") + delta(R"("content":"ur")"),
         R"({"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"let me see"}]},
            {"type":"text","text":"four"}]})",
         R"({"role":"assistant","content":"four"})"},
        {"text as parts of the content (Mistral)",
         delta(
             R"("content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"o"}])") +
             delta(R"("content":[{"type":"text","text":"ne","x":null}])") + delta(R"("content":" an")") +
             delta(R"("content":[{"text":"d","type":"text"},{"type":"text","text":"two"}])") +
             delta(R"("content":[{"type":"reference","reference_ids":[1]},{"type":"text","text":"three"}])"),
         R"({"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},
            {"type":"text","text":"one and"},{"type":"text","text":"two"},{"type":"reference","reference_ids":[1]},
            {"type":"text","text":"three"}]})",
         R"({"role":"assistant","content":[{"type":"text","text":"one and"},{"type":"text","text":"two"},
            {"type":"reference","reference_ids":[1]},{"type":"text","text":"three"}]})"},
        {"reasoning as a part of the content (Databricks)",
         delta(R"("content":[{"type":"reasoning","summary":[{"type":"summary_text","text":"let "}]}])") +
             delta(
                 R"("content":[{"summary":[{"type":"summary_text","text":"me see"}],"type":"reasoning"}])") +
             delta(R"("content":[{"type":"reasoning","summary":[{"type":"summary_text","text":"",
             "signature":"sig"}]}])") +
             delta(R"("content":"four")"),
         R"({"role":"assistant","content":[{"type":"reasoning","summary":[{"type":"summary_text",
            "text":"let me see","signature":"sig"}]},{"type":"text","text":"four"}]})",
         R"({"role":"assistant","content":"four"})"},
        {"the name that a model has (MiniMax)",
         delta(
             R"("role":"assistant","name":"MiniMax AI","content":"","audio_content":"","reasoning_content":"hm")") +
             delta(R"("role":"assistant","name":"MiniMax AI","content":"four","audio_content":"")"),
         R"({"role":"assistant","name":"MiniMax AI","content":"four","reasoning_content":"hm","audio_content":""})",
         R"({"role":"assistant","content":"four","reasoning_content":"hm"})"},
        {"the channel of each piece (Groq)",
         delta(R"("channel":"analysis","reasoning":"let ")") +
             delta(R"("channel":"analysis","reasoning":"me")") + delta(R"("content":"four")"),
         R"({"role":"assistant","content":"four","reasoning":"let me"})",
         R"({"role":"assistant","content":"four"})"},
        {"a custom tool's call",
         delta(R"("tool_calls":[{"index":0,"id":"c1","type":"custom","custom":{"name":"sh","input":""}}])") +
             delta(R"("tool_calls":[{"index":0,"custom":{"input":"ls "}}])") +
             delta(R"("tool_calls":[{"index":0,"custom":{"input":"-l"}}])"),
         R"({"role":"assistant","tool_calls":[{"id":"c1","type":"custom","custom":{"name":"sh","input":"ls -l"}}]})",
         R"({"role":"assistant","tool_calls":[{"id":"c1","type":"custom","custom":{"name":"sh"}}]})"},
        {"null everywhere",
         delta(R"("role":"assistant","content":"hi","refusal":null,"tool_calls":null,"function_call":null,
             "audio":null,"reasoning":null,"reasoning_content":null,"reasoning_details":null,"annotations":null,
             "name":null)") +
             event(R"({"index":null,"delta":null,"finish_reason":null})") + "data: null\n\n" +
             "data: {\"choices\":null,\"usage\":null,\"error\":null}\n\n",
         R"({"role":"assistant","content":"hi","refusal":null,"tool_calls":null,"function_call":null,"audio":null,
            "reasoning":null,"reasoning_content":null,"reasoning_details":null,"annotations":null})",
         ""},
    };
}

}  // namespace

TEST_CASE(
    "what is said beside text is one node, streamed, one-shot and as history, and matched where clients drop "
    "it") {
    for (const sample& from : samples()) {
        INFO(from.name);
        const auto said = streamed(from.stream).choices.at(0).message;
        INFO(merkle::event_content(said.content));
        const auto one_shot = as_answer(from.message);
        INFO(merkle::event_content(one_shot.content));
        CHECK(hash_of(said) == hash_of(one_shot));
        CHECK(match_of(said) == match_of(one_shot));
        CHECK(hash_of(said) == hash_of(as_history(from.message)));
        if (from.returned.empty()) {
            CHECK(match_of(said) == hash_of(said));
        } else {
            const auto returned = as_history(from.returned);
            CHECK(match_of(said) == match_of(returned));
            CHECK(hash_of(said) != hash_of(returned));
        }
    }
}

TEST_CASE("audio is named by its id, and what was said is kept beside it") {
    CHECK(
        content_of(
            R"({"role":"assistant","audio":{"expires_at":1,"transcript":"Hello","data":"AA","id":"a1"}})") ==
        R"([{"type":"audio","raw":{"id":"a1"}},)"
        R"({"type":"audio_data","text":"Hello","raw":{"data":"AA","expires_at":1}}])");
    CHECK(content_of(R"({"role":"assistant","content":"hi","audio":{"id":"a1"}})") ==
          R"([{"type":"text","text":"hi"},{"type":"audio","raw":{"id":"a1"}}])");
    CHECK(content_of(R"({"role":"assistant","audio":{}})") == "[]");
}

TEST_CASE("reasoning under several names is one thinking block for each text, before what was answered") {
    const std::string four = R"(,{"type":"text","text":"four"}])";
    const auto with = [](const std::string& members) {
        return content_of(R"({"role":"assistant","content":"four",)" + members + "}");
    };
    const std::string hm = R"([{"type":"thinking","thinking":"hm"})";
    CHECK(with(R"("reasoning":"hm")") == hm + four);
    CHECK(with(R"("reasoning_content":"hm","reasoning":"hm")") == hm + four);
    CHECK(with(R"("reasoning":"hm","reasoning_content":"")") == hm + four);
    CHECK(with(R"("reasoning_content":"hm","reasoning":"oh")") ==
          hm + R"(,{"type":"thinking","thinking":"oh"})" + four);
    CHECK(with(R"("reasoning_details":[{"type":"reasoning.summary","summary":"hm"}],"reasoning":"hm")") ==
          hm + four);
    CHECK(with(R"("reasoning_details":[{"type":"reasoning.encrypted","data":"gA"}],"reasoning":"hm")") ==
          hm + R"(,{"type":"thinking","raw":{"data":"gA","type":"reasoning.encrypted"}})" + four);
    CHECK(with(R"("reasoning":{"x":1})") == R"([{"type":"thinking","raw":{"x":1}})" + four);
    CHECK(with(R"("reasoning":"","reasoning_details":[])") == R"([{"type":"text","text":"four"}])");
}

TEST_CASE("what an answer was made of stands beside its choices, and clients drop it (Perplexity)") {
    const std::string sources =
        R"("citations":["http://x"],"search_results":[{"title":"t","url":"http://x","date":null}],"images":[])";
    const std::string stream =
        event(R"({"index":0,"delta":{"role":"assistant","content":"It is"}})",
              R"(,"citations":["http://w"])") +
        event(R"({"index":0,"delta":{"content":" so[1]."},"finish_reason":"stop"})", "," + sources);
    llm::answer out;
    REQUIRE(chat->map_answer(R"({"choices":[{"index":0,"finish_reason":"stop","message":)"
                             R"({"role":"assistant","content":"It is so[1]."}}],)" +
                                 sources + "}",
                             out) == map_error::none);
    const auto& said = out.choices.at(0).message;
    CHECK(merkle::event_content(said.content) ==
          R"([{"type":"text","text":"It is so[1]."},{"type":"citations","raw":["http://x"]},)"
          R"({"type":"search_results","raw":[{"title":"t","url":"http://x"}]}])");
    CHECK(hash_of(streamed(stream).choices.at(0).message) == hash_of(said));
    CHECK(match_of(said) == hash_of(as_history(R"({"role":"assistant","content":"It is so[1]."})")));
    llm::answer nothing;
    CHECK(chat->map_answer(R"({"choices":[],)" + sources + "}", nothing) == map_error::empty);
}

TEST_CASE("the signature of a thought stands with the call that it signs, once") {
    const std::string extra = R"("extra_content":{"google":{"thought_signature":"sig"},"other":1})";
    const auto with = [&](const std::string& call) {
        return content_of(R"({"role":"assistant","tool_calls":[{"id":"c",)" + call + "," + extra + "}]}");
    };
    CHECK(with(R"("type":"function","function":{"name":"f","arguments":""})") ==
          R"([{"type":"tool_use","tool_use_id":"c","tool_name":"f","signature":"sig"}])");
    CHECK(with(R"("type":"custom","custom":{"name":"f"})") ==
          R"([{"type":"custom","tool_use_id":"c","raw":{"custom":{"name":"f"},)" + extra +
              R"(,"id":"c","type":"custom"}}])");
    CHECK(content_of(R"({"role":"assistant","content":"hi",)" + extra + "}") ==
          R"([{"type":"thinking","signature":"sig"},{"type":"text","text":"hi"}])");
    CHECK(content_of(R"({"role":"assistant","content":"hi","extra_content":{"google":{"thought":true}}})") ==
          R"([{"type":"text","text":"hi"}])");
    CHECK(content_of(R"({"role":"assistant","content":"hi","extra_content":"x"})") ==
          R"([{"type":"text","text":"hi"}])");
}

TEST_CASE("a speaker's name stands with what was said, a model's own in a block that clients may drop") {
    CHECK(content_of(R"({"role":"user","name":"bob","content":"hi"})") ==
          R"([{"type":"text","text":"hi","name":"bob"}])");
    CHECK(
        content_of(R"({"role":"assistant","name":"bob","content":"hi","reasoning":"hm"})") ==
        R"([{"type":"thinking","thinking":"hm"},{"type":"text","text":"hi"},{"type":"name","name":"bob"}])");
    CHECK(content_of(R"({"role":"assistant","name":"bob","content":""})") == "[]");
}

TEST_CASE("the place of an encrypted thought, and what is null in it or in an annotation, do not matter") {
    const auto with = [](const std::string& of_thought, const std::string& of_note) {
        return R"({"role":"assistant","content":"four","reasoning_details":[{"type":"reasoning.encrypted","data":"gA")" +
               of_thought + R"(}],"annotations":[{"type":"url_citation","url_citation":{"url":"u")" +
               of_note + "}}]}";
    };
    const auto plain = as_answer(with("", ""));
    const std::string whole = with(R"(,"id":null,"index":0,"format":null)", R"(,"title":null)");
    CHECK(as_answer(whole) == plain);
    CHECK(as_history(whole) == plain);
    std::string members = whole.substr(1, whole.size() - 2);
    CHECK(hash_of(streamed(delta(members)).choices.at(0).message) == hash_of(plain));
}

TEST_CASE("the place of a custom tool's call, and what is null in it, do not matter") {
    CHECK(as_history(R"({"role":"assistant","tool_calls":[{"index":0,"id":"c","type":"custom","function":null,
        "custom":{"name":"f","input":"x"}}]})") == as_history(R"({"role":"assistant","tool_calls":[
        {"id":"c","type":"custom","custom":{"name":"f","input":"x"}}]})"));
}

TEST_CASE("a function's answer is a result of the function that it names") {
    CHECK(content_of(R"({"role":"function","name":"f","content":"22"})") ==
          R"([{"type":"tool_result","tool_name":"f","tool_output":"22"}])");
}

TEST_CASE("the old function call keeps what does not parse, and says nothing when it is empty") {
    const auto call = [](const std::string& of) {
        return content_of(R"({"role":"assistant","function_call":)" + of + "}");
    };
    CHECK(call(R"({"name":"f","arguments":"{\"b\":1,\"a\":2}"})") ==
          R"([{"type":"function_call","tool_name":"f","tool_input":{"a":2,"b":1}}])");
    CHECK(call(R"({"name":"f","arguments":"{\"b"})") ==
          R"([{"type":"function_call","tool_name":"f","raw":"{\"b"}])");
    CHECK(call(R"({"name":null,"arguments":null})") == "[]");
    CHECK(call("null") == "[]");
    CHECK(call("\"auto\"") == R"([{"type":"function_call","raw":"auto"}])");
}

TEST_CASE("what an SDK adds to a message, and which index a call has, does not matter") {
    const auto plain = as_history(R"({"role":"assistant","content":"hi","tool_calls":[
        {"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]})");
    CHECK(as_history(R"({"id":"msg_1","role":"assistant","content":"hi","parsed":null,"tool_calls":[
        {"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{ \"a\": 1 }",
         "parsed_arguments":{"a":1}}}]})") == plain);
}

TEST_CASE("what a client marks on a part that is kept as it is does not change the hash") {
    const auto part = [](const std::string& more) {
        return as_history(R"({"role":"user","content":[{"type":"file","file":{"file_data":"data:x"})" + more +
                          "}]}");
    };
    const auto plain = part("");
    CHECK(part(R"(,"cache_control":{"type":"ephemeral"})") == plain);
    CHECK(part(R"(,"copilot_cache_control":{"type":"ephemeral"},"detail":null)") == plain);
}

TEST_CASE("a member of an answer that is not known is kept, in any order, and is not in the match") {
    const auto said =
        as_answer(R"({"role":"assistant","content":"four","z":{"b":1},"executed_tools":[{"type":"search",
        "output":"x","error":null}],"note":"n","none":null,"empty":[],"nothing":{},"blank":"","flag":true,"count":3,
        "id":"m","provider_specific_fields":{"a":1}})");
    CHECK(
        merkle::event_content(said.content) ==
        R"([{"type":"text","text":"four"},{"type":"executed_tools","raw":[{"output":"x","type":"search"}]},)"
        R"({"type":"note","raw":"n"},{"type":"z","raw":{"b":1}}])");
    CHECK(match_of(said) == match_of(as_history(R"({"role":"assistant","content":"four"})")));
    CHECK(content_of(R"({"role":"assistant","content":"four","note":"the client's own"})") ==
          R"([{"type":"text","text":"four"}])");
}

TEST_CASE("choices without an index are told by their place") {
    const std::string stream = event(R"({"delta":{"content":"a"}},{"delta":{"content":"b"}})") +
                               event(R"({"delta":{"content":"1"},"finish_reason":"stop"},)"
                                     R"({"delta":{"content":"2"},"finish_reason":"stop"})");
    const auto out = streamed(stream);
    REQUIRE(out.choices.size() == 2);
    CHECK(out.choices[0].message.content.at(0).text == "a1");
    CHECK(out.choices[1].message.content.at(0).text == "b2");
    const auto watch = chat->make_end_watch([] { return std::size_t{2}; });
    CHECK(watch->feed(stream).from == stream.find("data:", 5));
}

TEST_CASE("usage is found where compatible servers tell it") {
    const std::string said = delta(R"("content":"a")");
    const std::string counts = R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5)";
    const std::string last = R"({"index":0,"delta":{},"finish_reason":"stop")";
    for (const std::string& stream :
         {said + event(last + "}", "," + counts + "}"),                         // Mistral, DeepSeek
          said + event(last + "}", R"(,"x_groq":{"id":"q",)" + counts + "}}"),  // Groq
          said + event(last + "," + counts + "}}"),                             // Moonshot
          said + event(last + "}") + event("", "," + counts + "}")}) {
        INFO(stream);
        const auto out = streamed(stream);
        CHECK(out.used.prompt_tokens == 3);
        CHECK(out.used.total_tokens == 5);
        CHECK(out.choices.at(0).stop_reason == "stop");
    }
    const auto cached = [&](const std::string& more) {
        return streamed(said + event(last + "}", "," + counts + "," + more + "}")).used;
    };
    CHECK(cached(R"("prompt_cache_hit_tokens":1)").cache_read_input_tokens == 1);
    CHECK(cached(R"("cached_tokens":1)").cache_read_input_tokens == 1);
    CHECK(
        cached(R"("cached_tokens":9,"prompt_tokens_details":{"cached_tokens":1})").cache_read_input_tokens ==
        1);
    CHECK(cached(R"("cache_creation_input_tokens":1)").cache_creation_input_tokens == 1);
    CHECK_FALSE(cached(R"("prompt_tokens_details":null)").cache_read_input_tokens.has_value());
}

TEST_CASE("an answer that Azure filters while it streams is read") {
    const std::string stream =
        R"(data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]})"
        "\n\n" +
        delta(R"("content":"hi")") +
        event(
            R"({"content_filter_offsets":{"check_offset":1},"content_filter_results":{},"finish_reason":null,"index":0})") +
        event(R"({"index":0,"delta":{},"finish_reason":"stop","content_filter_results":{}})");
    const auto out = streamed(stream);
    CHECK(out.id == "r1");
    CHECK(out.model == "m1");
    CHECK(out.choices.at(0).message.content.at(0).text == "hi");
}

TEST_CASE("details of reasoning without an index go on while their type does") {
    const auto out = streamed(
        delta(R"("reasoning_details":[{"type":"reasoning.text","text":"a"}])") +
        delta(
            R"("reasoning_details":[{"type":"reasoning.text","text":"b"},{"type":"reasoning.summary","summary":"c"}])") +
        delta(R"("reasoning_details":[{"type":"reasoning.text","text":"d"},"e"])") +
        delta(R"("content":"x")"));
    CHECK(
        merkle::event_content(out.choices.at(0).message.content) ==
        R"([{"type":"thinking","thinking":"ab"},{"type":"thinking","thinking":"c"},)"
        R"({"type":"thinking","thinking":"d"},{"type":"thinking","thinking":"e"},{"type":"text","text":"x"}])");
}

}  // namespace tapes::llm::openai_chat_message_test
