#include "answers.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

namespace tapes::mock::gemini_test {

namespace {

using nlohmann::json;

answer made(std::string body, const std::string& target, shape wanted = {}) {
    body.reserve(body.size() + request_padding);
    wanted.target = target;
    return gemini_content(body, wanted, 1);
}

std::string asking(const std::string& text, const std::string& more = "") {
    return R"({"contents":[{"role":"user","parts":[{"text":")" + text + "\"}]}]" + more + "}";
}

const std::string one_shot = "/v1beta/models/m:generateContent";
const std::string streamed = "/v1beta/models/m:streamGenerateContent";
const std::string tools =
    R"(,"tools":[{"functionDeclarations":[{"name":"f","parameters":{"type":"OBJECT","properties":)"
    R"({"n":{"type":"INTEGER"}}}}]}])";

/// The texts of all chunks of a stream.
std::string text_of_chunks(const json& chunks) {
    std::string text;
    for (const auto& chunk : chunks) {
        for (const auto& part :
             chunk["candidates"][0].value("content", json::object()).value("parts", json::array())) {
            text += part.value("thought", false) ? "" : part.value("text", "");
        }
    }
    return text;
}

}  // namespace

TEST_CASE("Gemini's mock says the same in one shot, as events and as an array") {
    const auto whole = json::parse(made(asking("hi"), one_shot).body);
    CHECK(whole["candidates"][0]["content"]["parts"][0]["text"] == "You said: hi");
    CHECK(whole["candidates"][0]["finishReason"] == "STOP");
    CHECK(whole["modelVersion"] == "m");
    const auto array = made(asking("hi"), streamed);
    CHECK(array.stream);
    CHECK(array.type == answer::json);
    const auto chunks = json::parse(array.body);
    CHECK(chunks.size() == array.events());
    CHECK(text_of_chunks(chunks) == "You said: hi");
    const auto events = made(asking("hi"), streamed + "?alt=sse");
    REQUIRE(events.events() == chunks.size());
    for (std::size_t i = 0; i < chunks.size(); ++i) {
        const auto event = events.event(i);
        REQUIRE(event.starts_with("data: "));
        REQUIRE(event.ends_with("\r\n\r\n"));
        CHECK(json::parse(event.substr(6)) == chunks[i]);
    }
    CHECK(chunks.back()["usageMetadata"] == whole["usageMetadata"]);
}

TEST_CASE("Gemini's mock calls, thinks and refuses where it is asked to") {
    const auto parts = [](const answer& from) {
        return json::parse(from.body)["candidates"][0]["content"]["parts"];
    };
    shape wanted;
    wanted.tool_calls = 2;
    wanted.thinking = true;
    const auto called = parts(made(asking("x", tools), one_shot, wanted));
    REQUIRE(called.size() == 3);
    CHECK(called[0]["thought"] == true);
    CHECK(called[1]["functionCall"]["args"]["n"] == 1);
    CHECK(called[1].contains("thoughtSignature"));
    CHECK(called[2]["functionCall"]["args"]["n"] == 2);
    const auto told = parts(made(
        R"({"contents":[{"parts":[{"text":"q"}]},{"role":"user","parts":[{"functionResponse":{"name":"f","response":{"output":"22"}}}]}]})",
        one_shot));
    CHECK(told[0]["text"] == "The tool said: 22");
    shape refusal;
    refusal.refusal = true;
    const auto refused = json::parse(made(asking("x"), one_shot, refusal).body);
    CHECK(refused["candidates"][0]["finishReason"] == "SAFETY");
    CHECK_FALSE(refused["candidates"][0].contains("content"));
    CHECK(json::parse(
              made(asking("x", R"(,"generationConfig":{"candidateCount":2})"), one_shot).body)["candidates"]
              .size() == 2);
}

TEST_CASE("Gemini's mock answers in the envelope in which it is asked, and errors as Google does") {
    const auto whole = json::parse(
        made(R"({"model":"m","request":)" + asking("hi") + "}", "/v1internal:generateContent").body);
    CHECK(whole["response"]["candidates"][0]["content"]["parts"][0]["text"] == "You said: hi");
    CHECK(whole["response"]["modelVersion"] == "m");
    for (const auto* body : {"", "[]", "{}", R"({"contents":[]})", R"({"contents":7})", R"({"contents":[7]})",
                             R"({"contents":[{"parts":7}],"tools":7})"}) {
        INFO(body);
        const auto refused = made(body, one_shot);
        CHECK((refused.status == 400 || refused.status == 200));
        CHECK(json::accept(refused.body));
    }
    CHECK(json::parse(made("{}", one_shot).body)["error"]["status"] == "INVALID_ARGUMENT");
}

}  // namespace tapes::mock::gemini_test
