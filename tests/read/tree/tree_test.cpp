#include "read/told_store.hpp"

#include <tapes/catalogue/catalogue.hpp>
#include <tapes/catalogue/names.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/tree.hpp>
#include <tapes/text/utf8.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace tapes::read::tree_test {

namespace {

using namespace test;
using lines = std::vector<std::string>;

/// A store with its catalogue, to be read.
class told_record {
public:
    told_store store;

    sources& read() {
        catalogue::catch_up({store.path(), true}, [](const catalogue::progress&) { return true; });
        static const price_table no_prices;
        from_ = std::make_unique<sources>(store.path(), catalogue::path_of(store.path()), no_prices);
        return *from_;
    }

private:
    std::unique_ptr<sources> from_;
};

tree_request of_session(sources& from) {
    tree_request request;
    request.session = from.catalogue->sessions({}, 1).at(0).id;
    return request;
}

/// "  * 2 turns, 5 nodes: hi -> 2 edit"
std::string outline(const tree_entry& entry) {
    if (const auto* const thread = std::get_if<tree_thread>(&entry)) {
        return std::string(2 * thread->level, ' ') + "thread " + std::to_string(thread->number) + " " +
               std::string{catalogue::to_string(thread->thread.kind)} +
               (thread->parent_number == 0 ? "" : " of " + std::to_string(thread->parent_number)) +
               (thread->continues_number == 0 ? "" : " after " + std::to_string(thread->continues_number));
    }
    const auto& one = std::get<tree_branch>(entry);
    return std::string(2 * one.level, ' ') + (one.current ? "* " : "o ") + std::to_string(one.turns) + "/" +
           std::to_string(one.nodes) + " " + one.words +
           (one.made_by ? " (" + std::string{catalogue::to_string(*one.made_by)} + ")" : "") +
           (one.branches == 0 ? "" : " -> " + std::to_string(one.branches)) +
           (one.cause ? " " + std::string{catalogue::to_string(*one.cause)} : "");
}

lines drawn(sources& from, const tree_request& request) {
    lines made;
    tree told{from, request};
    while (const auto one = told.next()) {
        made.push_back(outline(*one));
    }
    return made;
}

/// Tells a tree in pages that end behind each branch.
lines drawn_in_pages(sources& from, tree_request request) {
    lines made;
    for (bool more = true; more;) {
        tree told{from, request};
        more = false;
        while (const auto one = told.next()) {
            made.push_back(outline(*one));
            if (std::holds_alternative<tree_branch>(*one)) {
                request.after = told.place();
                more = true;
                break;
            }
        }
    }
    return made;
}

merkle::message asks(const std::string& text) {
    return said("user", text);
}
merkle::message says(const std::string& text) {
    return said("assistant", text);
}

}  // namespace

TEST_CASE("a chain without a fork is one branch, however long") {
    told_record record;
    record.store.tell({said("system", "be brief"), asks("hi")}, says("hello"));
    record.store.tell({said("system", "be brief"), asks("hi"), says("hello"), asks("more")}, says("no"));
    auto& from = record.read();
    const lines expected{"thread 1 main", "* 2/5 hi"};
    CHECK(drawn(from, of_session(from)) == expected);
    CHECK(drawn_in_pages(from, of_session(from)) == expected);
    tree_request whole;
    whole.node = from.chains.find(merkle::to_hex(record.store.head())).at(0);
    CHECK(drawn(from, whole) == lines{"* 2/5 hi"});
    tree told{from, whole};
    const auto one = std::get<tree_branch>(told.next().value());
    CHECK(one.hash == record.store.head());
    CHECK(one.above == 0);
    CHECK(one.first == 1);
    CHECK(one.node == 5);
    CHECK(one.role == "system");
    CHECK(one.model == "gpt-4o");
    CHECK(one.last_at_us >= one.first_at_us);
}

