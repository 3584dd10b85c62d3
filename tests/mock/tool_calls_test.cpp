#include "tool_calls.hpp"

#include "answers.hpp"

#include <tapes/llm/api.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::mock::tool_calls_test {

using namespace tapes;
using mock::json;

namespace {

/// A request of one API, in which a prompt is followed by calls and their results.
struct conversation {
    std::string api;
    std::string path;
    json request;

    json& items() { return request[api == "openai_responses" ? "input" : "messages"]; }

    /// The calls of the answer as (name, arguments), and its text behind them; the calls join the history,
    /// each with a result. `stream` must not change the content.
    std::vector<std::string> ask(const mock::shape& wanted = {}) {
        const auto content = answer(false, wanted);
        CHECK(answer(true, wanted) == content);
        std::vector<std::string> said;
        for (const auto& block : content) {
            said.push_back(block.type == "text" ? block.text : block.tool_name + " " + block.tool_input);
        }
        return said;
    }

    void add_results(const mock::shape& wanted = {}) {
        for (const auto& block : answer(false, wanted)) {
            const auto& id = block.tool_use_id;
            if (api == "anthropic_messages") {
                items().push_back({{"role", "assistant"},
                                   {"content",
                                    {{{"type", "tool_use"},
                                      {"id", id},
                                      {"name", block.tool_name},
                                      {"input", json::object()}}}}});
                items().push_back(
                    {{"role", "user"},
                     {"content", {{{"type", "tool_result"}, {"tool_use_id", id}, {"content", "fine"}}}}});
            } else if (api == "openai_responses") {
                items().push_back({{"type", "function_call_output"}, {"call_id", id}, {"output", "fine"}});
            } else {
                items().push_back({{"role", "assistant"}, {"content", ""}});
                items().push_back({{"role", "tool"}, {"tool_call_id", id}, {"content", "fine"}});
            }
        }
    }

    mock::answer send(bool stream, const mock::shape& wanted) {
        request["stream"] = stream;
        auto body = mock::dump(request);
        body.reserve(body.size() + mock::request_padding);
        return mock::find_answerer("POST", path)(body, wanted, 1);
    }

private:
    std::vector<merkle::block> answer(bool stream, const mock::shape& wanted) {
        const auto made = send(stream, wanted);
        REQUIRE(made.status == 200);
        const auto& known = *llm::find_api("POST", path);
        auto whole = made.body;
        if (stream) {
            const auto reducer = known.make_reducer();
            reducer->feed(made.body);
            whole = reducer->finish();
        }
        llm::answer out;
        REQUIRE(known.map_answer(whole, out) == llm::map_error::none);
        return out.choices.at(0).message.content;
    }
};

json tool_of(const std::string& api, const std::string& name, const json& properties, const json& required) {
    const json schema{{"type", "object"}, {"properties", properties}, {"required", required}};
    if (api == "anthropic_messages") {
        return {{"name", name}, {"input_schema", schema}};
    }
    if (api == "openai_responses") {
        return {{"type", "function"}, {"name", name}, {"parameters", schema}};
    }
    return {{"type", "function"}, {"function", {{"name", name}, {"parameters", schema}}}};
}

const json text_type{{"type", "string"}};

/// The tools of Claude Code, OpenCode and an older Codex, as far as the task needs them.
json read_write_bash(const std::string& api) {
    return json::array(
        {tool_of(api, "Bash", {{"command", text_type}, {"description", text_type}},
                 {"command", "description"}),
         tool_of(api, "Read", {{"file_path", text_type}, {"limit", {{"type", "number"}}}}, {"file_path"}),
         tool_of(api, "Write", {{"file_path", text_type}, {"content", text_type}},
                 {"file_path", "content"})});
}

std::vector<conversation> in_all_apis(const std::string& prompt, json (*tools)(const std::string&),
                                      const std::string& model = "m") {
    std::vector<conversation> all;
    for (const auto& [api, path] :
         std::vector<std::pair<std::string, std::string>>{{"openai_chat", "/v1/chat/completions"},
                                                          {"openai_responses", "/v1/responses"},
                                                          {"anthropic_messages", "/v1/messages"},
                                                          {"ollama_chat", "/api/chat"}}) {
        conversation one{api, path, {{"model", model}, {"max_tokens", 9}, {"tools", tools(api)}}};
        one.items() = json::array({{{"role", "user"}, {"content", prompt}}});
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace

TEST_CASE("the mock calls no tool unless it is asked to, in every API") {
    for (const std::string prompt :
         {"rm -rf /tmp/x", "list the [calls] of this task", "[call] [call Nothing {}]"}) {
        for (auto& one : in_all_apis(prompt, read_write_bash)) {
            CAPTURE(one.api, prompt);
            CHECK(one.ask() == std::vector<std::string>{"You said: " + prompt});
        }
    }
}

TEST_CASE("the mock never gives a tool what the user said unless it was spelled out") {
    for (auto& one : in_all_apis("rm -rf /tmp/x", read_write_bash)) {
        CAPTURE(one.api);
        for (const auto& said : one.ask({.tool_calls = 3})) {
            CHECK(said.find("rm") == std::string::npos);
            CHECK(said.find("a sample") != std::string::npos);
        }
    }
}

TEST_CASE("the mock makes the calls that the user spells out") {
    const std::string prompt =
        R"(Please [call Read {"file_path":"a ] } \" b"}] and [call Bash {"command":"true","o":{"x":[1]}}], [call Write])";
    for (auto& one : in_all_apis(prompt, read_write_bash)) {
        CAPTURE(one.api);
        CHECK(one.ask() == std::vector<std::string>{R"(Read {"file_path":"a ] } \" b"})",
                                                    R"(Bash {"command":"true","o":{"x":[1]}})", "Write "});
        one.add_results();
        CHECK(one.ask().back().starts_with("The tool said: fine"));
    }
}

