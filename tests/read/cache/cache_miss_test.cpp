#include "read/told_store.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/read/cache_miss.hpp>
#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read::cache_miss_test {

using json = nlohmann::ordered_json;
using test::said;
using test::told_store;
using test::turn_options;

const json ephemeral{{"type", "ephemeral"}};

json marked(json block, const json& mark = ephemeral) {
    block["cache_control"] = mark;
    return block;
}

json text_of(const std::string& text) {
    return {{"type", "text"}, {"text", text}};
}

/// Two consecutive requests of Claude Code's kind: marks at the system text and at the last block.
json anthropic_request(int turns) {
    json messages = json::array();
    for (int i = 0; i < turns; ++i) {
        messages.push_back(
            {{"role", "user"},
             {"content", json::array({text_of("question " + std::to_string(i) + std::string(400, 'q'))})}});
        if (i + 1 < turns) {
            messages.push_back(
                {{"role", "assistant"}, {"content", json::array({text_of("answer " + std::to_string(i))})}});
        }
    }
    auto& last = messages.back()["content"].back();
    last = marked(last);
    return {
        {"model", "claude-sonnet-4-5"},
        {"max_tokens", 100},
        {"thinking", {{"type", "enabled"}, {"budget_tokens", 2000}}},
        {"tools",
         json::array(
             {{{"name", "ls"}, {"description", "Lists."}, {"input_schema", {{"type", "object"}, {"a", 1}}}},
              {{"name", "cat"}, {"description", "Shows."}, {"input_schema", {{"type", "object"}}}},
              {{"name", "rm"}, {"description", "Removes."}, {"input_schema", {{"type", "object"}}}}})},
        {"system",
         json::array({text_of("You are an agent."), marked(text_of("Be brief." + std::string(2000, 's')))})},
        {"messages", messages}};
}

json openai_request(int turns) {
    json messages = json::array({{{"role", "system"}, {"content", "Be brief." + std::string(4000, 's')}}});
    for (int i = 0; i < turns; ++i) {
        messages.push_back(
            {{"role", "user"}, {"content", "question " + std::to_string(i) + std::string(400, 'q')}});
        if (i + 1 < turns) {
            messages.push_back({{"role", "assistant"}, {"content", "answer " + std::to_string(i)}});
        }
    }
    return {{"model", "gpt-5.1"},
            {"reasoning_effort", "low"},
            {"prompt_cache_key", "key-1"},
            {"tools",
             json::array({{{"type", "function"}, {"function", {{"name", "ls"}, {"parameters", {{"a", 1}}}}}},
                          {{"type", "function"}, {"function", {{"name", "cat"}}}}})},
            {"messages", messages}};
}

json responses_request(int turns) {
    json input = json::array();
    for (int i = 0; i < turns; ++i) {
        input.push_back({{"type", "message"},
                         {"role", "user"},
                         {"content", json::array({{{"type", "input_text"},
                                                   {"text", "question " + std::to_string(i)}}})}});
        if (i + 1 < turns) {
            input.push_back({{"type", "message"},
                             {"role", "assistant"},
                             {"content", json::array({{{"type", "output_text"},
                                                       {"text", "answer " + std::to_string(i)}}})}});
        }
    }
    return {{"model", "gpt-5.1"},
            {"instructions", "Be brief." + std::string(4000, 's')},
            {"reasoning", {{"effort", "low"}, {"summary", "auto"}}},
            {"tools",
             json::array({{{"type", "function"}, {"name", "ls"}}, {{"type", "function"}, {"name", "cat"}}})},
            {"input", input}};
}

merkle::usage figures(std::int64_t input, std::int64_t read, std::int64_t written, bool hour = false) {
    merkle::usage made;
    made.prompt_tokens = input + read + written;
    made.completion_tokens = 10;
    made.cache_read_input_tokens = read;
    made.cache_creation_input_tokens = written;
    (hour ? made.cache_write_1h_tokens : made.cache_write_5m_tokens) = written;
    return made;
}

merkle::usage cached_tokens(std::int64_t prompt, std::int64_t read) {
    merkle::usage made;
    made.prompt_tokens = prompt;
    made.completion_tokens = 10;
    made.cache_read_input_tokens = read;
    return made;
}

/// A conversation of two turns, the second of which is what a test makes of it.
struct conversation {
    std::string api, provider;
    json first, second;
    std::string first_head, second_head;
    merkle::usage first_used, second_used;
    std::int64_t seconds_between = 30;
    std::string answer;                               ///< the bytes of the second
    std::string first_model = {}, second_model = {};  ///< where the path names them
};

conversation anthropic() {
    conversation made{"anthropic_messages",
                      "anthropic",
                      anthropic_request(1),
                      anthropic_request(2),
                      "",
                      "",
                      figures(5, 0, 4000),
                      figures(10, 0, 4100),
                      30,
                      ""};
    return made;
}

conversation chat() {
    return {"openai_chat",
            "openai",
            openai_request(1),
            openai_request(2),
            "",
            "",
            cached_tokens(2000, 0),
            cached_tokens(2100, 0),
            30,
            ""};
}

