#include "catalogue_support.hpp"

#include <catch2/catch.hpp>

namespace tapes::catalogue::test {
namespace threads_test {

namespace {

const said helper{"system", "You help."};

session only_session(reader& from) {
    const auto all = from.sessions({}, 10);
    REQUIRE(all.size() == 1);
    return all.front();
}

}  // namespace

TEST_CASE("a thread that a call's prompt began hangs below that call") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    const said asked{"user", "Find the bug in the parser"};
    const said calls{"assistant",
                     std::vector{call("c1", "Task", R"({"prompt":"Read parser.cpp and report"})")}};
    REQUIRE(to.record("s", {helper, asked, calls}));
    REQUIRE(
        to.record("s", {helper, {"user", "Read parser.cpp and report"}, {"assistant", "Line 7 is wrong"}}));
    REQUIRE(to.record("s", {helper,
                            asked,
                            calls,
                            {"user", std::vector{result("c1", "Line 7 is wrong")}},
                            {"assistant", "Fixed."}}));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto one = only_session(from);
    CHECK(one.title == "Find the bug in the parser");
    const auto threads = from.threads(one.id);
    REQUIRE(threads.size() == 2);
    CHECK(threads[0].kind == thread_kind::main);
    CHECK(threads[0].turns == 2);
    CHECK(threads[1].kind == thread_kind::subagent);
    CHECK(threads[1].parent == threads[0].id);
    CHECK(threads[1].call_id == "c1");
    CHECK(one.head == threads[0].head);
    const auto tools = from.tools(false, {});
    REQUIRE(tools.size() == 1);
    CHECK(tools[0].tool == "Task");
    CHECK(tools[0].calls == 1);
    CHECK(tools[0].result_bytes == 15);
}

TEST_CASE("agents that name themselves have threads of their own, also below one system text") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    REQUIRE(to.record("s", {helper, {"user", "Do it"}, {"assistant", "Started"}}));
    for (const auto* const id : {"a1", "a2"}) {
        auto turn = to.turn("s", {helper, {"user", std::string{"Part "} + id}, {"assistant", "Done"}});
        turn->sender.agent_id = id;
        turn->sender.parent_agent_id = std::string{id} == "a2" ? "a1" : "";
        REQUIRE(store.commit(std::move(turn)));
    }
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto threads = from.threads(only_session(from).id);
    REQUIRE(threads.size() == 3);
    CHECK(threads[1].agent_id == "a1");
    CHECK(threads[1].kind == thread_kind::subagent);
    CHECK(threads[1].parent == threads[0].id);
    CHECK(threads[2].parent == threads[1].id);
}

TEST_CASE("a single question without tools beside a conversation is at its side") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    REQUIRE(to.record("s", {{"system", "Name it."}, {"user", "Fix it"}, {"assistant", "A fix"}}));
    {
        bring_up(where.path());
        reader from{path_of(where.path())};
        CHECK(from.threads(only_session(from).id).front().kind == thread_kind::main);
    }
    REQUIRE(to.record("s", {helper, {"user", "Fix it"}, {"assistant", "What?"}}));
    REQUIRE(to.record(
        "s",
        {helper, {"user", "Fix it"}, {"assistant", "What?"}, {"user", "The bug"}, {"assistant", "Fixed"}}));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto one = only_session(from);
    const auto threads = from.threads(one.id);
    REQUIRE(threads.size() == 2);
    CHECK(threads[0].kind == thread_kind::side);
    CHECK(threads[1].kind == thread_kind::main);
    CHECK(one.head == threads[1].head);
}

TEST_CASE("known side queries are known by how they begin") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    REQUIRE(to.record("s", {{"system", "You are a title generator. You output ONLY a thread title."},
                            {"user", "Fix it"},
                            {"assistant", "A fix"}}));
    REQUIRE(to.record("s", {helper, {"user", "Fix it"}, {"assistant", "What?"}}));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto threads = from.threads(only_session(from).id);
    REQUIRE(threads.size() == 2);
    CHECK(threads[0].kind == thread_kind::side);
    CHECK(threads[1].kind == thread_kind::main);
}

TEST_CASE("a thread that begins with a summary continues the one that it sums up") {
    const std::string summary =
        "We have been fixing the parser of the configuration, which lost its last line. " +
        std::string(200, 'x');
    const auto begins = GENERATE_COPY(
        std::string{"This session is being continued from a previous conversation that ran out of context."},
        "<summary>\n" + summary + "\n</summary>\nGo on.");
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    const std::vector<said> first{helper,
                                  {"user", "Fix the parser"},
                                  {"assistant", "What?"},
                                  {"user", "It fails"},
                                  {"assistant", "I see"}};
    REQUIRE(to.record("s", {first.begin(), first.begin() + 3}));
    REQUIRE(to.record("s", first));
    auto summed = first;
    summed.push_back({"user", "Sum up"});
    summed.push_back({"assistant", summary});
    REQUIRE(to.record("s", summed));
    REQUIRE(to.record("s", {helper, {"user", begins}, {"assistant", "Going on"}}));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto threads = from.threads(only_session(from).id);
    REQUIRE(threads.size() == 2);
    CHECK(threads[1].continues == threads[0].id);
    CHECK(threads[1].title == "Fix the parser");
}

