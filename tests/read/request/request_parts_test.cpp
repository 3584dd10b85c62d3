#include <tapes/read/request_parts.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::read::request_parts_test {

/// A part in few words: `message 1.0 user text`, with `*` where it is marked.
std::string in_words(const request_part& part) {
    std::string words{to_string(part.kind)};
    words += " " + std::to_string(part.number) + "." + std::to_string(part.block) + " " + part.name;
    words += part.type.empty() ? "" : " " + part.type;
    return words + (part.cache_control.empty() ? "" : " *");
}

std::vector<std::string> in_words(std::string_view api, std::string_view body) {
    std::vector<std::string> words;
    for (const auto& part : read_request_parts(api, body).parts) {
        words.push_back(in_words(part));
    }
    return words;
}

using words = std::vector<std::string>;

TEST_CASE("a request is told in the order in which its provider caches it") {
    struct row {
        std::string_view api, body;
        words parts;
    };
    const row rows[] = {
        {"anthropic_messages",
         R"({"messages":[{"role":"user","content":"hi"},
             {"role":"assistant","content":[{"type":"text","text":"a"},{"type":"tool_use","id":"t","name":"ls","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[
                {"type":"text","text":"x","cache_control":{"type":"ephemeral"}}]}]}],
             "system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],
             "tools":[{"name":"ls","input_schema":{}},{"type":"bash_20250124","name":"bash"}],
             "max_tokens":5,"model":"claude"})",
         {"model 0.0 model", "parameter 0.0 max_tokens", "tool 0.0 ls", "tool 1.0 bash bash_20250124",
          "system 0.0 system text *", "message 0.0 user text", "message 1.0 assistant text",
          "message 1.1 assistant tool_use", "message 2.0 user tool_result *"}},
        {"openai_chat",
         R"({"model":"gpt","stream":true,"reasoning_effort":"low","messages":[{"role":"system","content":"s"},
             {"role":"user","content":[{"type":"text","text":"hi"},{"type":"image_url","image_url":{"url":"u"}}]},
             {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f"}}]},
             {"role":"tool","tool_call_id":"c","content":"r"},{"role":"assistant","content":null}],
             "tools":[{"type":"function","function":{"name":"f","parameters":{}}}]})",
         {"model 0.0 model", "parameter 0.0 reasoning_effort", "parameter 0.0 stream", "tool 0.0 f function",
          "message 0.0 system text", "message 1.0 user text", "message 1.1 user image_url",
          "message 2.0 assistant tool_call", "message 3.0 tool text", "message 4.0 assistant"}},
        {"openai_responses",
         R"({"instructions":"i","input":[{"role":"user","content":[{"type":"input_text","text":"hi"}]},
             {"type":"function_call","id":"fc","call_id":"c","name":"f","arguments":"{}"},
             {"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"a"}]}],
             "tools":[{"type":"function","name":"f"},{"type":"mcp","server_label":"s"},{"type":"web_search"}]})",
         {"tool 0.0 f function", "tool 1.0 s mcp", "tool 2.0 web_search web_search", "system 0.0 system text",
          "message 0.0 user input_text", "message 1.0  function_call", "message 2.0 assistant output_text"}},
        {"openai_responses", R"({"input":"hi"})", {"message 0.0 user text"}},
        {"ollama_chat",
         R"({"model":"m","options":{"temperature":0},"messages":[{"role":"user","content":"hi","images":["aa","bb"]}]})",
         {"model 0.0 model", "parameter 0.0 options", "message 0.0 user text", "message 0.1 user image",
          "message 0.2 user image"}},
        {"ollama_generate",
         R"({"model":"m","system":"s","prompt":"hi","images":["aa"]})",
         {"model 0.0 model", "system 0.0 system text", "message 0.0 user text", "message 0.1 user image"}},
        {"gemini",
         R"({"contents":[{"role":"user","parts":[{"text":"hi"},{"inlineData":{"mimeType":"image/png","data":"AA"}}]},
             {"role":"model","parts":[{"thoughtSignature":"AA","functionCall":{"name":"f"}}]},
             {"parts":[{"function_response":{"name":"f"}}]},{"role":"model","parts":[]}],
             "systemInstruction":{"role":"user","parts":[{"text":"s"},{"text":"t"}]},"cachedContent":"cachedContents/1",
             "tools":[{"functionDeclarations":[{"name":"f"},{"name":"g"}]},{"googleSearch":{}}]})",
         {"parameter 0.0 cachedContent", "tool 0.0 f", "tool 1.0 g", "tool 2.0 googleSearch googleSearch",
          "system 0.0 system text", "system 0.1 system text", "message 0.0 user text",
          "message 0.1 user inlineData", "message 1.0 model functionCall",
          "message 2.0 user function_response", "message 3.0 model"}},
        {"gemini",
         R"({"model":"m","project":"p","request":{"contents":{"parts":[{"text":"hi"}]},"system_instruction":"s"}})",
         {"model 0.0 model", "parameter 0.0 project", "system 0.0 system text", "message 0.0 user text"}},
        {"openai_completions",
         R"({"model":"m","prompt":"hi","suffix":"z"})",
         {"model 0.0 model", "parameter 0.0 suffix", "message 0.0 user text"}},
        {"bedrock_converse",
         R"({"system":[{"text":"s"},{"cachePoint":{"type":"default"}}],"inferenceConfig":{"maxTokens":9},
             "toolConfig":{"tools":[{"toolSpec":{"name":"f","inputSchema":{"json":{}}}}]},
             "messages":[{"role":"user","content":[{"text":"hi"},{"image":{"format":"png"}}]}]})",
         {"parameter 0.0 inferenceConfig", "tool 0.0 f", "system 0.0 system text",
          "system 1.0 system cachePoint *", "message 0.0 user text", "message 0.1 user image"}},
        {"new_api", R"({"model":"m","messages":[]})", {"model 0.0 model", "parameter 0.0 messages"}},
    };
    for (const auto& row : rows) {
        INFO(row.api << " " << row.body);
        CHECK(in_words(row.api, row.body) == row.parts);
    }
}

