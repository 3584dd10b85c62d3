#include "eventually.hpp"
#include "store/support.hpp"

#include <tapes/bus/memory.hpp>
#include <tapes/publish/cursor_pump.hpp>
#include <tapes/publish/journal.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <set>

namespace tapes::publish::filtered_journal_test {

using tapes::test::eventually;

using namespace tapes;
using namespace tapes::store::test;

namespace {

std::unique_ptr<store::entry> of(const std::string& project, const std::vector<std::string>& texts) {
    auto turn = make_turn(texts);
    turn->exchange->project = project;
    return turn;
}

publish::journal_settings only(const std::string& project) {
    publish::journal_settings how;
    how.name = "some";
    how.events.turns.projects = {project};
    return how;
}

using ids = std::vector<std::int64_t>;

struct room {
    temporary_store where;
    open_store store{where};

    std::unique_ptr<publish::journal> journal(const publish::journal_settings& how = only("a")) {
        return publish::make_store_journal(where.path(), store.out, how);
    }
    std::int64_t saved() {
        return number(where.path(), "SELECT coalesce(max(seq), 0) FROM cursor WHERE name = 'some'");
    }
    std::int64_t sent() { return number(where.path(), "SELECT count(*) FROM sent"); }
};

ids nodes_of(const std::vector<publish::journal_row>& rows) {
    ids all;
    for (const auto& row : rows) {
        for (const auto& node : row.nodes) {
            all.push_back(node.id);
        }
    }
    return all;
}

constexpr std::uint64_t much = 1 << 20;

}  // namespace

TEST_CASE("a chosen turn comes with the ancestors that turns not chosen have recorded, parents first") {
    room here;
    CHECK(here.store.commit(of("b", {"hi", "hello"})));
    CHECK(here.store.commit(of("b", {"other", "yes"})));
    CHECK(here.store.commit(of("a", {"hi", "hello", "so", "fine"})));
    const auto rows = here.journal()->read(0, much);
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].events() == 0);
    CHECK(rows[1].events() == 0);
    CHECK(nodes_of(rows) == ids{1, 2, 5, 6});
}

TEST_CASE("a chosen turn without new nodes sends what is missing, and only once") {
    room here;
    CHECK(here.store.commit(of("b", {"hi", "hello"})));
    CHECK(here.store.commit(of("a", {"hi", "hello"})));
    CHECK(here.store.commit(of("a", {"hi", "hello"})));
    CHECK(nodes_of(here.journal()->read(0, much)) == ids{1, 2});
}

TEST_CASE("turns are chosen by provider, agent and project together") {
    room here;
    CHECK(here.store.commit(of("a", {"1", "2"})));
    auto another = of("a", {"3", "4"});
    another->exchange->agent_name = "codex";
    CHECK(here.store.commit(std::move(another)));
    auto how = only("a");
    how.events.turns.agents = {"codex", "claude"};
    CHECK(nodes_of(here.journal(how)->read(0, much)) == ids{3, 4});
    how.events.turns.providers = {"anthropic"};
    CHECK(nodes_of(here.journal(how)->read(0, much)).empty());
    how.events.turns = {.providers = {"openai"}, .agents = {}, .projects = {}};
    CHECK(nodes_of(here.journal(how)->read(0, much)) == ids{1, 2, 3, 4});
}

TEST_CASE("exchanges are chosen as their turns are") {
    room here;
    CHECK(here.store.commit(of("b", {"hi", "hello"})));
    CHECK(here.store.commit(of("a", {"so", "fine"})));
    auto how = only("a");
    how.events.exchanges = true;
    const auto rows = here.journal(how)->read(0, much);
    REQUIRE(rows.size() == 2);
    CHECK_FALSE(rows[0].exchange);
    REQUIRE(rows[1].exchange);
    CHECK(rows[1].exchange->project == "a");
    CHECK(rows[1].exchange->head == rows[1].nodes.back().hash);
    CHECK(rows[1].exchange->root == rows[1].nodes.front().hash);
    how.events.nodes = false;
    CHECK(here.journal(how)->read(0, much)[1].events() == 1);
}

