#include "read/told_store.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/mcp/questions.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <set>
#include <string>
#include <utility>

namespace tapes::mcp::questions_test {

using Catch::Matchers::Contains;
using read::test::call_block;
using read::test::result_block;
using read::test::said;
using read::test::told_store;
using read::test::turn_options;

namespace {

turn_options in(const std::string& project, const std::string& session) {
    turn_options made;
    made.project = project;
    made.session = session;
    made.used.prompt_tokens = 100;
    made.used.completion_tokens = 10;
    return made;
}

class asked_store {
public:
    read::sources& from() {
        catalogue::catch_up({store.path(), true}, [](const catalogue::progress&) { return true; });
        if (!from_) {
            from_.emplace(store.path(), catalogue::path_of(store.path()), prices_);
        }
        return *from_;
    }
    tool_result ask(const std::string& tool, ordered_json arguments = ordered_json::object()) {
        return answer(from(), prices_, scope, {1, tool, std::move(arguments)});
    }
    ordered_json record(const std::string& tool, ordered_json arguments = ordered_json::object()) {
        auto made = ask(tool, std::move(arguments));
        INFO(tool);
        CHECK(made.problem == "");
        return made.record;
    }
    std::string problem(const std::string& tool, ordered_json arguments = ordered_json::object()) {
        return ask(tool, std::move(arguments)).problem;
    }