TEST_CASE("each part names the bytes that it was read from") {
    const std::string body =
        R"( { "model" : "m", "messages":[ {"role":"user","content":[{"type":"text","text":"h\u00e9"}]} ] })";
    const auto read = read_request_parts("anthropic_messages", body);
    REQUIRE(read.parts.size() == 2);
    CHECK(body.substr(read.parts[0].offset, read.parts[0].length) == R"("m")");
    CHECK(body.substr(read.parts[1].offset, read.parts[1].length) == R"({"type":"text","text":"h\u00e9"})");
    CHECK(part_text(body, read.parts[1], 100).text == "h\u00e9");
    CHECK(part_text(body, read.parts[1], 2) == excerpt{"h", 3});
    CHECK(part_text(body, read.parts[1], 2, 1) == excerpt{"\u00e9", 3});
    CHECK(part_text(body, read.parts[0], 100).text == "m");
    CHECK(part_text("", read.parts[1], 100).text.empty());
}

TEST_CASE("digests are the same where a provider's cache sees no difference, and only there") {
    struct row {
        std::string_view api, one, other;
        bool same;
    };
    const row rows[] = {
        {"anthropic_messages", R"({"messages":[{"role":"user","content":"a"}]})",
         R"({ "messages" : [ { "content" : [ { "text" : "\u0061" , "type" : "text" } ] , "role" : "user" } ] })",
         true},
        {"anthropic_messages", R"({"system":"a"})",
         R"({"system":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}]})", true},
        {"anthropic_messages", R"({"messages":[{"role":"user","content":"a"}]})",
         R"({"messages":[{"role":"assistant","content":"a"}]})", false},
        {"anthropic_messages", R"({"tools":[{"name":"a","input_schema":{"x":1,"y":2}}]})",
         R"({"tools":[{"input_schema":{"x":1,"y":2},"name":"a"}]})", true},
        {"anthropic_messages", R"({"tools":[{"name":"a","input_schema":{"x":1,"y":2}}]})",
         R"({"tools":[{"name":"a","input_schema":{"y":2,"x":1}}]})", false},
        {"anthropic_messages",
         R"({"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{"x":1,"y":{"a":1,"b":2}}}]}]})",
         R"({"messages":[{"role":"assistant","content":[{"type":"tool_use","input":{"x":1,"y":{"b":2,"a":1}}}]}]})",
         false},
        {"anthropic_messages",
         R"({"messages":[{"role":"user","content":[{"type":"image","source":{"a":1,"b":2}}]}]})",
         R"({"messages":[{"role":"user","content":[{"type":"image","source":{"b":2,"a":1}}]}]})", true},
        {"anthropic_messages",
         R"({"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":"a"}]}]}]})",
         R"({"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"text","text":"a",
             "cache_control":{"type":"ephemeral"}}]}]}]})",
         true},
        {"anthropic_messages", R"({"thinking":{"type":"enabled","budget_tokens":5}})",
         R"({"thinking":{"budget_tokens":5,"type":"enabled"}})", true},
        {"openai_chat", R"({"messages":[{"role":"tool","tool_call_id":"a","content":"x"}]})",
         R"({"messages":[{"role":"tool","tool_call_id":"b","content":"x"}]})", false},
        {"openai_responses",
         R"({"input":[{"type":"function_call","id":"a","status":"completed","call_id":"c"}]})",
         R"({"input":[{"type":"function_call","call_id":"c"}]})", true},
        {"openai_responses",
         R"({"input":[{"role":"assistant","content":[{"type":"output_text","text":"a","annotations":[]}]}]})",
         R"({"input":[{"type":"message","role":"assistant","content":"a"}]})", true},
    };
    for (const auto& row : rows) {
        INFO(row.one << "\n" << row.other);
        const auto one = read_request_parts(row.api, row.one);
        const auto other = read_request_parts(row.api, row.other);
        REQUIRE(one.parts.size() == 1);
        REQUIRE(other.parts.size() == 1);
        CHECK((one.parts[0].digest == other.parts[0].digest) == row.same);
    }
}

