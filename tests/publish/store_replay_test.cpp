#include "store/support.hpp"

#include <tapes/publish/replay_source.hpp>
#include <tapes/store/dead_letters.hpp>

#include <catch2/catch.hpp>

#include <set>

namespace tapes::publish::store_replay_test {

using namespace tapes::publish;
using namespace tapes::store;
using namespace tapes::store::test;
using Catch::Matchers::Contains;

namespace {

replay_choice nodes_of() {
    replay_choice all;
    all.event_types = {"tapes.node.v1"};
    return all;
}

/// Depths and roles are told by the ids: they count up in the order of the commits.
std::vector<std::int64_t> refs(const std::string& path, const replay_choice& what,
                               std::uint64_t last = 1000) {
    const auto from = make_store_replay(path, what, last);
    std::vector<std::int64_t> all;
    while (const auto step = from->next()) {
        all.push_back(step->ref);
    }
    return all;
}

std::unique_ptr<entry> at(std::unique_ptr<entry> turn, std::int64_t seconds, const std::string& session,
                          const std::string& agent = "agent", const std::string& project = "project") {
    turn->exchange->accepted_at = tapes::capture::timestamp{std::chrono::seconds{seconds}};
    turn->exchange->agent_name = agent;
    turn->exchange->project = project;
    turn->session = session;
    return turn;
}

using ids = std::vector<std::int64_t>;

/// Nodes 1, 2: a conversation; 3, 4: another; 5, 6: the first goes on in another session.
struct three_turns {
    three_turns() {
        CHECK(store.commit(at(make_turn({"hi", "hello"}), 100, "s1")));
        CHECK(store.commit(at(make_turn({"bye", "later"}), 200, "s2", "agent", "other")));
        CHECK(store.commit(at(make_turn({"hi", "hello", "so", "yes"}), 300, "s3")));
    }
    temporary_store where;
    mutable open_store store{where};
    const std::string path = where.path();
};

}  // namespace

TEST_CASE("everything is replayed in the order of the log, each node once") {
    const three_turns kept;
    CHECK(refs(kept.path, nodes_of()) == ids{1, 2, 3, 4, 5, 6});
    CHECK(refs(kept.path, nodes_of(), 2) == ids{1, 2, 3, 4});
    CHECK(kept.store.out.last_seq() == 3);
}

TEST_CASE("the ancestors of a chosen turn come first, whether they are chosen or not") {
    const three_turns kept;
    auto what = nodes_of();
    what.session = "s3";
    CHECK(refs(kept.path, what) == ids{1, 2, 5, 6});
    const auto from = make_store_replay(kept.path, what, 10);
    const auto first = from->next();
    REQUIRE(first);
    CHECK(first->seq == 3);
    CHECK(first->at_us == 300'000'000);  // it goes with the turn that needs it
}

TEST_CASE("turns are chosen by project, time, session and root, and by all of them together") {
    const three_turns kept;
    auto what = nodes_of();
    what.project = "other";
    CHECK(refs(kept.path, what) == ids{3, 4});
    what.session = "s1";
    CHECK(refs(kept.path, what).empty());
    what = nodes_of();
    what.since_us = 200'000'000;
    what.until_us = 300'000'000;
    CHECK(refs(kept.path, what) == ids{3, 4});
    what = nodes_of();
    what.agent_name = "agent";
    CHECK(refs(kept.path, what).size() == 6);
    what.agent_name = "agen";
    CHECK(refs(kept.path, what).empty());
    what = nodes_of();
    what.root = text(kept.path, "SELECT root_hash FROM nodes WHERE id = 6");
    CHECK(refs(kept.path, what) == ids{1, 2, 5, 6});
    what.until_us = 300'000'000;
    CHECK(refs(kept.path, what) == ids{1, 2});
}

TEST_CASE("a root that is none is refused, and told what the root would be") {
    const three_turns kept;
    auto what = nodes_of();
    what.root = std::string(64, '0');
    CHECK_THROWS_WITH(make_store_replay(kept.path, what, 10), Contains("has no node 0000"));
    what.root = text(kept.path, "SELECT hash FROM nodes WHERE id = 6");
    CHECK_THROWS_WITH(
        make_store_replay(kept.path, what, 10),
        Contains("is not the first") && Contains(text(kept.path, "SELECT hash FROM nodes WHERE id = 1")));
}

TEST_CASE("the records are those that a publisher sends") {
    const three_turns kept;
    const auto from = make_store_replay(kept.path, nodes_of(), 10);
    reader look{kept.path};
    event::event_record replayed;
    event::event_record published;
    std::set<std::string> seen;
    while (const auto step = from->next()) {
        from->make(replayed, *step, 0);
        event::make_node_record(published, look.node(step->ref).value(), event::content_form::whole);
        CHECK(replayed.id == published.id);
        CHECK(replayed.key == published.key);
        CHECK(replayed.value == published.value);
        seen.insert(replayed.id);
    }
    CHECK(seen.size() == 6);
}

TEST_CASE("the event of an exchange comes behind its nodes, also of one that gave no turn") {
    const three_turns kept;
    CHECK(kept.store.commit(at(make_exchange(tapes::capture::drop_reason::upstream_status), 400, "s3")));
    replay_choice what;
    what.session = "s3";
    what.event_types = {"tapes.exchange.v1"};
    CHECK(refs(kept.path, what) == ids{3, 4});
    what.event_types.emplace_back("tapes.node.v1");
    CHECK(refs(kept.path, what) == ids{1, 2, 5, 6, 3, 4});
    const auto from = make_store_replay(kept.path, what, 10);
    event::event_record record;
    while (const auto step = from->next()) {
        if (step->type == replay_step::kind::exchange && step->ref == 3) {
            from->make(record, *step, 0);
        }
    }
    CHECK(record.type == "tapes.exchange.v1");
    CHECK(record.key == text(kept.path, "SELECT root_hash FROM nodes WHERE id = 6"));
    CHECK_THAT(record.value, Contains("\"session\":\"s3\""));
}

TEST_CASE("a node over the target's limit goes by reference") {
    const temporary_store where;
    open_store store{where};
    REQUIRE(store.commit(make_turn({std::string(5000, 'x'), "short"})));
    const auto from = make_store_replay(where.path(), nodes_of(), 10);
    event::event_record record;
    from->make(record, from->next().value(), 4000);
    CHECK_THAT(record.value, Contains("content_ref") && !Contains("xxxx"));
    from->make(record, from->next().value(), 4000);
    CHECK_THAT(record.value, !Contains("content_ref"));
}

TEST_CASE("changes of dead letters are replayed where nothing but time and type chooses") {
    const temporary_store where;
    open_store store{where};
    REQUIRE(store.commit(make_turn({"hi", "hello"})));
    keep_dead_letter(store.out, {"kafka", 1, "id", "tapes.node.v1", "t", -1, -1, "key", {}, "too large", 1},
                     {}, {});
    REQUIRE(store.out.wait_past(1, 60s) == 2);
    replay_choice what;
    what.event_types = {"tapes.dead_letter.received.v1"};
    CHECK(refs(where.path(), what) == ids{1});
    what.event_types = {"tapes.dead_letter.retried.v1"};
    CHECK(refs(where.path(), what).empty());
    what.event_types = {"tapes.node.v1", "tapes.dead_letter.received.v1"};
    CHECK(refs(where.path(), what) == ids{1, 2, 1});
    what.project = "project";
    CHECK(refs(where.path(), what) == ids{1, 2});
}

}  // namespace tapes::publish::store_replay_test
