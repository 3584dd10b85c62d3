#include "support.hpp"

#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::llm::gemini_api_test {

using namespace tapes;
using llm::map_error;

namespace {

const test::tested_api gemini{"/v1beta/models/gemini-2.5-flash:generateContent"};

/// The event form of the only message of a request with these parts.
std::string parts_of(const std::string& parts, const std::string& role = "user") {
    return gemini.only_message_of(R"({"contents":[{"role":")" + role + R"(","parts":[)" + parts + "]}]}");
}

std::string model_parts_of(const std::string& parts) {
    return parts_of(parts, "model");
}

answer answer_of(const std::string& members) {
    return gemini.answer_of("{" + members + "}");
}

std::string candidate_of(const std::string& members) {
    const auto made = answer_of(R"("candidates":[{)" + members + "}]");
    REQUIRE(made.choices.size() == 1);
    CHECK(made.choices[0].message.role == "assistant");
    return merkle::event_content(made.choices[0].message.content);
}

}  // namespace

TEST_CASE("Gemini is told by the method at the end of a path, which names the model and the form") {
    struct row {
        std::string path, model;
        bool streamed;
    };
    for (const auto& [path, model, streamed] : std::vector<row>{
             {"/v1beta/models/gemini-2.5-flash:generateContent", "gemini-2.5-flash", false},
             {"/v1/models/gemini-2.5-flash:streamGenerateContent?alt=sse&key=k", "gemini-2.5-flash", true},
             {"/v1alpha/models/m%3AgenerateContent", "m", false},
             {"/v1beta/models%2Fm:generateContent", "m", false},
             {"/v1/projects/p/locations/l/publishers/google/models/gemini-3-pro@001:streamGenerateContent",
              "gemini-3-pro@001", true},
             {"/v1beta1/publishers/google/models/m:generateContent", "m", false},
             {"/v1/projects/p/locations/l/endpoints/123:generateContent", "endpoints/123", false},
             {"/v1beta/tunedModels/mine:generateContent", "tunedModels/mine", false},
             {"/gateway/gemini/v1beta/models/m:generateContent/", "m", false},
             {"/v1internal:streamGenerateContent?alt=sse", "", true},
             {"/m:generateContent", "m", false},
         }) {
        INFO(path);
        const auto* const api = llm::find_api("POST", path);
        REQUIRE(api != nullptr);
        CHECK(api->name.starts_with("gemini"));
        const auto facts = llm::facts_of(*api, path);
        CHECK(facts.model == model);
        CHECK(facts.streamed == streamed);
    }
    for (const std::string_view other :
         {"/v1beta/models/m:countTokens", "/v1beta/models/m:embedContent",
          "/v1beta/models/m:batchEmbedContents", "/v1beta/models/m:batchGenerateContent",
          "/v1/publishers/google/models/m:predict", "/v1beta/models", "/v1beta/cachedContents",
          "/upload/v1beta/files", "/v1beta/interactions", "/v1internal:loadCodeAssist",
          "/v1internal:countTokens", "/generateContent", "/a:generateContent/b",
          "/v1beta/models/m:generatecontent"}) {
        INFO(other);
        CHECK(llm::find_api("POST", other) == nullptr);
    }
    CHECK(llm::find_api("GET", "/v1beta/models/m:generateContent") == nullptr);
    CHECK(llm::find_api("POST", "/v1beta/openai/chat/completions")->name == "openai_chat");
}