TEST_CASE("a request that goes on from what its provider keeps says so") {
    const auto tail_of = [](std::string_view body) {
        return read_request_parts("openai_responses", body).goes_on_from;
    };
    CHECK(tail_of(R"({"previous_response_id":"resp_1","input":"a"})") == "resp_1");
    CHECK(tail_of(R"({"conversation":"conv_1","input":"a"})") == "conv_1");
    CHECK(tail_of(R"({"conversation":{"id":"conv_2"},"input":"a"})") == "conv_2");
    CHECK(tail_of(R"({"previous_response_id":null,"input":"a"})").empty());
    CHECK(read_request_parts("openai_chat", R"({"previous_response_id":"resp_1"})").goes_on_from.empty());
}

TEST_CASE("what cannot be read of a request is told, with what stands before it") {
    struct row {
        std::string_view api, body;
        request_fault fault;
        std::uint64_t offset;
        words parts;
    };
    const row rows[] = {
        {"openai_chat", "", request_fault::empty, 0, {}},
        {"openai_chat", " \n", request_fault::empty, 0, {}},
        {"openai_chat", "[1]", request_fault::not_json, 0, {}},
        {"openai_chat", "\xff\xfe{", request_fault::not_json, 0, {}},
        {"openai_chat", "{", request_fault::broken, 1, {}},
        {"openai_chat",
         R"({"model":"m","messages":[{"role":"user","content":"a"},{"role":"us)",
         request_fault::broken,
         55,
         {"model 0.0 model", "message 0.0 user text"}},
        {"openai_chat",
         R"({"model":"m","tools":[{"type":"function","name":"a"},{"na)",
         request_fault::broken,
         53,
         {"model 0.0 model", "tool 0.0 a function"}},
        {"new_api", R"({"a":1})", request_fault::unknown_api, 0, {"parameter 0.0 a"}},
        {"openai_chat", R"({"a":{"b" 1}})", request_fault::broken, 5, {"parameter 0.0 a"}},
        {"openai_chat", R"({"messages":"text"})", request_fault::none, 0, {"message 0.0 user text"}},
        {"openai_chat",
         R"({"messages":[null,7,"a",{"content":5},{"role":"user","content":{"a":1}}]})",
         request_fault::none,
         0,
         {"message 0.0 ", "message 1.0 ", "message 2.0  text", "message 3.0 ", "message 4.0 user"}},
    };
    for (const auto& row : rows) {
        INFO(row.body);
        const auto read = read_request_parts(row.api, row.body);
        CHECK(to_string(read.fault) == to_string(row.fault));
        CHECK(read.fault_offset == row.offset);
        CHECK(in_words(row.api, row.body) == row.parts);
    }
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string made;
    for (std::size_t i = 0; i < times; ++i) {
        made += text;
    }
    return made;
}

TEST_CASE("deep nesting and many parts are bounded and told") {
    const auto deep = R"({"model":"m","messages":[{"role":"user","content":)" + repeated("[", 200'000) +
                      repeated("]", 200'000) + "}]}";
    const auto read = read_request_parts("openai_chat", deep);
    CHECK(read.fault == request_fault::too_deep);
    CHECK(read.parts.size() == 2);

    const auto objects =
        R"({"metadata":)" + repeated(R"({"a":)", 100'000) + "1" + repeated("}", 100'000) + "}";
    CHECK(read_request_parts("openai_chat", objects).fault == request_fault::too_deep);

    part_limits few;
    few.parts = 3;
    few.parameters = 2;
    const auto many = read_request_parts(
        "openai_chat", R"({"a":1,"b":2,"c":3,"messages":[{"role":"user","content":["a","b","c"]}]})", few);
    CHECK(many.fault == request_fault::too_many);
    CHECK(many.parts.size() == 3);
    CHECK(many.more_parts == 3);
}

TEST_CASE("a large request is read in one go") {
    auto body = std::string{R"({"model":"m","messages":[)"};
    for (int i = 0; i < 2000; ++i) {
        body += R"({"role":"user","content":[{"type":"text","text":")" + std::string(2000, 'x') + R"("}]},)";
    }
    body += R"({"role":"user","content":"end"}]})";
    const auto read = read_request_parts("anthropic_messages", body);
    CHECK(read.fault == request_fault::none);
    REQUIRE(read.parts.size() == 2002);
    CHECK(read.parts.back().number == 2000);
    CHECK(read.parts[1].digest == read.parts[2].digest);
    CHECK(read.parts[2000].digest != read.parts[2001].digest);
}

}  // namespace tapes::read::request_parts_test
