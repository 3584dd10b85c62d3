#include "request/parameters.hpp"

#include "request/tool_definitions.hpp"

#include <catch2/catch.hpp>

namespace parameters_test {

using namespace tapes::exports;
using nlohmann::ordered_json;

TEST_CASE("parameters have their names in each form, and what has none is counted") {
    const auto recorded = ordered_json::parse(
        R"({"model":"m","messages":[1],"max_tokens":9,"temperature":1,"top_k":3,"stop":"END","seed":4,"stream":true,
            "tool_choice":"required","metadata":{"a":1},"tools":[2],"system":"s"})");
    left_out left;
    CHECK(
        parameters_in_form(recorded, "anthropic_messages", left) ==
        ordered_json::parse(R"({"model":"m","max_tokens":9,"temperature":1,"top_k":3,"stop_sequences":["END"],
              "stream":true,"tool_choice":{"type":"any"}})"));
    CHECK(left.counts() ==
          std::map<std::string, std::uint64_t>{{"parameter metadata", 1}, {"parameter seed", 1}});
    left_out of_responses;
    CHECK(
        parameters_in_form(recorded, "openai_responses", of_responses) ==
        ordered_json::parse(
            R"({"model":"m","max_output_tokens":9,"temperature":1,"stream":true,"tool_choice":"required"})"));
    left_out none;
    CHECK(parameters_in_form(ordered_json::parse(R"({"tool_choice":{"type":"tool","name":"f"}})"),
                             "openai_chat", none) ==
          ordered_json::parse(R"({"tool_choice":{"type":"function","function":{"name":"f"}}})"));
    CHECK(parameters_in_form(ordered_json::object(), "anthropic_messages", none)["max_tokens"] == 4096);
    CHECK(none.empty());
    CHECK(own_parameters(recorded).contains("metadata"));
    CHECK(!own_parameters(recorded).contains("messages"));
}

TEST_CASE("tools are brought into each form, those of providers are counted") {
    const auto recorded = ordered_json::parse(R"([
        {"name":"a","description":"d","input_schema":{"type":"object"}},
        {"type":"function","function":{"name":"b","parameters":{"type":"object"},"strict":true}},
        {"type":"function","name":"c"},{"type":"web_search_20250305","name":"web_search"},7])");
    left_out left;
    const auto tools = read_tools(recorded, left);
    REQUIRE(tools.size() == 3);
    CHECK(left.counts().size() == 2);
    CHECK(tools_in_form(tools, "anthropic_messages")[1] ==
          ordered_json::parse(R"({"name":"b","input_schema":{"type":"object"}})"));
    CHECK(
        tools_in_form(tools, "openai_chat")[0] ==
        ordered_json::parse(
            R"({"type":"function","function":{"name":"a","description":"d","parameters":{"type":"object"}}})"));
    CHECK(
        tools_in_form(tools, "openai_responses")[2] ==
        ordered_json::parse(
            R"({"type":"function","name":"c","parameters":{"type":"object","properties":{}},"strict":false})"));
    CHECK(read_tools(ordered_json{}, left).empty());
    const auto gemini = read_tools(
        ordered_json::parse(
            R"([{"functionDeclarations":[{"name":"a","parameters":{"type":"object"}},{"name":"b"}]},
            {"googleSearch":{}}])"),
        left);
    CHECK(gemini.size() == 2);
    CHECK(left.counts().contains("tool googleSearch of the provider"));
    const auto converse = read_tools(
        recorded_tools(ordered_json::parse(
            R"({"toolConfig":{"tools":[{"toolSpec":{"name":"c","inputSchema":{"json":{"type":"object"}}}}]}})")),
        left);
    REQUIRE(converse.size() == 1);
    CHECK(converse[0].parameters == ordered_json{{"type", "object"}});
    CHECK(recorded_tools(ordered_json::object()).is_null());
}

}  // namespace parameters_test