TEST_CASE("Gemini: a request is system text and contents, in either spelling of names") {
    for (const std::string_view body :
         {R"({"systemInstruction":{"role":"user","parts":[{"text":"be brief"}]},
              "contents":[{"role":"user","parts":[{"text":"hi"}]},{"role":"model","parts":[{"text":"ho"}]}],
              "generationConfig":{"candidateCount":2}})",
          R"({"contents":[{"parts":{"text":"hi"}},{"parts":[{"text":"ho"}],"role":"model"}],
              "system_instruction":{"parts":{"text":"be brief"}},"generation_config":{"candidate_count":"2"}})",
          R"({"contents":["hi",{"role":"model","parts":["ho"]}],"systemInstruction":"be brief",
              "generationConfig":{"candidateCount":2.0}})",
          R"({"request":{"contents":[{"text":"hi"},{"role":"model","parts":[{"text":"ho"}]}],
              "systemInstruction":[{"text":"be brief"}],"generationConfig":{"candidateCount":2}}})"}) {
        const auto made = gemini.request_of(body);
        INFO(body);
        REQUIRE(made.messages.size() == 3);
        CHECK(made.leading == 1);
        CHECK(made.choices == 2);
        CHECK(gemini->expected_choices(body) == 2);
        CHECK(made.messages[0].role == "system");
        CHECK(made.messages[1].role == "user");
        CHECK(made.messages[2].role == "assistant");
        CHECK(merkle::event_content(made.messages[0].content) == R"([{"type":"text","text":"be brief"}])");
        CHECK(merkle::event_content(made.messages[1].content) == R"([{"type":"text","text":"hi"}])");
        CHECK(merkle::event_content(made.messages[2].content) == R"([{"type":"text","text":"ho"}])");
    }
    const auto one = gemini.request_of(R"({"model":"models/m","contents":{"parts":[{"text":"hi"}]}})");
    CHECK(one.model == "m");
    CHECK(one.messages.size() == 1);
    CHECK(one.messages[0].role == "user");
    CHECK(
        gemini.request_of(R"({"contents":[{"role":"function","parts":[{"text":"x"}]}]})").messages[0].role ==
        "user");
    CHECK(gemini.request_error(R"({"systemInstruction":{}})") == map_error::wrong_shape);
    CHECK(gemini.request_error(R"([{"contents":[]}])") == map_error::wrong_shape);
    CHECK(gemini.request_error("{\"contents\":[") == map_error::not_json);
}

TEST_CASE("gemini-cli's envelope names model and session") {
    const auto made = gemini.request_of(
        R"({"model":"gemini-3-pro","project":"p","user_prompt_id":"u","request":{"session_id":"s-1",
            "contents":[{"role":"user","parts":[{"text":"hi"}]}]}})");
    CHECK(made.model == "gemini-3-pro");
    CHECK(made.session == "s-1");
    const auto answered = gemini.answer_of(
        R"({"response":{"candidates":[{"content":{"parts":[{"text":"ho"}]},"finishReason":"STOP"}],
            "modelVersion":"gemini-3-pro-001"},"traceId":"t"})");
    CHECK(answered.id == "t");
    CHECK(answered.model == "gemini-3-pro-001");
    CHECK(merkle::event_content(answered.choices.at(0).message.content) ==
          R"([{"type":"text","text":"ho"}])");
}