TEST_CASE("forks are told with what made their newest branch") {
    struct fork_case {
        const char* cause;
        std::vector<merkle::message> again;
        merkle::message answer;
        lines expected;
    };
    const auto first = asks("write a parser for dates");
    const auto done = says("here it is, the parser that you asked for");
    const std::vector<fork_case> cases{
        {"retry",
         {first},
         says("another"),
         {"thread 1 main", "* 0/1 write a parser for dates -> 2 retry",
          "  o 1/1 here it is, the parser that you asked for", "* 1/1 another (retry)"}},
        {"edit",
         {first, done, asks("now test it well, too")},
         says("tested well"),
         {"thread 1 main", "* 1/2 write a parser for dates -> 2 edit", "  o 1/2 now test it well",
          "* 1/2 now test it well, too (edit)"}},
        {"continuation",
         {first, done, asks("what is the time?")},
         says("late"),
         {"thread 1 main", "* 1/2 write a parser for dates -> 2 continuation", "  o 1/2 now test it well",
          "* 1/2 what is the time? (continuation)"}},
        {"client",
         {first, says("I never said that to anybody"), asks("go on")},
         says("where?"),
         {"thread 1 main", "* 0/1 write a parser for dates -> 2 client",
          "  o 2/3 here it is, the parser that you asked for",
          "* 2/3 I never said that to anybody (client)"}},
    };
    for (const auto& one : cases) {
        INFO(one.cause);
        told_record record;
        record.store.tell({first}, done);
        if (std::string{one.cause} != "retry") {
            record.store.tell({first, done, asks("now test it well")}, says("tested"));
        }
        record.store.tell(one.again, one.answer);
        auto& from = record.read();
        CHECK(drawn(from, of_session(from)) == one.expected);
        CHECK(drawn_in_pages(from, of_session(from)) == one.expected);
        tree_request whole;
        whole.node = 1;
        CHECK(drawn(from, whole) == lines{one.expected.begin() + 1, one.expected.end()});
        CHECK(drawn_in_pages(from, whole) == lines{one.expected.begin() + 1, one.expected.end()});
    }
}

TEST_CASE("each branch of a fork says what made it, the first one that it was there first") {
    told_record record;
    const auto first = asks("write a parser for dates");
    const auto done = says("here it is, the parser that you asked for");
    record.store.tell({first, done, asks("now test it well")}, says("tested"));
    record.store.tell({first, done, asks("now test it well, too")}, says("tested, too"));
    record.store.tell({first, done, asks("what is the time?")}, says("late"));
    record.store.tell({first, done, says("I never said that"), asks("go on")}, says("where?"));
    auto& from = record.read();
    const lines expected{"thread 1 main",
                         "* 1/2 write a parser for dates -> 4 client",
                         "  o 1/2 now test it well",
                         "  o 1/2 now test it well, too (edit)",
                         "  o 1/2 what is the time? (continuation)",
                         "* 2/3 I never said that (client)"};
    CHECK(drawn(from, of_session(from)) == expected);
    CHECK(drawn_in_pages(from, of_session(from)) == expected);
    tree_request whole;
    whole.node = 1;
    CHECK(drawn(from, whole) == lines{expected.begin() + 1, expected.end()});
}

TEST_CASE("sub-agents stand below the branches with their calls, and summaries behind what they sum up") {
    told_record record;
    auto& store = record.store;
    const auto helper = said("system", "You help.");
    const auto asked = asks("Find the bug in the parser");
    const merkle::message calls{"assistant",
                                {call_block("c1", "Task", R"({"prompt":"Read parser.cpp and report"})")}};
    store.tell({helper, asked}, calls);
    store.tell({helper, asks("Read parser.cpp and report")}, says("Line 7"));
    store.tell({helper, asks("Read parser.cpp and report")}, says("Line 8"));
    const merkle::message result{"user", {result_block("c1", "Line 8")}};
    store.tell({helper, asked, calls, result}, says("Fixed."));
    store.tell({helper, asked, calls, result}, says("Fixed again."));
    turn_options agent;
    agent.agent_id = "a1";
    store.tell({said("system", "other"), asks("warm up")}, says("ready"), agent);
    store.tell({said("system", "You help anew."),
                asks("This session is being continued from a previous conversation that ran out")},
               says("Going on."));
    auto& from = record.read();
    const lines expected{"thread 1 main",
                         "* 1/4 Find the bug in the parser -> 2 retry",
                         "  thread 2 subagent of 1",
                         "  * 0/1 Read parser.cpp and report -> 2 retry",
                         "    o 1/1 Line 7",
                         "  * 1/1 Line 8 (retry)",
                         "  o 1/1 Fixed.",
                         "* 1/1 Fixed again. (retry)",
                         "  thread 3 subagent of 1",
                         "  * 1/3 warm up",
                         "thread 4 side after 1",
                         "* 1/3 This session is being continued from a previous conversation that ran out"};
    auto request = of_session(from);
    auto told = drawn(from, request);
    CHECK(told == expected);
    CHECK(drawn_in_pages(from, request) == told);
    request.thread = from.catalogue->threads(request.session).at(1).id;
    CHECK(drawn(from, request) == lines{"thread 2 subagent of 1",
                                        "* 0/1 Read parser.cpp and report -> 2 retry", "  o 1/1 Line 7",
                                        "* 1/1 Line 8 (retry)"});
    CHECK(drawn_in_pages(from, request) == drawn(from, request));
    tree_request whole;
    whole.node = 1;
    CHECK(drawn(from, whole) == lines{"* 0/1  -> 2", "  * 1/3 Find the bug in the parser -> 2 retry",
                                      "    o 1/1 Fixed.", "  * 1/1 Fixed again. (retry)",
                                      "o 0/1 Read parser.cpp and report -> 2 retry", "  o 1/1 Line 7",
                                      "o 1/1 Line 8 (retry)"});
    CHECK(drawn_in_pages(from, whole) == drawn(from, whole));
}