conversation responses() {
    return {"openai_responses",
            "openai",
            responses_request(1),
            responses_request(2),
            "",
            "",
            cached_tokens(2000, 0),
            cached_tokens(2100, 0),
            30,
            ""};
}

const json point{{"cachePoint", {{"type", "default"}}}};
const std::string claude_of_bedrock = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

/// Checkpoints behind the tools, the system text and the last message.
json converse_request(int turns) {
    json messages = json::array();
    for (int i = 0; i < turns; ++i) {
        messages.push_back(
            {{"role", "user"},
             {"content",
              json::array({{{"text", "question " + std::to_string(i) + std::string(400, 'q')}}})}});
        if (i + 1 < turns) {
            messages.push_back({{"role", "assistant"},
                                {"content", json::array({{{"text", "answer " + std::to_string(i)}}})}});
        }
    }
    messages.back()["content"].push_back(point);
    const auto tool = [](const std::string& name) {
        return json{{"toolSpec", {{"name", name}, {"inputSchema", {{"json", {{"type", "object"}}}}}}}};
    };
    return {{"inferenceConfig", {{"maxTokens", 100}}},
            {"toolConfig", {{"tools", json::array({tool("ls"), tool("cat"), point})}}},
            {"system", json::array({{{"text", "Be brief." + std::string(2000, 's')}}, point})},
            {"messages", messages}};
}

conversation converse() {
    return {"bedrock_converse",
            "bedrock",
            converse_request(1),
            converse_request(2),
            "",
            "",
            figures(5, 0, 4000),
            figures(10, 0, 4100),
            30,
            "",
            claude_of_bedrock,
            claude_of_bedrock};
}

class told_conversation {
public:
    explicit told_conversation(const conversation& from) {
        turn_options options;
        options.api = from.api;
        options.provider = from.provider;
        options.model = from.first.value("model", from.first_model);
        options.request = from.first.dump();
        options.request_head = from.first_head;
        options.response = "{}";
        options.response_head = "HTTP/1.1 200 OK\r\n";
        options.used = from.first_used;
        options.at_s = 1000;
        const auto system = said("system", "s");
        const auto question = said("user", "q0");
        const auto answer = said("assistant", "a0");
        store.tell({system, question}, answer, options);
        options.model = from.second.value("model", from.second_model);
        options.request = from.second.dump();
        options.request_head = from.second_head;
        options.response = from.answer;
        options.used = from.second_used;
        options.at_s = 1000 + from.seconds_between;
        store.tell({system, question, answer, said("user", "q1")}, said("assistant", "a1"), options);
    }

    cache_miss explain(std::int64_t seq = 2, bool with_text = true) {
        catalogue::catch_up({store.path()}, [](const catalogue::progress&) { return true; });
        sources from{store.path(), catalogue::path_of(store.path()), prices};
        cache_explainer explainer{from};
        auto found = explainer.explain(seq, with_text);
        REQUIRE(found);
        return *found;
    }

    told_store store;
    price_table prices;
};

cache_miss explained(const conversation& from) {
    return told_conversation{from}.explain();
}

std::vector<std::string> names(const std::vector<miss_cause>& causes) {
    std::vector<std::string> made;
    for (const auto one : causes) {
        made.emplace_back(to_string(one));
    }
    return made;
}

struct miss_case {
    std::string_view name;
    conversation (*begin)();
    std::function<void(conversation&)> change;
    std::vector<std::string> causes;
    std::string part;  ///< where the requests part: kind, number, name
    predecessor_kind kind = predecessor_kind::ancestor;
};

std::string part_of(const cache_miss& found) {
    if (!found.difference) {
        return "";
    }
    const auto& place = found.difference->now ? found.difference->now : found.difference->before;
    if (!place) {
        return found.difference->name;
    }
    const auto& part = place->part;
    std::string made{to_string(part.kind)};
    made += part.kind == part_kind::message || part.kind == part_kind::system
                ? " " + std::to_string(part.number)
                : "";
    return made + (found.difference->name.empty() ? "" : " " + found.difference->name);
}