TEST_CASE("Gemini: parts of each kind become blocks") {
    struct row {
        std::string part, blocks;
    };
    for (
        const auto& [part, blocks] : std::vector<row>{
            {R"({"text":"a"},{"text":"b"})", R"({"type":"text","text":"a"},{"type":"text","text":"b"})"},
            {R"({"text":""},{},{"text":null},null,{"thought":true})", ""},
            {R"({"text":7})", R"({"type":"unknown","raw":7})"},
            {R"({"inlineData":{"mimeType":"image/png","data":"-_8"}})",
             R"({"type":"image","image_base64":"+/8=","media_type":"image/png"})"},
            {R"({"inline_data":{"mime_type":"audio/mp3","data":"AAAA","displayName":"n"}})",
             R"({"type":"audio","image_base64":"AAAA","media_type":"audio/mp3","raw":{"displayName":"n"}})"},
            {R"({"inlineData":{"mimeType":"application/pdf","data":"not base64"}})",
             R"({"type":"document","image_base64":"not base64","media_type":"application/pdf"})"},
            {R"({"inlineData":{"mimeType":"application/zip","data":"AAAA"}})",
             R"({"type":"file","image_base64":"AAAA","media_type":"application/zip"})"},
            {R"({"inlineData":{}},{"fileData":{"fileUri":null}})", ""},
            {R"({"file_data":{"file_uri":"gs://b/i.png","mime_type":"image/png"}})",
             R"({"type":"image","image_url":"gs://b/i.png","media_type":"image/png"})"},
            {R"({"videoMetadata":{"startOffset":"1s","end_offset":"2s"},"fileData":{"fileUri":"u","mimeType":"video/mp4"},
                  "mediaResolution":{"level":"LOW"},"partMetadata":{"mine":1}})",
             R"({"type":"video","image_url":"u","media_type":"video/mp4","raw":{"videoMetadata":{"endOffset":"2s","startOffset":"1s"}}})"},
            {R"({"functionResponse":{"id":"c","name":"f","response":{"output":"22"}}})",
             R"({"type":"tool_result","tool_name":"f","tool_output":"22"})"},
            {R"({"function_response":{"name":"f","response":{"error":"no"},"willContinue":false}})",
             R"({"type":"tool_result","tool_name":"f","tool_output":"no","is_error":true})"},
            {R"({"functionResponse":{"name":"f","response":{"b":1.0,"a":[true]}}})",
             R"({"type":"tool_result","tool_name":"f","tool_output":"{\"a\":[true],\"b\":1}"})"},
            {R"({"functionResponse":{"name":"f","response":{"error":null,"output":"x"}}})",
             R"({"type":"tool_result","tool_name":"f","tool_output":"{\"error\":null,\"output\":\"x\"}"})"},
            {R"({"functionResponse":{"name":"f","parts":[{"inlineData":{"mimeType":"image/png","data":"AAAA"}}],
                  "response":{}}})",
             R"({"type":"tool_result","tool_name":"f","tool_output":"{}"},)"
             R"({"type":"image","image_base64":"AAAA","media_type":"image/png"})"},
            {R"({"functionResponse":{"name":"f","response":"bare"}})",
             R"({"type":"tool_result","tool_name":"f","tool_output":"bare"})"},
            {R"({"newThing":{"a":1}})", R"({"type":"new_thing","raw":{"a":1}})"},
            {R"({"newThing":[]})", ""},
        }) {
        INFO(part);
        CHECK(parts_of(part) == "[" + blocks + "]");
    }
}

TEST_CASE("Gemini: parts of a model's content become blocks") {
    struct row {
        std::string part, blocks;
    };
    for (const auto& [part, blocks] : std::vector<row>{
             {R"({"functionCall":{"id":"c","name":"f","args":{"b":1.0,"a":null}}})",
              R"({"type":"tool_use","tool_name":"f","tool_input":{"a":null,"b":1}})"},
             {R"({"function_call":{"name":"f"},"thought_signature":"AAAA"})",
              R"({"type":"tool_use","tool_name":"f","signature":"AAAA"})"},
             {R"({"functionCall":{"name":"f","args":{ "n" : 9007199254740993 }}})",
              R"({"type":"tool_use","tool_name":"f","raw":"{\"n\":9007199254740993}"})"},
             {R"({"functionCall":{}})", ""},
             {R"({"text":"a"},{"text":""},{"text":"b"})", R"({"type":"text","text":"ab"})"},
             {R"({"thought":true,"text":"h"},{"text":"m","thought":true},{"text":"four"})",
              R"({"type":"text","text":"four"})"},
             {R"({"executableCode":{"language":"PYTHON","code":"1+1","id":"e"}})",
              R"({"type":"executable_code","raw":{"code":"1+1","language":"PYTHON"}})"},
             {R"({"code_execution_result":{"outcome":"OUTCOME_OK","output":"2","id":"e"}})",
              R"({"type":"code_execution_result","raw":{"outcome":"OUTCOME_OK","output":"2"}})"},
             {R"({"toolCall":{"tool_type":"GOOGLE_SEARCH_WEB","id":"t","args":{"a_b":1}}})",
              R"({"type":"tool_call","raw":{"args":{"a_b":1},"toolType":"GOOGLE_SEARCH_WEB"}})"},
         }) {
        INFO(part);
        const auto made = model_parts_of(part);
        const auto thought = made.find(R"({"type":"thinking","thinking":"hm"},)");
        CHECK((thought == std::string::npos ? made : made.substr(0, 1) + made.substr(made.find("},") + 2)) ==
              "[" + blocks + "]");
    }
}

