#include "support.hpp"

#include <tapes/store/replays.hpp>

#include <catch2/catch.hpp>

#include <optional>

namespace tapes::store::jobs_replays_test {

using namespace tapes::store;
using namespace tapes::store::test;
using Catch::Matchers::Contains;

namespace {

replay wanted(const std::string& name) {
    replay made;
    made.name = name;
    made.choice = {std::string(64, 'a'),
                   "session",
                   "codex",
                   "web, shop",
                   5,
                   std::nullopt,
                   {"tapes.node.v1", "tapes.exchange.v1"}};
    made.to = "topic:elsewhere";
    made.speed = 0.5;
    made.batch = 100;
    made.last_seq = 12;
    return made;
}

}  // namespace

TEST_CASE("a replay is kept with all that it was asked for") {
    const temporary_store where;
    open_store store{where};
    const auto made = create_replay(store.out, wanted("again"));
    CHECK(made.id == 1);
    const auto kept = replay_reader{where.path()}.find("again");
    REQUIRE(kept);
    CHECK(kept->id == made.id);
    CHECK(kept->name == "again");
    CHECK(kept->state == replay_state::running);
    CHECK(kept->choice == wanted("again").choice);
    CHECK(kept->to == "topic:elsewhere");
    CHECK(kept->speed == 0.5);
    CHECK(kept->batch == 100);
    CHECK(kept->last_seq == 12);
    CHECK(kept->at == replay_position{});
    CHECK(kept->created_us > 1'700'000'000'000'000);
    CHECK(kept->changed_us == kept->created_us);
    CHECK_FALSE(replay_reader{where.path()}.find("other"));
}

TEST_CASE("a name is given once, and only a valid one") {
    const temporary_store where;
    open_store store{where};
    create_replay(store.out, wanted("again"));
    CHECK_THROWS_WITH(create_replay(store.out, wanted("again")), Contains("\"again\" exists (running)"));
    for (const auto* const name : {"", "a b", "a/b", "é"}) {
        CHECK_THROWS_WITH(create_replay(store.out, wanted(name)), Contains("is no name of a replay"));
    }
    CHECK_FALSE(valid_replay_name(std::string(65, 'x')));
    CHECK(valid_replay_name(std::string(64, 'x')));
    CHECK(replay_reader{where.path()}.list().size() == 1);
}

TEST_CASE("a position is kept in any state, a state changes only where it may") {
    const temporary_store where;
    open_store store{where};
    create_replay(store.out, wanted("again"));
    const auto change = [&](std::optional<replay_state> to, std::optional<replay_position> at = {}) {
        return change_replay(store.out, "again", {to, at, "the broker is away"});
    };
    CHECK(change(replay_state::paused).state == replay_state::paused);
    const auto moved = change(replay_state::done, replay_position{7, 20, 3000});
    CHECK(moved.state == replay_state::paused);
    CHECK(moved.at == replay_position{7, 20, 3000});
    CHECK(change(replay_state::running).state == replay_state::running);
    const auto failed = change(replay_state::failed);
    CHECK(failed.state == replay_state::failed);
    CHECK(failed.error == "the broker is away");
    CHECK(change(replay_state::running).error.empty());
    CHECK(change(replay_state::done).state == replay_state::done);
    CHECK(change(replay_state::cancelled).state == replay_state::done);
    const auto kept = replay_reader{where.path()}.list();
    REQUIRE(kept.size() == 1);
    CHECK(kept[0].state == replay_state::done);
    CHECK(kept[0].at == replay_position{7, 20, 3000});
    CHECK_THROWS_WITH(change_replay(store.out, "other", {}), Contains("there is no replay \"other\""));
}

TEST_CASE("rows are written without a writer too, with the lock alone") {
    const temporary_store where;
    {
        const store_lock lock{where.options()};
        const auto made = create_replay(lock, wanted("again"));
        CHECK(made.created_us == made.changed_us);
        CHECK_THROWS_WITH(create_replay(lock, wanted("again")), Contains("exists (running)"));
        const auto now =
            change_replay(lock, "again", {replay_state::paused, replay_position{7, 20, 3000}, ""});
        CHECK(now.state == replay_state::paused);
        CHECK_THROWS_WITH(change_replay(lock, "other", {}), Contains("there is no replay"));
    }
    open_store store{where};
    const auto kept = replay_reader{where.path()}.find("again");
    REQUIRE(kept);
    CHECK(kept->at == replay_position{7, 20, 3000});
    CHECK(change_replay(store.out, "again", {replay_state::cancelled, {}, ""}).state ==
          replay_state::cancelled);
}

TEST_CASE("what has ended stays ended, all else can be resumed or cancelled") {
    using enum replay_state;
    for (const auto ended : {done, cancelled}) {
        for (const auto to : {running, paused, cancelled, done, failed}) {
            CHECK_FALSE(may_become(ended, to));
        }
    }
    for (const auto open : {running, paused, failed}) {
        CHECK(may_become(open, running));
        CHECK(may_become(open, cancelled));
        CHECK(may_become(open, paused) == (open == running));
        CHECK(may_become(open, done) == (open == running));
    }
}

TEST_CASE("every state has a name that leads back to it") {
    using enum replay_state;
    for (const auto state : {running, paused, cancelled, done, failed}) {
        CHECK(replay_state_of(to_string(state)) == state);
    }
    CHECK_FALSE(replay_state_of("sleeping"));
}

TEST_CASE("a replay is claimed by one process at a time, and free again when that lets go") {
    const temporary_store where;
    {
        const auto mine = replay_claim::take(where.path(), 3);
        REQUIRE(mine);
        CHECK(replay_claim::taken(where.path(), 3));
        CHECK_FALSE(replay_claim::take(where.path(), 3));
        CHECK_FALSE(replay_claim::taken(where.path(), 4));
        CHECK(replay_claim::take(where.path(), 4));
    }
    CHECK_FALSE(replay_claim::taken(where.path(), 3));
    CHECK(replay_claim::take(where.path(), 3));
}

}  // namespace tapes::store::jobs_replays_test