TEST_CASE("each cause of a missed cache is named") {
    const auto swap_tools = [](conversation& of) { std::swap(of.second["tools"][0], of.second["tools"][1]); };
    const miss_case cases[] = {
        // Bedrock's Converse
        {"another model in the path",
         converse,
         [](auto& of) { of.second_model = "us.anthropic.claude-opus-4-1-20250805-v1:0"; },
         {"model"},
         "model",
         predecessor_kind::rewrite},
        {"tool added",
         converse,
         [](auto& of) {
             auto& tools = of.second["toolConfig"]["tools"];
             tools.insert(tools.begin() + 2, json{{"toolSpec", {{"name", "mv"}}}});
         },
         {"tool_added"},
         "tool mv"},
        {"tool removed",
         converse,
         [](auto& of) { of.second["toolConfig"]["tools"].erase(0); },
         {"tool_removed"},
         "tool ls"},
        {"tool choice",
         converse,
         [](auto& of) {
             of.second["toolConfig"]["toolChoice"] = {{"any", json::object()}};
         },
         {"parameter", "unexplained"},
         "parameter toolChoice"},
        {"thinking",
         converse,
         [](auto& of) {
             of.second["additionalModelRequestFields"] = {{"thinking", {{"type", "enabled"}}}};
         },
         {"parameter", "unexplained"},
         "parameter additionalModelRequestFields"},
        {"system",
         converse,
         [](auto& of) { of.second["system"][0]["text"] = "You are a poet."; },
         {"system_changed"},
         "system 0"},
        {"a message",
         converse,
         [](auto& of) { of.second["messages"][0]["content"][0]["text"] = "another"; },
         {"message_changed", "unexplained"},
         "message 0"},
        {"no checkpoint any more",
         converse,
         [](auto& of) {
             of.second["toolConfig"]["tools"].erase(2);
             of.second["system"].erase(1);
             of.second["messages"].back()["content"].erase(1);
         },
         {"mark_removed"},
         ""},
        {"checkpoints before what was cached",
         converse,
         [](auto& of) { of.second["messages"].back()["content"].erase(1); },
         {"mark_moved"},
         ""},
        {"expired", converse, [](auto& of) { of.seconds_between = 301; }, {"expired"}, ""},
        {"expired after an hour",
         converse,
         [](auto& of) {
             for (auto* const one : {&of.first["toolConfig"]["tools"][2], &of.first["system"][1],
                                     &of.first["messages"][0]["content"][1]}) {
                 (*one)["cachePoint"]["ttl"] = "1h";
             }
             of.seconds_between = 3601;
         },
         {"expired"},
         ""},
        {"too small",
         converse,
         [](auto& of) {
             of.first_model = of.second_model = "amazon.nova-pro-v1:0";
             of.first_used = figures(5, 0, 900);
             of.second_used = figures(10, 0, 950);
         },
         {"too_small"},
         ""},
        // Anthropic
        {"model",
         anthropic,
         [](auto& of) { of.second["model"] = "claude-opus-4-1"; },
         {"model"},
         "model model",
         predecessor_kind::rewrite},
        {"budget",
         anthropic,
         [](auto& of) { of.second["thinking"]["budget_tokens"] = 4000; },
         {"parameter", "unexplained"},
         "parameter thinking"},
        {"thinking off",
         anthropic,
         [](auto& of) { of.second.erase("thinking"); },
         {"parameter", "unexplained"},
         "parameter thinking"},
        {"tool choice",
         anthropic,
         [](auto& of) {
             of.second["tool_choice"] = {{"type", "any"}};
         },
         {"parameter", "unexplained"},
         "parameter tool_choice"},
        {"tool added",
         anthropic,
         [](auto& of) {
             of.second["tools"].push_back({{"name", "mv"}});
         },
         {"tool_added"},
         "tool mv"},
        {"tool removed",
         anthropic,
         [](auto& of) { of.second["tools"].erase(1); },
         {"tool_removed"},
         "tool cat"},
        {"tools moved", anthropic, swap_tools, {"tool_moved"}, "tool cat"},
        {"tool changed",
         anthropic,
         [](auto& of) { of.second["tools"][1]["description"] = "Prints."; },
         {"tool_changed"},
         "tool cat"},
        {"keys of a schema",
         anthropic,
         [](auto& of) {
             of.second["tools"][0]["input_schema"] = {{"a", 1}, {"type", "object"}};
         },
         {"tool_changed"},
         "tool ls"},
        {"system",
         anthropic,
         [](auto& of) { of.second["system"][0]["text"] = "You are a poet."; },
         {"system_changed"},
         "system 0"},
        {"system gone",
         anthropic,
         [](auto& of) { of.second["system"].erase(0); },
         {"system_changed"},
         "system 0"},
        {"message",
         anthropic,
         [](auto& of) { of.second["messages"][0]["content"][0]["text"] = "another" + std::string(400, 'q'); },
         {"message_changed", "unexplained"},
         "message 0"},
        {"message inserted",
         anthropic,
         [](auto& of) {
             auto& messages = of.second["messages"];
             messages.insert(messages.begin(), json{{"role", "user"}, {"content", "a note"}});
         },
         {"message_inserted", "unexplained"},
         "message 0"},
        {"marks gone",
         anthropic,
         [](auto& of) {
             of.second["system"][1].erase("cache_control");
             of.second["messages"][2]["content"][0].erase("cache_control");
         },
         {"mark_removed"},
         ""},
        {"mark moved",
         anthropic,
         [](auto& of) {
             of.second["messages"][2]["content"][0].erase("cache_control");
             of.second["tools"][0]["cache_control"] = ephemeral;
             of.second["system"][1].erase("cache_control");
         },
         {"mark_moved"},
         ""},
        {"look back",
         anthropic,
         [](auto& of) {
             of.second["system"][1].erase("cache_control");
             auto& content = of.second["messages"][2]["content"];
             for (int i = 0; i < 30; ++i) {
                 content.insert(content.begin(), text_of("more"));
             }
         },
         {"look_back"},
         ""},
        {"expired", anthropic, [](auto& of) { of.seconds_between = 301; }, {"expired"}, ""},
        {"too small",
         anthropic,
         [](auto& of) {
             of.first_used = figures(900, 0, 0);
             of.second_used = figures(950, 0, 0);
         },
         {"too_small"},
         ""},
        {"no marks",
         anthropic,
         [](auto& of) {
             for (auto* const one : {&of.first, &of.second}) {
                 (*one)["system"][1].erase("cache_control");
                 (*one)["messages"].back()["content"].back().erase("cache_control");
             }
             of.first_used = figures(5000, 0, 0);
             of.second_used = figures(5100, 0, 0);
         },
         {"unmarked"},
         ""},
        {"beta",
         anthropic,
         [](auto& of) {
             of.first_head = "POST / HTTP/1.1\r\nanthropic-beta: context-1m-2025-08-07,oauth-2025-04-20\r\n";
             of.second_head = "POST / HTTP/1.1\r\nanthropic-beta: oauth-2025-04-20\r\n";
         },
         {"beta_header"},
         "context-1m-2025-08-07"},
        {"nothing", anthropic, [](auto&) {}, {"unexplained"}, ""},
        // OpenAI chat
        {"chat model",
         chat,
         [](auto& of) { of.second["model"] = "gpt-4o"; },
         {"model"},
         "model model",
         predecessor_kind::rewrite},
        {"effort",
         chat,
         [](auto& of) { of.second["reasoning_effort"] = "high"; },
         {"parameter"},
         "parameter reasoning_effort"},
        {"key",
         chat,
         [](auto& of) { of.second["prompt_cache_key"] = "key-2"; },
         {"cache_key"},
         "parameter prompt_cache_key"},
        {"chat tools", chat, swap_tools, {"tool_moved"}, "tool cat"},
        {"chat tool", chat, [](auto& of) { of.second["tools"].erase(1); }, {"tool_removed"}, "tool cat"},
        {"chat system",
         chat,
         [](auto& of) { of.second["messages"][0]["content"] = "Be long."; },
         {"system_changed"},
         "message 0"},
        {"chat message",
         chat,
         [](auto& of) { of.second["messages"][1]["content"] = "other"; },
         {"message_changed"},
         "message 1"},
        {"chat message gone",
         chat,
         [](auto& of) { of.second["messages"].erase(1); },
         {"message_changed"},
         "message 1"},
        {"in memory", chat, [](auto& of) { of.seconds_between = 3700; }, {"expired"}, ""},
        {"perhaps expired", chat, [](auto& of) { of.seconds_between = 900; }, {"expired"}, ""},
        {"kept for a day",
         chat,
         [](auto& of) {
             of.first["prompt_cache_retention"] = of.second["prompt_cache_retention"] = "24h";
             of.seconds_between = 3700;
         },
         {"unexplained"},
         ""},
        {"chat too small",
         chat,
         [](auto& of) {
             of.first_used = cached_tokens(900, 0);
             of.second_used = cached_tokens(990, 0);
         },
         {"too_small"},
         ""},
        {"chat nothing", chat, [](auto&) {}, {"unexplained"}, ""},
        // OpenAI responses
        {"instructions",
         responses,
         [](auto& of) { of.second["instructions"] = "Be long."; },
         {"system_changed"},
         "system 0"},
        {"responses effort",
         responses,
         [](auto& of) { of.second["reasoning"]["effort"] = "high"; },
         {"parameter"},
         "parameter reasoning.effort"},
        {"summary only",
         responses,
         [](auto& of) { of.second["reasoning"]["summary"] = "detailed"; },
         {"unexplained"},
         ""},
        {"format",
         responses,
         [](auto& of) {
             of.second["text"] = {{"format", {{"type", "json_object"}}}};
         },
         {"parameter"},
         "parameter text.format"},
        {"responses tool",
         responses,
         [](auto& of) {
             of.second["tools"].push_back({{"type", "web_search"}});
         },
         {"tool_added"},
         "tool web_search"},
        {"item",
         responses,
         [](auto& of) { of.second["input"][0]["content"][0]["text"] = "other"; },
         {"message_changed"},
         "message 0"},
    };
    for (const auto& one : cases) {
        auto made = one.begin();
        one.change(made);
        const auto found = explained(made);
        INFO(one.name);
        CHECK(names(found.causes) == one.causes);
        CHECK(part_of(found) == one.part);
        CHECK(to_string(found.kind) == to_string(one.kind));
        REQUIRE(found.predecessor);
        CHECK(found.predecessor->seq == 1);
    }
}

