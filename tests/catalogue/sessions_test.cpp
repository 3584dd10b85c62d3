#include "catalogue_support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace tapes::catalogue::test {
namespace sessions_test {

TEST_CASE("a session has the exchanges that a client names it in, and what they sum up to") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    REQUIRE(to.record("s1", {{"system", "You help."}, {"user", "Fix the parser"}, {"assistant", "Done."}}));
    REQUIRE(to.record("s1", {{"system", "You help."},
                             {"user", "Fix the parser"},
                             {"assistant", "Done."},
                             {"user", "And the tests"},
                             {"assistant", "Also done."}}));
    REQUIRE(to.record("s2", {{"system", "You help."}, {"user", "Something else"}, {"assistant", "Fine."}}));
    bring_up(where.path());
    reader from{path_of(where.path())};
    CHECK(from.seq() == 3);
    const auto all = from.sessions({}, 10);
    REQUIRE(all.size() == 2);
    CHECK(all[0].name == "s2");
    CHECK(all[1].name == "s1");
    CHECK(all[1].title == "Fix the parser");
    CHECK(all[1].turns == 2);
    CHECK(all[1].threads == 1);
    CHECK(all[1].tokens.input == 6);
    CHECK(all[1].model == "gpt-4o");
    const auto threads = from.threads(all[1].id);
    REQUIRE(threads.size() == 1);
    CHECK(threads[0].kind == thread_kind::main);
    CHECK(from.leaves(threads[0].id).size() == 1);
    CHECK(from.forks(all[1].id).empty());
    auto listed = from.exchanges(all[1].id, 0, 0, 10);
    REQUIRE(listed.size() == 2);
    CHECK(from.exchanges_before(all[1].id, listed[1], 10) == std::vector{listed[0]});
    CHECK(from.exchanges_before(all[1].id, listed[1] + 1, 1) == std::vector{listed[1]});
    std::ranges::reverse(listed);
    CHECK(from.exchanges_before(all[1].id, 1'000, 10) == listed);
    usage_parts by_model;
    by_model.model = true;
    const auto sums = from.usage(by_model, {});
    REQUIRE(sums.size() == 1);
    CHECK(sums[0].turns == 3);
    CHECK(sums[0].tokens.output == 12);
}

TEST_CASE("a session has the title that a person typed first, behind what its client says before") {
    struct row {
        const char* name;
        std::vector<said> turn;
        const char* title;
    };
    const row claude{"claude",
                     {{"system", "C"},
                      {"user", "<system-reminder>today</system-reminder>\nFix   it"},
                      {"assistant", "Yes"}},
                     "Fix it"};
    const row codex{"codex",
                    {{"system", "X"},
                     {"user", "<environment_context>\n<cwd>/w</cwd>\n</environment_context>"},
                     {"user", "Find the bug"},
                     {"assistant", "Where?"}},
                    "Find the bug"};
    const row aider{"aider",
                    {{"system", "A"},
                     {"user", "I am not sharing any files that you can edit yet."},
                     {"assistant", "Ok."},
                     {"user", "Rename it"},
                     {"assistant", "Done"}},
                    "Rename it"};
    const row nothing{
        "nothing", {{"system", "N"}, {"user", "[Request interrupted by user]"}, {"assistant", "?"}}, ""};
    for (const auto& [name, turn, title] : {claude, codex, aider, nothing}) {
        CAPTURE(name);
        const store::test::temporary_store where;
        open_store store{where};
        recorder to{store};
        REQUIRE(to.record(name, turn));
        auto more = turn;
        more.emplace_back("user", "And another thing");
        more.emplace_back("assistant", "Done");
        REQUIRE(to.record(name, more));
        bring_up(where.path());
        reader from{path_of(where.path())};
        const auto all = from.sessions({}, 10);
        REQUIRE(all.size() == 1);
        CHECK(all[0].title == (*title != '\0' ? title : "And another thing"));
        const auto threads = from.threads(all[0].id);
        REQUIRE(threads.size() == 1);
        CHECK(threads[0].title == all[0].title);
    }
}

}  // namespace sessions_test
}  // namespace tapes::catalogue::test