TEST_CASE("Gemini: what the provider's own tools did is not in the match, as clients may drop it") {
    const merkle::identity identity{"m", "gemini", ""};
    const auto match_of = [&](const std::string& parts) {
        const auto made = gemini.request_of(R"({"contents":[{"role":"model","parts":[)" + parts + "]}]}");
        return merkle::make_node({}, identity, made.messages.at(0)).position.match;
    };
    const auto plain = match_of(R"({"text":"four"})");
    for (const std::string more :
         {R"({"text":"hm","thought":true},{"text":"four"})", R"({"text":"four","thoughtSignature":"AAAA"})",
          R"({"text":"fo"},{"text":"hm","thought":true,"thoughtSignature":"AAAA"},{"text":"ur"})",
          R"({"text":"four"},{"text":"","thoughtSignature":"AAAA"})",
          R"({"text":"four"},{"thoughtSignature":"AAAA"})",
          R"({"executableCode":{"code":"2+2","language":"PYTHON"}},{"text":"four"})",
          R"({"text":"four"},{"text":" "})"}) {
        INFO(more);
        if (more.find("\" \"") == std::string::npos) {
            CHECK(match_of(more) == plain);
        } else {
            CHECK(match_of(more) != plain);
        }
    }
}

TEST_CASE("Gemini: a signature is the same in either alphabet, and one that stands for none is none") {
    const auto signed_with = [](const std::string& signature) {
        return model_parts_of(R"({"functionCall":{"name":"f"},"thoughtSignature":")" + signature + "\"}");
    };
    CHECK(signed_with("-_8=") == signed_with("+/8="));
    CHECK(signed_with("-_8") == signed_with("+/8="));
    const auto none = signed_with("");
    CHECK(signed_with("skip_thought_signature_validator") == none);
    CHECK(signed_with("c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=") == none);
    CHECK(signed_with("context_engineering_is_the_way_to_go") == none);
    CHECK(model_parts_of(
              R"({"text":"h","thought":true},{"text":"m","thought":true,"thoughtSignature":"AAAA"})") ==
          R"([{"type":"thinking","thinking":"hm","signature":"AAAA"}])");
    CHECK(model_parts_of(R"({"text":"a"},{"text":"b","thoughtSignature":"AAAA"},{"text":"c"})") ==
          R"([{"type":"text","text":"abc"},{"type":"thinking","signature":"AAAA"}])");
}

TEST_CASE("Gemini: contents of the model side by side are one message") {
    const auto made = gemini.request_of(
        R"({"contents":[{"role":"user","parts":[{"text":"q"}]},{"role":"model","parts":[{"text":"a"}]},
            {"role":"model","parts":[{"text":"b"}]},{"role":"model","parts":[]},
            {"role":"user","parts":[{"text":"r"}]},{"role":"user","parts":[{"text":"s"}]}]})");
    REQUIRE(made.messages.size() == 4);
    CHECK(merkle::event_content(made.messages[1].content) == R"([{"type":"text","text":"ab"}])");
    CHECK(gemini->joins(R"({"parts":[],"role":"model"})", R"({"role":"model"})"));
    CHECK_FALSE(gemini->joins(R"({"role":"model"})", R"({"role":"user"})"));
}