TEST_CASE("a thread that begins as a client begins anew after compaction continues the one before") {
    struct row {
        const char* name;
        std::vector<said> begins;
        bool goes_on;
    };
    const auto item = [](const char* type) {
        merkle::block made;
        made.type = type;
        made.raw = R"({"encrypted_content":"gAAAA"})";
        return std::vector{made};
    };
    const said summed{"assistant", "We fixed the parser."};
    const auto one = GENERATE_COPY(
        row{"Codex, a sealed summary", {{"assistant", item("compaction")}, {"user", "Go on"}}, true},
        row{"Codex, its older name", {{"assistant", item("compaction_summary")}, {"user", "Go on"}}, true},
        row{"Codex, a kept message first",
            {{"user", "Kept"}, {"assistant", item("compaction")}, {"user", "Go on"}},
            true},
        row{"Codex, a summary in words",
            {{"user", "Another language model started to solve this problem and produced a summary."},
             {"user", "Go on"}},
            true},
        row{"a sealed thought", {{"assistant", item("reasoning")}, {"user", "Go on"}}, false},
        row{"a message that tells of compaction", {{"user", "What is a \"compaction\" item?"}}, false},
        row{"OpenCode", {{"user", "What did we do so far?"}, summed, {"user", "Go on"}}, true},
        row{"OpenCode, without a word more", {{"user", "What did we do so far?"}, summed}, true},
        row{"a person who asks so", {{"user", "What did we do so far?"}}, false},
        row{"what begins otherwise",
            {{"user", "What did you do so far?"}, summed, {"user", "Go on"}},
            false});
    CAPTURE(one.name);
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    const std::vector<said> first{helper,
                                  {"user", "Fix the parser"},
                                  {"assistant", "What?"},
                                  {"user", "It fails"},
                                  {"assistant", "Done"}};
    REQUIRE(to.record("s", {first.begin(), first.begin() + 3}));
    REQUIRE(to.record("s", first));
    std::vector<said> anew{helper};
    anew.insert(anew.end(), one.begins.begin(), one.begins.end());
    anew.push_back({"assistant", "Going on"});
    REQUIRE(to.record("s", anew));
    anew.push_back({"user", "More"});
    anew.push_back({"assistant", "Here"});
    REQUIRE(to.record("s", anew));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto threads = from.threads(only_session(from).id);
    CHECK(threads[0].title == "Fix the parser");
    if (!one.goes_on) {
        REQUIRE(threads.size() == 1);  // of one root
        CHECK(threads[0].turns == 4);
        return;
    }
    REQUIRE(threads.size() == 2);
    CHECK(threads[1].continues == threads[0].id);
    CHECK(threads[1].title == "Fix the parser");
    CHECK(threads[1].kind == thread_kind::main);
    CHECK(threads[1].turns == 2);
}

TEST_CASE("forks tell what made them") {
    struct row {
        const char* name;
        std::vector<said> before, after;
        fork_cause cause;
    };
    const said asked{"user", "Please fix the parser"};
    const auto one =
        GENERATE_COPY(row{"the same request again",
                          {helper, asked, {"assistant", "a"}},
                          {helper, asked, {"assistant", "b"}},
                          fork_cause::retry},
                      row{"a message that was changed",
                          {helper,
                           asked,
                           {"assistant", "a"},
                           {"user", "Now run the tests, all of them"},
                           {"assistant", "b"}},
                          {helper,
                           asked,
                           {"assistant", "a"},
                           {"user", "Now run the tests, some of them"},
                           {"assistant", "c"}},
                          fork_cause::edit},
                      row{"another question",
                          {helper,
                           asked,
                           {"assistant", "a"},
                           {"user", "Now run the tests, all of them"},
                           {"assistant", "b"}},
                          {helper, asked, {"assistant", "a"}, {"user", "Who wrote it?"}, {"assistant", "c"}},
                          fork_cause::continuation},
                      row{"an answer that was left out",
                          {helper, asked, {"assistant", "a"}},
                          {helper, asked, {"user", "Go on"}, {"assistant", "c"}},
                          fork_cause::client},
                      row{"an answer that was never given",
                          {helper, asked, {"assistant", "a"}, {"user", "b"}, {"assistant", "c"}},
                          {helper, asked, {"assistant", "z"}, {"user", "b"}, {"assistant", "d"}},
                          fork_cause::client});
    CAPTURE(one.name);
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    REQUIRE(to.record("s", {helper, asked, one.before[2]}));
    REQUIRE(to.record("s", one.before));
    REQUIRE(to.record("s", one.after));
    bring_up(where.path());
    reader from{path_of(where.path())};
    const auto forks = from.forks(only_session(from).id);
    REQUIRE(forks.size() == 1);
    CHECK(forks[0].cause == one.cause);
    REQUIRE(forks[0].children.size() == 2);
    CHECK(from.count_fork_children(forks[0].thread, forks[0].node) == 2);
    CHECK_FALSE(from.branch_cause(forks[0].thread, forks[0].children[0]));
    CHECK(from.branch_cause(forks[0].thread, forks[0].children[1]) == one.cause);
    CHECK(from.branch_cause(0, forks[0].children[1]) == one.cause);
    CHECK_FALSE(from.branch_cause(forks[0].thread + 1, forks[0].children[1]));
    CHECK(from.leaves(forks[0].thread).size() == 2);
}

}  // namespace threads_test
}  // namespace tapes::catalogue::test