TEST_CASE("what was read of the cache is told by the provider's figures") {
    auto read_all = anthropic();
    read_all.second_used = figures(10, 4000, 100);
    auto found = explained(read_all);
    CHECK(found.outcome == cache_outcome::hit);
    CHECK(found.expected == 4000);
    CHECK(found.missed == 0);
    CHECK(found.causes.empty());

    auto read_some = anthropic();
    read_some.second_used = figures(10, 1500, 2600);
    read_some.second["messages"][0]["content"][0]["text"] = "another";
    found = explained(read_some);
    CHECK(found.outcome == cache_outcome::partial);
    CHECK(found.missed == 2500);
    CHECK(names(found.causes) == std::vector<std::string>{"message_changed"});
    // 2,500 tokens at 3.75 dollars a million in place of 0.30.
    CHECK(found.extra_cost == picodollars{2500} * (3'750'000 - 300'000));

    auto none = anthropic();
    none.second_used = figures(4110, 0, 0);
    CHECK(explained(none).extra_cost == picodollars{4000} * (3'000'000 - 300'000));

    auto step = chat();
    step.second_used = cached_tokens(2100, 1920);
    found = explained(step);
    CHECK(found.expected == 1920);
    CHECK(found.outcome == cache_outcome::hit);

    auto untold = chat();
    untold.second_used.cache_read_input_tokens.reset();
    CHECK(explained(untold).outcome == cache_outcome::unknown);

    CHECK(told_conversation{anthropic()}.explain(1).outcome == cache_outcome::first);
}

TEST_CASE("both places where requests part are shown, with what stands around them") {
    auto made = anthropic();
    made.second["system"][1]["text"] =
        "Be brief." + std::string(1000, 's') + "\x1b[31m" + std::string(1000, 's');
    const auto found = explained(made);
    REQUIRE(found.difference);
    const auto& before = *found.difference->before;
    const auto& now = *found.difference->now;
    CHECK(before.from + before.at == 1009);
    CHECK(now.text.text.substr(now.at, 5) == "\x1b[31m");
    CHECK(now.text.bytes == 2014);
    CHECK(now.text.text.size() <= 400);
    const auto body = made.second.dump();
    CHECK(json::parse(body.substr(now.part.offset, now.part.length)) == made.second["system"][1]);
    CHECK(found.difference->bytes_behind > 2000);
    CHECK(found.difference->tokens_behind);

    auto order = anthropic();
    order.second["tools"][0]["input_schema"] = {{"a", 1}, {"type", "object"}};
    CHECK(explained(order).difference->order_only);
}

TEST_CASE("what does not count for a cache is no cause") {
    auto made = anthropic();
    made.second["max_tokens"] = 7;
    made.second["metadata"] = {{"user_id", "x"}};
    made.second["stream"] = true;
    made.second["brand_new"] = 1;
    const auto found = explained(made);
    CHECK(names(found.causes) == std::vector<std::string>{"unexplained"});
    CHECK(found.other_parameters == std::vector<std::string>{"brand_new"});
    CHECK(found.reason == std::nullopt);
}

TEST_CASE("tools that are loaded later stand in no prompt") {
    auto made = anthropic();
    made.second["tools"].insert(made.second["tools"].begin(),
                                json{{"name", "later"}, {"defer_loading", true}});
    CHECK(names(explained(made).causes) == std::vector<std::string>{"unexplained"});
}

TEST_CASE("the lifetime is the one that was asked for") {
    auto hour = anthropic();
    const json mark{{"type", "ephemeral"}, {"ttl", "1h"}};
    hour.first["messages"][0]["content"][0]["cache_control"] = mark;
    hour.first_used = figures(5, 0, 4000, true);
    hour.seconds_between = 600;
    auto found = explained(hour);
    CHECK(found.lifetime == "1h");
    CHECK(names(found.causes) == std::vector<std::string>{"unexplained"});
    hour.seconds_between = 3601 + 1;
    found = explained(hour);
    CHECK(found.surely_expired);
    CHECK(names(found.causes) == std::vector<std::string>{"expired"});

    auto top = anthropic();
    for (auto* const one : {&top.first, &top.second}) {
        (*one)["cache_control"] = mark;
        (*one)["messages"].back()["content"].back().erase("cache_control");
    }
    CHECK(explained(top).lifetime == "1h");

    auto changed_and_expired = anthropic();
    changed_and_expired.second["system"][0]["text"] = "x";
    changed_and_expired.seconds_between = 400;
    CHECK(names(explained(changed_and_expired).causes) ==
          std::vector<std::string>{"expired", "system_changed"});
}

TEST_CASE("what was read in part may have expired behind that") {
    struct row {
        std::string_view name;
        bool hour_of_system;
        std::int64_t read, seconds;
        std::string cause, lifetime;
    };
    const row rows[] = {
        {"the system text lives for an hour", true, 3000, 1200, "expired", "5m"},
        {"another session keeps the system text warm", false, 3000, 1200, "expired", "5m"},
        {"sooner", true, 3000, 200, "unexplained", "5m"},
        {"nothing was read of what lives longer", true, 0, 1200, "unexplained", "1h"},
        {"nothing lives so long", true, 0, 3700, "expired", "1h"},
    };
    for (const auto& row : rows) {
        auto made = anthropic();
        const json hour{{"type", "ephemeral"}, {"ttl", "1h"}};
        for (auto* const one : {&made.first, &made.second}) {
            (*one)["system"][1]["cache_control"] = row.hour_of_system ? hour : ephemeral;
        }
        made.second_used = figures(10, row.read, 4100 - row.read);
        made.seconds_between = row.seconds;
        const auto found = explained(made);
        INFO(row.name);
        CHECK(found.outcome == (row.read == 0 ? cache_outcome::miss : cache_outcome::partial));
        CHECK(names(found.causes) == std::vector<std::string>{row.cause});
        CHECK(found.lifetime == row.lifetime);
    }
    auto changed = anthropic();
    changed.second["messages"][0]["content"][0]["text"] = "another";
    changed.second_used = figures(10, 3000, 1100);
    changed.seconds_between = 1200;
    CHECK(names(explained(changed).causes) == std::vector<std::string>{"message_changed"});
}

TEST_CASE("a clock that moved back explains nothing") {
    auto made = anthropic();
    made.seconds_between = -500;
    const auto found = explained(made);
    CHECK(found.clock_moved_back);
    CHECK(found.idle_us == std::nullopt);
    CHECK(names(found.causes) == std::vector<std::string>{"unexplained"});
}

TEST_CASE("the provider's own reason is told") {
    struct row {
        conversation (*begin)();
        std::string answer, type;
        std::optional<std::int64_t> tokens;
    };
    const row rows[] = {
        {anthropic,
         R"({"diagnostics":{"cache_miss_reason":{"type":"tools_changed","cache_missed_input_tokens":3500}}})",
         "tools_changed", 3500},
        {anthropic,
         "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"diagnostics\":"
         "{\"cache_miss_reason\":{\"type\":\"previous_message_not_found\"}}}}\n\n",
         "previous_message_not_found", std::nullopt},
        {anthropic, R"({"diagnostics":{"cache_miss_reason":null}})", "pending", std::nullopt},
        {responses, R"({"prompt_cache_diagnostics":{"type":"cache_miss","reason":"prompt_cache_key_changed",
            "comparison_reusable_tokens":1280,"cache_missed_tokens":1280}})",
         "prompt_cache_key_changed", 1280},
        {responses,
         "data: {\"type\":\"response.completed\",\"response\":{\"prompt_cache_diagnostics\":"
         "{\"type\":\"comparison_response_not_found\"}}}\r\n\r\n",
         "comparison_response_not_found", std::nullopt},
    };
    for (const auto& row : rows) {
        auto made = row.begin();
        made.answer = row.answer;
        const auto found = explained(made);
        INFO(row.answer);
        REQUIRE(found.reason);
        CHECK(found.reason->type == row.type);
        CHECK(found.reason->missed_tokens == row.tokens);
    }
    // What a model says is not what its provider says.
    auto made = anthropic();
    made.answer =
        R"({"content":[{"type":"tool_use","input":{"diagnostics":{"cache_miss_reason":{"type":"x"}}}}],
        "diagnostics":null})";
    CHECK(explained(made).reason == std::nullopt);
}