TEST_CASE("Gemini: arguments that come in pieces are put together by their paths") {
    struct row {
        std::string pieces, input;
    };
    const std::string first = R"({"functionCall":{"name":"f","willContinue":true}},)";
    const auto piece = [](const std::string& args, bool more = true) {
        return R"({"functionCall":{"partialArgs":[)" + args + R"(],"willContinue":)" +
               (more ? "true" : "false") + "}}";
    };
    for (const auto& [pieces, input] : std::vector<row>{
             {piece(R"({"jsonPath":"$.a","stringValue":"Bos","willContinue":true})") + "," +
                  piece(R"({"json_path":"$.a","string_value":"ton"})") + R"(,{"functionCall":{}})",
              R"("tool_input":{"a":"Boston"})"},
             {piece(R"({"jsonPath":"$.l[0].x","numberValue":1},{"jsonPath":"$.l[1]['y z']","boolValue":true},
                       {"jsonPath":"$.n","nullValue":"NULL_VALUE"})",
                    false),
              R"("tool_input":{"l":[{"x":1},{"y z":true}],"n":null})"},
             {piece(R"({"jsonPath":"nowhere[","stringValue":"v"},{"jsonPath":"$.l[7]","numberValue":2})",
                    false),
              R"("tool_input":{"$.l[7]":2,"nowhere[":"v"})"},
         }) {
        INFO(pieces);
        auto expected = R"([{"type":"tool_use","tool_name":"f",)" + input + "}]";
        if (input.find("$.l[7]") != std::string::npos) {
            CHECK(model_parts_of(first + pieces).find(R"("$.l[7]":2)") != std::string::npos);
        } else {
            CHECK(model_parts_of(first + pieces) == expected);
        }
    }
    CHECK(
        model_parts_of(
            R"({"functionCall":{"name":"f","willContinue":true}},{"functionCall":{"name":"g","args":{"a":1}}})") ==
        R"([{"type":"tool_use","tool_name":"f"},{"type":"tool_use","tool_name":"g","tool_input":{"a":1}}])");
}

TEST_CASE("Gemini: pieces of one deep text stay one, and paths without end do not make values without end") {
    std::string path = "$";
    for (int i = 0; i < 60; ++i) {
        path += ".a";
    }
    std::string deep;
    std::string many;
    for (int i = 0; i < 1000; ++i) {
        deep.append(deep.empty() ? "" : ",").append(R"({"jsonPath":")" + path + R"(","stringValue":"x"})");
        many.append(many.empty() ? "" : ",")
            .append(R"({"jsonPath":"$.k)" + std::to_string(i) + path.substr(1) + R"(","numberValue":1})");
    }
    const auto call = [](const std::string& args) {
        return model_parts_of(R"({"functionCall":{"name":"f","partialArgs":[)" + args + "]}}");
    };
    CHECK(call(deep).find("\"" + std::string(1000, 'x') + "\"") != std::string::npos);
    const auto made = call(many);
    CHECK(made.find(R"("k0":{"a":{"a":)") != std::string::npos);
    CHECK(made.find(R"("$.k999.a.a)") != std::string::npos);
    CHECK(std::count(made.begin(), made.end(), '{') < 8000);
}

TEST_CASE("Gemini: what a part or an answer says beyond its first members is one block") {
    std::string part = R"({"text":"a")";
    for (int i = 0; i < 4; ++i) {
        part += R"(,"x)" + std::to_string(i) + R"(":{"v":1})";
    }
    const auto made = model_parts_of(part + "}");
    CHECK(made.find(R"({"type":"x1","raw":{"v":1}})") != std::string::npos);
    CHECK(made.find(R"({"type":"unknown","raw":{"x2":{"v":1},"x3":{"v":1}}})") != std::string::npos);
}

TEST_CASE("Gemini: an answer is its candidates by index, with what they rest on") {
    const auto made = answer_of(
        R"("responseId":"r","modelVersion":"models/m-001","candidates":[
           {"index":1,"content":{"parts":[{"text":"b"}]},"finishReason":"MAX_TOKENS"},
           {"content":{"role":"model","parts":[{"text":"a"}]},"finishReason":"STOP","index":0,
            "groundingMetadata":{"webSearchQueries":["q"]},"citationMetadata":{},"safetyRatings":[{}]},
           {"index":2,"content":{"role":"model"},"finishReason":"STOP"}])");
    CHECK(made.id == "r");
    CHECK(made.model == "m-001");
    REQUIRE(made.choices.size() == 2);
    CHECK(merkle::event_content(made.choices[0].message.content) ==
          R"([{"type":"text","text":"a"},{"type":"grounding_metadata","raw":{"webSearchQueries":["q"]}}])");
    CHECK(made.choices[0].message.content.at(1).dropped_by_clients);
    CHECK(made.choices[1].stop_reason == "MAX_TOKENS");
}

TEST_CASE("Gemini: a refusal is kept as one") {
    CHECK(candidate_of(R"("finishReason":"SAFETY")") == R"([{"type":"refusal","refusal":"SAFETY"}])");
    CHECK(candidate_of(R"("content":{},"finishReason":"MALFORMED_FUNCTION_CALL","finishMessage":"print(")") ==
          R"([{"type":"refusal","refusal":"print("}])");
    CHECK(candidate_of(R"("content":{"parts":[{"text":"a"}]},"finishReason":"RECITATION")") ==
          R"([{"type":"text","text":"a"}])");
    const auto blocked = answer_of(
        R"("promptFeedback":{"blockReason":"PROHIBITED_CONTENT","safetyRatings":[]},"usageMetadata":{"promptTokenCount":7})");
    REQUIRE(blocked.choices.size() == 1);
    CHECK(blocked.choices[0].stop_reason == "PROHIBITED_CONTENT");
    CHECK(merkle::event_content(blocked.choices[0].message.content) ==
          R"([{"type":"refusal","refusal":"PROHIBITED_CONTENT"}])");
    CHECK(blocked.used.prompt_tokens == 7);
    CHECK(merkle::event_content(
              answer_of(R"("prompt_feedback":{"block_reason":"OTHER","block_reason_message":"no"})")
                  .choices.at(0)
                  .message.content) == R"([{"type":"refusal","refusal":"no"}])");
    CHECK(
        gemini.answer_error(R"({"candidates":[{"content":{"role":"model"},"finishReason":"MAX_TOKENS"}]})") ==
        map_error::empty);
    CHECK(gemini.answer_error(R"({"error":{"code":500}})") == map_error::provider_error);
    CHECK(gemini.answer_error(R"({"totalTokens":3})") == map_error::wrong_shape);
}

TEST_CASE("Gemini: usage counts thoughts as output, and what tools gave as input") {
    const auto used = [](const std::string& members) {
        return answer_of(R"("candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{)" +
                         members + "}")
            .used;
    };
    const auto all =
        used(R"("promptTokenCount":100,"cachedContentTokenCount":"60","toolUsePromptTokenCount":5,
        "candidatesTokenCount":20,"thoughtsTokenCount":30.0,"totalTokenCount":155,
        "promptTokensDetails":[{"modality":"TEXT","tokenCount":100}])");
    CHECK(all.prompt_tokens == 105);
    CHECK(all.cache_read_input_tokens == 60);
    CHECK(all.completion_tokens == 50);
    CHECK(all.reasoning_tokens == 30);
    CHECK(all.total_tokens == 155);
    const auto inclusive = used(
        R"("prompt_token_count":100,"candidates_token_count":50,"thoughts_token_count":30,"total_token_count":150)");
    CHECK(inclusive.completion_tokens == 50);
    const auto silent = used(R"("promptTokenCount":10,"thoughtsTokenCount":30,"totalTokenCount":40)");
    CHECK(silent.completion_tokens == 30);
    CHECK(used(R"("promptTokenCount":9223372036854775807,"toolUsePromptTokenCount":1)").prompt_tokens ==
          std::nullopt);
    CHECK(used("").prompt_tokens == std::nullopt);
}

}  // namespace tapes::llm::gemini_api_test