TEST_CASE("a tree of several sessions is told whole, each node once") {
    told_record record;
    turn_options other;
    other.session = "session-2";
    const auto system = said("system", "s");
    record.store.tell({system, asks("one")}, says("1"));
    record.store.tell({system, asks("one")}, says("1"), other);
    record.store.tell({system, asks("two")}, says("2"), other);
    record.store.tell({system, asks("one"), says("1"), asks("more")}, says("1a"), other);
    record.store.tell({system, asks("one"), says("1"), asks("less")}, says("1b"));
    auto& from = record.read();
    tree_request whole;
    whole.node = 3;
    const auto told = drawn(from, whole);
    CHECK(told.size() == 5);
    CHECK(told.at(0) == "* 0/1  -> 2 continuation");
    CHECK(told.at(1).substr(0, 16) == "  * 1/2 one -> 2");
    CHECK(told.at(2) == "    o 1/2 more");
    CHECK(told.at(3) == "  o 1/2 less");
    CHECK(told.at(4) == "o 1/2 two (continuation)");
    CHECK(drawn_in_pages(from, whole) == told);
}

TEST_CASE("trees made at random are told whole, in pages as at once") {
    std::mt19937 dice{20260101};
    for (int round = 0; round < 12; ++round) {
        told_record record;
        std::vector<std::vector<merkle::message>> chains{{said("system", "s")}};
        std::set<std::string> leaves;
        for (int i = 0; i < 25; ++i) {
            auto chain = chains[dice() % chains.size()];
            turn_options options;
            options.session = "session-" + std::to_string(dice() % 3);
            chain.push_back(asks("q" + std::to_string(dice() % 6)));
            auto answer = says("a" + std::to_string(dice() % 3));
            record.store.tell(chain, answer, options);
            chain.push_back(answer);
            chains.push_back(chain);
        }
        auto& from = record.read();
        tree_request whole;
        whole.node = 1;
        tree told{from, whole};
        std::uint64_t nodes = 0;
        std::set<std::int64_t> seen;
        while (const auto one = told.next()) {
            const auto& branch = std::get<tree_branch>(*one);
            nodes += branch.nodes;
            CHECK(seen.insert(branch.first).second);
            CHECK(branch.branches != 1);
        }
        std::int64_t stored = 0;
        while (from.chains.row(stored + 1)) {
            ++stored;
        }
        CHECK(nodes == static_cast<std::uint64_t>(stored));
        CHECK(drawn_in_pages(from, whole) == drawn(from, whole));
        for (const auto& session : from.catalogue->sessions({}, 10)) {
            tree_request request;
            request.session = session.id;
            CHECK(drawn_in_pages(from, request) == drawn(from, request));
        }
    }
}

TEST_CASE("wide and deep trees are told without holding them") {
    told_record record;
    std::vector<merkle::message> chain{said("system", "s")};
    for (int i = 0; i < 60; ++i) {  // a comb: a retry at each turn
        chain.push_back(asks("q" + std::to_string(i)));
        record.store.tell(chain, says("bad " + std::to_string(i)));
        chain.push_back(says("good " + std::to_string(i)));
        record.store.tell({chain.begin(), chain.end() - 1}, chain.back());
    }
    auto& from = record.read();
    const auto told = drawn(from, of_session(from));
    CHECK(told.size() == 122);
    CHECK(told.at(120) == "  o 1/1 bad 59");
    CHECK(told.at(121) == "* 1/1 good 59 (retry)");
    CHECK(drawn_in_pages(from, of_session(from)) == told);
}

TEST_CASE("what is no place of a tree is refused") {
    told_record record;
    record.store.tell({asks("hi")}, says("hello"));
    auto& from = record.read();
    auto request = of_session(from);
    for (const auto* const place : {"x", "1", "1.", ".1", "1.999", "7.1", "1.1x", "99999999999999999999.1"}) {
        INFO(place);
        request.after = place;
        CHECK_THROWS_AS((tree{from, request}), std::invalid_argument);
    }
    request = {};
    request.node = 99;
    CHECK(drawn(from, request).empty());
}

TEST_CASE("a branch of a tree as JSON") {
    tree_branch one;
    one.first = one.node = 3;
    one.words = "a\xFF";
    one.cause = catalogue::fork_cause::edit;
    const auto made = tree_entry_json(one);
    CHECK(made["type"] == "branch");
    CHECK(made["above"] == nullptr);
    CHECK(made["cause"] == "edit");
    CHECK(made["last_at"] == nullptr);
    CHECK(text::valid_utf8(dumped(made)));
}

}  // namespace tapes::read::tree_test