TEST_CASE("what was sent is saved with the cursor, and never sent again") {
    room here;
    CHECK(here.store.commit(of("b", {"hi", "hello"})));
    CHECK(here.store.commit(of("a", {"hi", "hello"})));
    {
        const auto first = here.journal();
        CHECK(nodes_of(first->read(0, much)) == ids{1, 2});
        first->save_cursor(2, true);
        CHECK(eventually([&] { return here.saved() == 2; }));
        CHECK(here.sent() == 2);
        CHECK(first->saved_cursor() == 2U);
    }
    CHECK(here.store.commit(of("a", {"hi", "hello", "so", "fine"})));
    CHECK(nodes_of(here.journal()->read(2, much)) == ids{3, 4});
}

TEST_CASE("a crash before the cursor is saved repeats what was in flight, and no more") {
    room here;
    CHECK(here.store.commit(of("b", {"hi", "hello"})));
    CHECK(here.store.commit(of("a", {"hi", "hello", "so", "fine"})));
    CHECK(here.store.commit(of("a", {"hi", "hello", "so", "fine", "and", "on"})));
    {
        const auto first = here.journal();
        CHECK(nodes_of(first->read(0, much)) == ids{1, 2, 3, 4, 5, 6});
        first->save_cursor(2, true);
        CHECK(eventually([&] { return here.saved() == 2; }));
    }
    CHECK(here.sent() == 4);
    CHECK(nodes_of(here.journal()->read(2, much)) == ids{5, 6});
}

TEST_CASE("a window that starts again is given the same nodes again") {
    room here;
    CHECK(here.store.commit(of("a", {"hi", "hello"})));
    CHECK(here.store.commit(of("a", {"hi", "hello", "so", "fine"})));
    const auto again = here.journal();
    CHECK(nodes_of(again->read(0, much)) == ids{1, 2, 3, 4});
    again->save_cursor(1, false);
    CHECK(nodes_of(again->read(1, much)) == ids{3, 4});
    CHECK(nodes_of(again->read(1, much)) == ids{3, 4});
}

TEST_CASE("a save that may wait is handed over by flush") {
    room here;
    CHECK(here.store.commit(of("a", {"hi", "hello"})));
    CHECK(here.store.commit(of("a", {"so", "fine"})));
    const auto slow = here.journal();
    slow->read(0, much);
    slow->save_cursor(1, true);
    slow->save_cursor(2, false);
    slow->flush();
    CHECK(eventually([&] { return here.saved() == 2; }));
    CHECK(here.sent() == 4);
}

TEST_CASE("choices of a sibling are sent as well") {
    room here;
    auto turn = make_exchange();
    turn->exchange->project = "a";
    add_node(*turn, "hi", -1);
    add_node(*turn, "hello", 0, 0);
    add_node(*turn, "hey", 0, 1);
    CHECK(here.store.commit(std::move(turn)));
    CHECK(nodes_of(here.journal()->read(0, much)) == ids{1, 2, 3});
}

TEST_CASE(
    "many turns, of which some are chosen, arrive with every ancestor before its child, through crashes") {
    room here;
    bus::memory_bus bus;
    std::set<std::string> wanted;
    for (int round = 0; round < 12; ++round) {
        for (int conversation = 0; conversation < 5; ++conversation) {
            std::vector<std::string> texts;
            for (int i = 0; i <= round; ++i) {
                texts.push_back(std::to_string(conversation) + "." + std::to_string(i));
                texts.push_back("answer " + std::to_string(i));
            }
            const bool chosen = (round + conversation) % 4 == 0;
            auto turn = of(chosen ? "a" : "b", texts);
            for (const auto& node : turn->nodes) {
                if (chosen) {
                    wanted.insert(hex(node.node.position.hash));
                }
            }
            CHECK(here.store.commit(std::move(turn)));
        }
        // Destroyed in the middle: what is in flight is given up.
        publish::pump_settings how;
        how.name = "some";
        publish::cursor_pump pump(here.journal(),
                                  publish::make_bus_publisher(bus, "memory", {.topic = "events"}), how);
        pump.start();
        if (round == 11) {
            REQUIRE(pump.stop(soon()));
        }
    }
    std::map<std::string, std::string> values;
    for (const auto& record : bus.records("events")) {
        const auto& id = record.headers.at(0).second;
        const auto mark = record.value.find("\"parent_hash\":\"");
        if (mark != std::string::npos) {
            CHECK(values.contains(record.value.substr(mark + 15, 64)));
        }
        const auto found = values.try_emplace(id, record.value).first;
        CHECK(found->second == record.value);
    }
    std::set<std::string> came;
    for (const auto& [id, value] : values) {
        came.insert(id);
    }
    CHECK(came == wanted);
}

}  // namespace tapes::publish::filtered_journal_test