TEST_CASE("a request that goes on from what its provider keeps is compared as far as it goes") {
    auto made = responses();
    made.second = responses_request(1);
    made.second["previous_response_id"] = "resp_1";
    auto found = explained(made);
    CHECK(found.only_tail);
    CHECK(names(found.causes) == std::vector<std::string>{"unexplained"});
    made.second["tools"].erase(0);
    CHECK(names(explained(made).causes) == std::vector<std::string>{"tool_removed"});
}

TEST_CASE("requests that cannot be read explain nothing, and say so") {
    auto made = anthropic();
    told_conversation told{made};
    turn_options options;
    options.api = "anthropic_messages";
    options.provider = "anthropic";
    options.model = "claude-sonnet-4-5";
    options.used = figures(10, 0, 4200);
    const std::vector<merkle::message> history{said("system", "s"), said("user", "q0"),
                                               said("assistant", "a0"), said("user", "q1"),
                                               said("assistant", "a1")};
    auto more = history;
    more.push_back(said("user", "q2"));
    told.store.tell(more, said("assistant", "a2"), options);  // nothing is kept of it
    auto found = told.explain(3);
    CHECK(found.request_fault == "not_kept");
    CHECK(names(found.causes) == std::vector<std::string>{"unexplained"});
    options.response_head = "HTTP/1.1 200 OK\r\n";
    options.request =
        R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":[)" + std::string(100'000, '[');
    more.push_back(said("assistant", "a2"));
    more.push_back(said("user", "q3"));
    told.store.tell(more, said("assistant", "a3"), options);
    CHECK(told.explain(4).request_fault == "not_kept");
    more.push_back(said("assistant", "a3"));
    more.push_back(said("user", "q4"));
    told.store.tell(more, said("assistant", "a4"), options);
    found = told.explain(5);
    CHECK(found.predecessor->seq == 4);
    CHECK(found.request_fault == "broken");
}

TEST_CASE("the true predecessor is the last answered ancestor, whatever came in between") {
    told_conversation told{anthropic()};
    turn_options options;
    options.api = "anthropic_messages";
    options.provider = "anthropic";
    options.model = "claude-sonnet-4-5";
    options.used = figures(10, 0, 500);
    auto title = anthropic_request(1);
    title["messages"][0]["content"][0]["text"] = "A title, please.";
    options.request = title.dump();
    options.response_head = "HTTP/1.1 200 OK\r\n";
    options.at_s = 1040;
    // A question beside it, and one that gave no turn.
    told.store.tell({said("system", "title"), said("user", "q0")}, said("assistant", "A title"), options);
    auto refused = options;
    refused.dropped = capture::drop_reason::upstream_status;
    refused.status = 529;
    told.store.tell({}, std::nullopt, refused);
    options.at_s = 1050;
    options.request = anthropic_request(3).dump();
    const std::vector<merkle::message> history{said("system", "s"),     said("user", "q0"),
                                               said("assistant", "a0"), said("user", "q1"),
                                               said("assistant", "a1"), said("user", "q2")};
    told.store.tell(history, said("assistant", "a2"), options);
    auto found = told.explain(5);
    CHECK(found.kind == predecessor_kind::ancestor);
    CHECK(found.predecessor->seq == 2);
    // The same request once more, with another answer and then with the same.
    told.store.tell(history, said("assistant", "a2, again"), options);
    found = told.explain(6);
    CHECK(found.kind == predecessor_kind::retry);
    CHECK(found.predecessor->seq == 5);
    told.store.tell(history, said("assistant", "a2, again"), options);
    found = told.explain(7);
    CHECK(found.kind == predecessor_kind::retry);
    CHECK(found.predecessor->seq == 6);
    // The thread that began with the title had another system text and is no miss of it.
    found = told.explain(3);
    CHECK(found.kind == predecessor_kind::thread);
    CHECK(found.predecessor->seq == 2);
    CHECK(found.estimated);
    CHECK(told.explain(4).outcome == cache_outcome::unknown);
}

TEST_CASE("of Ollama, which tells nothing of its cache, requests are compared all the same") {
    const auto request = [](int turns, int context) {
        json messages = json::array();
        for (int i = 0; i < turns; ++i) {
            messages.push_back(
                {{"role", i % 2 == 0 ? "user" : "assistant"}, {"content", "text " + std::to_string(i)}});
        }
        return json{{"model", "llama3"},
                    {"options", {{"num_ctx", context}, {"temperature", 0}}},
                    {"messages", messages}};
    };
    merkle::usage used;
    used.prompt_tokens = 2000;
    used.completion_tokens = 10;
    conversation made{
        "ollama_chat", "ollama", request(1, 4096), request(3, 8192), "", "", used, used, 30, ""};
    auto found = explained(made);
    CHECK(found.outcome == cache_outcome::unknown);
    CHECK(found.causes.empty());
    REQUIRE(found.difference);
    CHECK(found.difference->name == "options.num_ctx");
    made.second = request(3, 4096);
    made.second["options"]["temperature"] = 1;
    CHECK_FALSE(explained(made).difference);
}

TEST_CASE("a checkpoint of Converse that moves is no difference") {
    auto one = converse();
    one.second_used = figures(10, 4000, 100);
    const auto found = explained(one);
    CHECK(found.outcome == cache_outcome::hit);
    CHECK_FALSE(found.difference);
    CHECK(found.unknown == unknown_cache::none);
    one.second_used = figures(10, 0, 4100);
    one.first["messages"][0]["content"].erase(1);  // it ended behind the system text
    CHECK(explained(one).causes == std::vector<miss_cause>{miss_cause::unexplained});
    one.first = converse_request(1);
    one.first["system"].erase(1);
    one.first["toolConfig"]["tools"].erase(2);
    one.first["messages"][0]["content"].erase(1);
    one.first_used = figures(4005, 0, 0);
    const auto bare = explained(one);
    CHECK(bare.outcome == cache_outcome::uncached);
    CHECK(bare.causes == std::vector<miss_cause>{miss_cause::unmarked});
}

TEST_CASE("why nothing is known of a cache is told") {
    struct row {
        std::string about, api;
        bool told = false, told_before = false;
        unknown_cache because = unknown_cache::none;
    };
    const row rows[] = {
        {"an API without a cache", "openai_completions", false, false, unknown_cache::not_in_api},
        {"fill-in-the-middle", "mistral_fim", false, false, unknown_cache::not_in_api},
        {"Ollama", "ollama_generate", false, false, unknown_cache::not_in_api},
        {"a server that tells it with Completions", "openai_completions", true, true, unknown_cache::none},
        {"nothing came", "bedrock_converse", false, true, unknown_cache::untold},
        {"nothing came", "gemini", false, true, unknown_cache::untold},
        {"nothing came before", "gemini", true, false, unknown_cache::predecessor_untold},
    };
    for (const auto& one : rows) {
        CAPTURE(one.about, one.api);
        auto from = chat();
        from.api = one.api;
        from.first_model = from.second_model = "m";
        for (auto* const request : {&from.first, &from.second}) {
            *request =
                one.api == "gemini" || one.api == "bedrock_converse" ? json::object() : json{{"prompt", "p"}};
        }
        from.first_used = one.told_before ? cached_tokens(2000, 0) : merkle::usage{};
        from.second_used = one.told ? cached_tokens(2100, 2000) : merkle::usage{};
        const auto found = explained(from);
        CHECK((found.outcome == cache_outcome::unknown) == (one.because != unknown_cache::none));
        CHECK(to_string(found.unknown) == to_string(one.because));
    }
}

TEST_CASE("a thread that begins is held against what it shares with another one") {
    const auto begun = [](std::int64_t seconds, std::int64_t cache_read, bool other_tools) {
        const auto made = anthropic();
        auto side = anthropic_request(1);
        side["messages"][0]["content"][0]["text"] = "Look into it.";
        if (other_tools) {
            side["tools"][0]["name"] = "find";
        }
        told_conversation told{made};
        turn_options options;
        options.api = made.api;
        options.provider = made.provider;
        options.model = "claude-sonnet-4-5";
        options.agent_id = "agent-1";
        options.request = side.dump();
        options.response_head = "HTTP/1.1 200 OK\r\n";
        options.used = figures(5, cache_read, 3900 - cache_read);
        options.at_s = 1000 + 30 + seconds;
        told.store.tell({said("system", "s"), said("user", "look")}, said("assistant", "seen"), options);
        return told.explain(3);
    };
    auto found = begun(20, 3000, false);
    CHECK(found.kind == predecessor_kind::thread);
    CHECK(found.outcome == cache_outcome::hit);
    found = begun(20, 0, false);
    CHECK(found.outcome == cache_outcome::miss);
    CHECK(found.estimated);
    CHECK(found.expected > 1024);
    CHECK(found.expected < 4100);
    CHECK(names(found.causes) == std::vector<std::string>{"unexplained"});
    found = begun(400, 0, false);
    CHECK(names(found.causes) == std::vector<std::string>{"expired"});
    found = begun(20, 0, true);
    CHECK(found.outcome == cache_outcome::first);
    CHECK(found.causes.empty());
}

TEST_CASE("figures of an answer with tools of the provider are sums") {
    told_store store;
    const price_table prices;
    turn_options options;
    options.api = "anthropic_messages";
    options.provider = "anthropic";
    options.model = "claude-sonnet-4-5";
    options.response_head = "HTTP/1.1 200 OK\r\n";
    options.request = anthropic_request(1).dump();
    options.used = figures(5, 9000, 4000);
    auto search = test::call_block("srvtoolu_1", "web_search", "{}");
    search.type = "server_tool_use";
    const merkle::message answer{"assistant", {search, test::text_block("a0")}};
    store.tell({said("system", "s"), said("user", "q0")}, answer, options);
    options.request = anthropic_request(2).dump();
    const auto second = [&](std::int64_t cache_read) {
        options.used = figures(5, cache_read, 100);
        store.tell({said("system", "s"), said("user", "q0"), answer, said("user", "q1")},
                   said("assistant", "a" + std::to_string(cache_read)), options);
    };
    second(5000);
    catalogue::catch_up({store.path()}, [](const catalogue::progress&) { return true; });
    sources from{store.path(), catalogue::path_of(store.path()), prices};
    const auto found = cache_explainer{from}.explain(2);
    REQUIRE(found);
    CHECK(found->summed);
    CHECK(found->outcome == cache_outcome::hit);
    CHECK(found->missed == 0);
}

TEST_CASE("of very many answers to one request the newest few are looked at") {
    told_conversation told{anthropic()};
    turn_options options;
    options.api = "anthropic_messages";
    options.provider = "anthropic";
    options.model = "claude-sonnet-4-5";
    options.used = figures(10, 0, 4100);
    options.request = anthropic_request(2).dump();
    options.response_head = "HTTP/1.1 200 OK\r\n";
    const auto again = [&](int number) {
        told.store.tell(
            {said("system", "s"), said("user", "q0"), said("assistant", "a0"), said("user", "q1")},
            said("assistant", "again " + std::to_string(number)), options);
    };
    for (int i = 0; i < 20; ++i) {
        again(i);
    }
    auto found = told.explain(22);
    CHECK(found.kind == predecessor_kind::retry);
    CHECK(found.predecessor->seq == 21);
    found = told.explain(10);  // others came later
    CHECK(found.kind == predecessor_kind::retry);
    CHECK(found.predecessor->seq == 9);
    options.used = {};
    for (int i = 20; i < 40; ++i) {
        again(i);
    }
    options.used = figures(10, 0, 4100);
    again(40);
    found = told.explain(43);  // of none of the newest anything is known
    CHECK(found.kind == predecessor_kind::ancestor);
    CHECK(found.predecessor->seq == 1);
}

TEST_CASE("an explanation can be stopped") {
    told_conversation told{anthropic()};
    text::work_meter meter{1, [](std::uint64_t) { return false; }};
    const text::metered here{meter};
    sources from{told.store.path(), "", told.prices};
    CHECK_THROWS_AS(cache_explainer{from}.explain(2), text::work_stopped);
}

TEST_CASE("a session tells its worst misses first, and all of its sums") {
    told_conversation told{anthropic()};
    catalogue::catch_up({told.store.path()}, [](const catalogue::progress&) { return true; });
    sources from{told.store.path(), catalogue::path_of(told.store.path()), told.prices};
    const auto session = from.catalogue->sessions({}, 1).front().id;
    auto found = explain_session(from, session, 10, false);
    REQUIRE(found.worst.size() == 1);
    CHECK(found.worst[0].one.seq == 2);
    CHECK(found.totals.exchanges == 2);
    CHECK(found.totals.misses == 1);
    CHECK(found.totals.first == 1);
    CHECK(found.totals.missed == 4000);
    CHECK(found.totals.extra_cost == found.worst[0].extra_cost);
    CHECK(explain_session(from, session, 10, true).worst.size() == 2);
    found = explain_session(from, session, 1, true);
    CHECK(found.worst.size() == 1);
    CHECK(found.more == 1);
}

}  // namespace tapes::read::cache_miss_test