TEST_CASE("the mock plays an agent's task: reads, writes, runs a command, answers") {
    for (const auto& [prompt, model] : std::vector<std::pair<std::string, std::string>>{
             {"do it [task:notes.md]", "m"}, {"do it [task:notes.md; rm x]", "tapes-agent"}}) {
        for (auto& one : in_all_apis(prompt, read_write_bash, model)) {
            CAPTURE(one.api, model);
            const auto file = model == "m" ? std::string{"notes.md"} : "notes.mdrmx";
            CHECK(one.ask() == std::vector<std::string>{R"(Read {"file_path":")" + file + R"("})"});
            one.add_results();
            CHECK(one.ask() ==
                  std::vector<std::string>{
                      R"(Write {"content":"Written by the mock of tapes.\n","file_path":"tapes-mock.txt"})"});
            one.add_results();
            CHECK(one.ask() == std::vector<std::string>{
                                   R"(Bash {"command":"echo tapes-mock","description":"a sample, é"})"});
            one.add_results();
            CHECK(one.ask() == std::vector<std::string>{"The tool said: fine"});
            one.items().push_back({{"role", "user"}, {"content", "thanks"}});
            CHECK(one.ask().size() == 1);
            CHECK((one.ask()[0] == "You said: thanks") == (model == "m"));
        }
    }
}

TEST_CASE("the mock plays the task with the tools of Codex, also where only the newest result is sent") {
    conversation codex{"openai_responses", "/v1/responses", {{"model", "tapes-agent"}}};
    codex.request["tools"] = {
        {{"type", "function"},
         {"name", "shell"},
         {"parameters",
          {{"type", "object"}, {"properties", {{"command", {{"type", "array"}}}, {"workdir", text_type}}}}}},
        {{"type", "custom"}, {"name", "apply_patch"}, {"format", {{"type", "grammar"}}}}};
    codex.items() = json::array({{{"role", "user"}, {"content", "go"}}});
    CHECK(codex.ask() == std::vector<std::string>{R"(shell {"command":["sh","-c","cat README.md"]})"});
    for (const bool whole_history : {true, false}) {
        auto one = codex;
        const auto go_on = [&] {
            one.add_results();
            if (!whole_history) {
                one.request["previous_response_id"] = "resp_1";
                one.items() = json::array({one.items().back()});
            }
        };
        go_on();
        const auto written = one.ask();
        REQUIRE(written.size() == 1);
        CHECK(written[0].starts_with("apply_patch "));
        const auto patch = json::parse(one.send(false, {}).body)["output"][0];
        CHECK(patch["type"] == "custom_tool_call");
        CHECK(patch["input"] ==
              "*** Begin Patch\n*** Add File: tapes-mock.txt\n+Written by the mock of tapes.\n"
              "*** End Patch\n");
        go_on();
        CHECK(one.ask() == std::vector<std::string>{R"(shell {"command":["sh","-c","echo tapes-mock"]})"});
        go_on();
        CHECK(one.ask() == std::vector<std::string>{"The tool said: fine"});
    }
}

TEST_CASE("a tool in a namespace is called by its name and that of the namespace") {
    conversation codex{"openai_responses", "/v1/responses", {{"model", "m"}}};
    const json search{{"type", "function"}, {"name", "search"}, {"parameters", {{"type", "object"}}}};
    codex.request["tools"] = {{{"type", "namespace"}, {"name", "mcp__x"}, {"tools", json::array({search})}}};
    codex.items() = json::array({{{"role", "user"}, {"content", R"([call mcp__x__search {"query": "a"}])"}}});
    const auto call = json::parse(codex.send(false, {}).body)["output"][0];
    CHECK(call["type"] == "function_call");
    CHECK(call["name"] == "search");
    CHECK(call["namespace"] == "mcp__x");
    CHECK(call["arguments"] == R"({"query":"a"})");
    codex.items() = json::array({{{"role", "user"}, {"content", R"([call search {"query": "a"}])"}}});
    CHECK(json::parse(codex.send(false, {}).body)["output"][0]["type"] == "message");
}

}  // namespace tapes::mock::tool_calls_test