    told_store store;
    question_scope scope{"mine", false, {}};

private:
    read::price_table prices_;
    std::optional<read::sources> from_;
};

bool holds(const ordered_json& record, const std::string& text) {
    return record.dump().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("an agent sees nothing of another project, whatever it asks for") {
    asked_store here;
    here.store.tell({said("user", "the apple of mine")}, said("assistant", "mine answered"),
                    in("mine", "shared"));
    const auto my_exchange = here.store.exchange_id();
    const auto my_node = merkle::to_hex(here.store.head());
    here.store.tell({said("user", "the apple of other")}, said("assistant", "other answered"),
                    in("other", "shared"));
    const auto other_exchange = here.store.exchange_id();
    const auto other_node = merkle::to_hex(here.store.head());
    here.store.tell({said("user", "later")}, said("assistant", "other again"), in("other", "newest-of-all"));

    auto found = here.record("search", {{"query", "apple"}});
    REQUIRE(found["hits"].size() == 1);
    CHECK(found["project"] == "mine");
    CHECK(found["hits"][0]["exchange"] == my_exchange);
    CHECK(found["hits"][0]["hash"].is_string());
    CHECK_THAT(here.problem("search", {{"query", "apple project:other"}}),
               Contains("limited to the project mine"));
    CHECK_THAT(here.problem("search", {{"query", "apple -project:mine"}}),
               Contains("limited to the project mine"));
    CHECK(here.record("search", {{"query", "apple OR answered"}})["hits"].size() == 2);

    CHECK(here.record("list")["sessions"].size() == 1);
    const auto shown = here.record("show");  // @ is the newest of this project
    CHECK(shown["session"] == "shared");
    CHECK(holds(shown, "mine answered"));
    CHECK(!holds(shown, "other"));
    CHECK(holds(here.record("show", {{"id", my_exchange}}), "mine answered"));
    CHECK(holds(here.record("show", {{"id", my_node}}), "mine answered"));
    for (const auto& id : {other_exchange, other_node, std::string{"newest-of-all"}, std::string{"@1"}}) {
        for (const auto* const tool : {"show", "why"}) {
            CHECK_THAT(here.problem(tool, {{"id", id}}), Contains("there is no session") && Contains("mine"));
        }
        CHECK_THAT(here.problem("diff", {{"left", my_node}, {"right", id}}), Contains("there is no session"));
        CHECK_THAT(here.problem("tree", {{"session", id}}), Contains("there is no session"));
        CHECK_THAT(here.problem("stats", {{"session", id}}), Contains("there is no session"));
    }
    CHECK(here.record("stats")["total"]["turns"] == 1);
    CHECK_THAT(here.problem("list", {{"project", "other"}}), Contains("there is no argument \"project\""));

    // A cursor is given by whoever asks: the chain in it is looked at as well.
    const auto other_row = here.from().chains.find(other_node, 1).front();
    CHECK_THAT(here.problem("show", {{"id", "shared"}, {"cursor", std::to_string(other_row) + "-1-0"}}),
               Contains("cursor"));

    here.scope.all_projects = true;
    CHECK(here.record("search", {{"query", "apple"}})["hits"].size() == 2);
    CHECK(here.record("list")["sessions"].size() == 3);
    CHECK(here.record("list", {{"project", "other"}})["sessions"].size() == 2);
    CHECK(here.record("show")["session"] == "newest-of-all");
    CHECK_THAT(here.problem("show", {{"id", "shared"}}), Contains("may mean any of 2"));
    CHECK(holds(here.record("show", {{"id", "shared"}, {"project", "other"}}), "other answered"));
    CHECK(here.record("stats")["total"]["turns"] == 3);
}

TEST_CASE("answers are bounded, and their pages hold everything once") {
    asked_store here;
    std::vector<merkle::message> chain;
    const std::string long_text(30'000, 'x');
    for (int turn = 0; turn < 40; ++turn) {
        chain.push_back(said("user", "question " + std::to_string(turn) + " " + long_text));
        const auto answer = said("assistant", "reply " + std::to_string(turn));
        here.store.tell(chain, answer, in("mine", "long"));
        chain.push_back(answer);
    }
    for (const std::size_t bytes : {1000U, 5000U, 100'000U}) {
        std::multiset<std::string> hashes;
        ordered_json arguments{{"id", "long"}, {"bytes", bytes}};
        std::size_t pages = 0;
        while (true) {
            const auto one = here.record("show", arguments);
            CHECK(one.dump().size() < bytes + 500);
            CHECK(one["turns"] == 40);
            CHECK(!one["entries"].empty());
            for (const auto& entry : one["entries"]) {
                if (entry["type"] == "message") {
                    hashes.insert(entry["hash"].get<std::string>());
                }
            }
            ++pages;
            if (one["next"].is_null() || pages > 200) {
                break;
            }
            arguments["cursor"] = one["next"];
        }
        CHECK(hashes.size() == 80);
        CHECK(std::set<std::string>(hashes.begin(), hashes.end()).size() == 80);
    }
    const auto whole =
        here.record("show", {{"id", "long"}, {"turn", 40}, {"text_bytes", 50'000}, {"bytes", 100'000}});
    CHECK(holds(whole, long_text));
    CHECK(!holds(whole, "question 39" + std::string(1, ' ') + long_text + "…"));

    std::set<std::string> found;
    ordered_json arguments{{"query", "question"}, {"limit", 7}, {"bytes", 3000}};
    for (int pages = 0; pages < 60; ++pages) {
        const auto one = here.record("search", arguments);
        CHECK(one.dump().size() < 3500);
        for (const auto& hit : one["hits"]) {
            CHECK(found.insert(hit["hash"].get<std::string>()).second);
        }
        if (one["next"].is_null()) {
            break;
        }
        arguments["cursor"] = one["next"];
    }
    CHECK(found.size() == 40);
}

TEST_CASE("lists, sums, trees and differences come in pages") {
    asked_store here;
    for (int i = 0; i < 12; ++i) {
        here.store.tell({said("user", "question " + std::to_string(i))}, said("assistant", "reply"),
                        in("mine", "session-" + std::to_string(i)));
    }
    std::set<std::string> names;
    ordered_json arguments{{"limit", 5}};
    while (true) {
        const auto one = here.record("list", arguments);
        for (const auto& session : one["sessions"]) {
            CHECK(names.insert(session["name"].get<std::string>()).second);
        }
        if (one["next"].is_null()) {
            break;
        }
        arguments["cursor"] = one["next"];
    }
    CHECK(names.size() == 12);
    const auto sums = here.record("stats", {{"by", {"session"}}});
    CHECK(sums["rows"].size() == 12);
    CHECK(sums["total"]["turns"] == 12);
    const auto some = here.record("stats", {{"by", {"session", "model"}}, {"bytes", 1000}});
    CHECK(some["next"].is_string());
    CHECK(!here.record("stats",
                       {{"by", {"session", "model"}}, {"bytes", 1000}, {"cursor", some["next"]}})["rows"]
               .empty());
    CHECK(here.record("tree", {{"session", "session-3"}})["entries"].size() == 2);
    const auto different = here.record("diff", {{"left", "session-3"}, {"right", "session-4"}});
    CHECK(holds(different, "question 3"));
    CHECK(holds(different, "question 4"));
    CHECK(here.record("why", {{"id", "session-3"}})["total"]["exchanges"] == 1);
}

TEST_CASE("a call that is wrong is told what would be right") {
    asked_store here;
    CHECK_THAT(here.problem("show"), Contains("there is no session"));
    CHECK(here.record("list")["sessions"].empty());
    here.store.tell({said("user", "a")}, said("assistant", "b"), in("mine", "one"));
    CHECK_THAT(here.problem("search"), Contains("query is missing"));
    CHECK_THAT(here.problem("search", {{"query", 7}}), Contains("query must be a string"));
    CHECK_THAT(here.problem("search", {{"query", std::string(5000, 'x')}}), Contains("at most 4096"));
    CHECK_THAT(here.problem("search", {{"query", "x"}, {"part", "all"}}), Contains("one of text, tools"));
    CHECK_THAT(here.problem("search", {{"query", "x"}, {"limit", 0}}), Contains("from 1 to 100"));
    CHECK_THAT(here.problem("search", {{"query", "x"}, {"limit", 1.5}}), Contains("whole number"));
    CHECK_THAT(here.problem("search", {{"query", "x"}, {"limit", -1}}), Contains("whole number"));
    CHECK_THAT(here.problem("search", {{"query", "modle:x"}}), Contains("modle"));
    CHECK_THAT(here.problem("list", {{"since", "yesterday"}}), Contains("since must be a date"));
    CHECK_THAT(here.problem("list", {{"errors", "yes"}}), Contains("true or false"));
    CHECK_THAT(here.problem("list", {{"limits", 3}}), Contains("this tool takes since"));
    CHECK_THAT(here.problem("list", {{"cursor", "x"}}), Contains("cursor"));
    CHECK_THAT(here.problem("show", {{"id", "one"}, {"thread", 9}}), Contains("1 threads"));
    CHECK_THAT(here.problem("show", {{"id", "one"}, {"cursor", "1-2"}}), Contains("cursor"));
    CHECK_THAT(here.problem("stats", {{"by", {"tool", "model"}}}), Contains("day alone"));
    CHECK_THAT(here.problem("stats", {{"by", "day"}}), Contains("by must be an array"));
    CHECK_THAT(here.problem("tree", {{"cursor", "nonsense"}}), Contains("cursor"));
    CHECK_THAT(here.problem("diff", {{"left", "one"}, {"right", "one"}, {"cursor", "9.9"}}),
               Contains("cursor"));
}

TEST_CASE("texts are looked through for secrets before they are cut") {
    asked_store here;
    const std::string secret = "SECRET-" + std::string(60, 'k');
    here.scope.without_secrets = [&](std::string text) {
        for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret)) {
            text.replace(at, secret.size(), "[taken out]");
        }
        return text;
    };
    // The answer would be cut in the middle of it.
    here.store.tell({said("user", "here it is: " + secret)},
                    said("assistant", std::string(980, 'a') + " " + secret + " end"), in("mine", "one"));
    for (const auto& [tool, arguments] : std::vector<std::pair<std::string, ordered_json>>{
             {"show", {{"text_bytes", 1000}}}, {"list", {}}, {"search", {{"query", "end"}}}, {"tree", {}}}) {
        const auto answer = here.record(tool, arguments.is_null() ? ordered_json::object() : arguments);
        INFO(answer.dump(1));
        CHECK(!holds(answer, "SECRET-k"));
        CHECK(!holds(answer, "kkkk"));
    }
    CHECK(holds(here.record("show"), "[taken out]"));
}

TEST_CASE("every tool has schemas that its answers are of") {
    for (const bool all : {false, true}) {
        const auto tools = tools_of({"mine", all, {}});
        REQUIRE(tools.size() == 7);
        for (const auto& one : tools) {
            CHECK(one.input["type"] == "object");
            CHECK(one.input["additionalProperties"] == false);
            CHECK(one.input["properties"].contains("bytes"));
            CHECK(one.input["properties"].contains("project") == all);
            CHECK(one.output["properties"].contains("next"));
        }
    }
}

}  // namespace tapes::mcp::questions_test
