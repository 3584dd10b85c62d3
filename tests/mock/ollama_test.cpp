#include "answers.hpp"

#include <tapes/llm/api.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>

namespace tapes::mock::ollama_test {

using namespace tapes;
using nlohmann::json;

namespace {

mock::answer ask(std::string_view path, std::string body, const mock::shape& wanted = {}) {
    const auto make = mock::find_answerer("POST", path);
    REQUIRE(make != nullptr);
    body.reserve(body.size() + mock::request_padding);
    return make(body, wanted, 1);
}

// What the product makes of an answer: content in event form, by the mapping and, streamed, the reducer.
llm::answer mapped(std::string_view path, const mock::answer& from) {
    const auto& api = *llm::find_api("POST", path);
    std::string whole = from.body;
    if (from.stream) {
        const auto reducer = api.make_reducer();
        for (std::size_t i = 0; i < from.events(); ++i) {
            CHECK(json::parse(from.event(i))["done"] == (i + 1 == from.events()));
            CHECK(from.event(i).ends_with("}\n"));
            reducer->feed(from.event(i));
        }
        whole = reducer->finish();
    }
    llm::answer out;
    REQUIRE(api.map_answer(whole, out) == llm::map_error::none);
    return out;
}

const std::string tools =
    R"("tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"q":{"type":"string"},"n":{"type":"integer"}}}}}])";

}  // namespace

TEST_CASE("the mock's Ollama answers are the same, streamed or not, and stream by default") {
    const std::string chat = R"({"model":"qwen3","messages":[{"role":"user","content":"hello äöü"}])";
    const std::string prompt = R"({"model":"qwen3","prompt":"hello äöü")";
    for (const auto& [path, start] : {std::pair{"/api/chat", chat}, std::pair{"/api/generate", prompt}}) {
        for (const std::string more : {"", ",\"think\":true", ",\"think\":\"high\"", ",\"think\":false"}) {
            INFO(path << more);
            const auto streamed = ask(path, start + more + "}");
            CHECK(streamed.stream);
            CHECK(streamed.type == mock::answer::ndjson);
            CHECK(streamed.events() > 2);
            const auto one = ask(path, start + more + ",\"stream\":false}");
            CHECK_FALSE(one.stream);
            CHECK(one.type == mock::answer::json);
            const auto a = mapped(path, streamed);
            const auto b = mapped(path, one);
            CHECK(a.choices.at(0).message == b.choices.at(0).message);
            CHECK(a.choices.at(0).message.content.back().text == "You said: hello äöü");
            const bool thinks =
                more.find("true") != std::string::npos || more.find("high") != std::string::npos;
            CHECK((a.choices.at(0).message.content.front().type == "thinking") == thinks);
            CHECK(a.choices.at(0).stop_reason == "stop");
            CHECK(a.used.completion_tokens == b.used.completion_tokens);
            CHECK(a.used.total_duration_ns > 0);
        }
    }
}

TEST_CASE("the mock calls Ollama tools with object arguments, and goes on with what they said") {
    const auto called =
        ask("/api/chat", R"({"model":"m",)" + tools + R"(,"messages":[{"role":"user","content":"x"}]})",
            {.tool_calls = 2});
    const auto content = mapped("/api/chat", called).choices.at(0).message.content;
    REQUIRE(content.size() == 2);
    CHECK(content[0].tool_name == "f");
    CHECK(content[1].tool_input == R"({"n":2,"q":"a sample, é"})");
    const auto after =
        ask("/api/chat", R"({"model":"m",)" + tools + R"(,"messages":[{"role":"user","content":"x"},
        {"role":"tool","tool_name":"f","content":"22"}]})");
    CHECK(mapped("/api/chat", after).choices.at(0).message.content.at(0).text == "The tool said: 22");
}

TEST_CASE("the mock loads a model that is asked nothing, and refuses what is no request") {
    for (const auto* const path : {"/api/chat", "/api/generate"}) {
        const auto loaded = ask(path, R"({"model":"m"})");
        CHECK(json::parse(loaded.event(0))["done_reason"] == "load");
        for (const auto* const body :
             {"", "{", "[]", "{}", R"({"model":7})", R"({"model":"m","messages":7,"prompt":7})"}) {
            INFO(body);
            const auto refused = ask(path, body);
            if (refused.status != 200) {
                CHECK(refused.status == 400);
                CHECK(json::parse(refused.body)["error"].is_string());
            }
        }
        CHECK(ask(path, "{}").status == 400);
    }
    const auto many =
        ask("/api/chat", R"({"model":"m","messages":[{"role":"user","content":"x"}]})", {.events = 20});
    CHECK(many.events() == 21);
}

}  // namespace tapes::mock::ollama_test
