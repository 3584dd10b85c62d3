#include "support.hpp"

#include <tapes/store/dead_letters.hpp>
#include <tapes/store/turn_reader.hpp>

#include <catch2/catch.hpp>

namespace tapes::store::read_turn_reader_test {

using namespace tapes::store;
using namespace tapes::store::test;

TEST_CASE("turns come in the order of the log with the ends of their chains") {
    const temporary_store where;
    open_store store{where};
    REQUIRE(store.commit(make_turn({"hi", "hello"})));
    auto branched = make_turn({"hi", "one"});
    add_node(*branched, "two", 0, 1);
    branched->session = "session-2";
    REQUIRE(store.commit(std::move(branched)));
    REQUIRE(store.commit(make_exchange(tapes::capture::drop_reason::upstream_status)));

    turn_reader reader{where.path()};
    const auto turns = reader.read(0, 100);
    REQUIRE(turns.size() == 3);
    CHECK(turns[0].seq == 1);
    CHECK(turns[0].session == "session-1");
    CHECK(turns[0].agent_name == "agent");
    CHECK(turns[0].project == "project");
    CHECK(turns[0].at_us > 1'700'000'000'000'000);
    REQUIRE(turns[0].heads.size() == 1);
    CHECK(turns[1].session == "session-2");
    CHECK(turns[1].heads.size() == 2);
    CHECK(turns[2].heads.empty());
    for (const auto head : turns[1].heads) {
        const auto above = reader.ancestors(head);
        CHECK(above.root == above.parent);
        CHECK(reader.ancestors(above.parent).parent == 0);
    }
    CHECK_THROWS(reader.ancestors(99));
}

TEST_CASE("turns are read between two rows of the log, in pages") {
    const temporary_store where;
    open_store store{where};
    for (const auto* const text : {"a", "b", "c", "d"}) {
        REQUIRE(store.commit(make_turn({text, "answer"})));
    }
    turn_reader reader{where.path()};
    CHECK(reader.read(1, 3).size() == 2);
    CHECK(reader.read(0, 4, 3).size() == 3);
    CHECK(reader.read(3, 4, 3).size() == 1);
    CHECK(reader.read(4, 4).empty());
}

TEST_CASE("a change of a dead letter is a row without nodes") {
    const temporary_store where;
    open_store store{where};
    keep_dead_letter(store.out, {"kafka", 0, "id", "tapes.node.v1", "t", -1, -1, "key", {}, "too large", 1},
                     {}, {});
    REQUIRE(store.out.wait_past(0, 60s) == 1);
    const auto turns = turn_reader{where.path()}.read(0, 10);
    REQUIRE(turns.size() == 1);
    CHECK(turns[0].kind == log_kind::dead_letter);
    CHECK(turns[0].ref == 1);
    CHECK(turns[0].heads.empty());
}

}  // namespace tapes::store::read_turn_reader_test
