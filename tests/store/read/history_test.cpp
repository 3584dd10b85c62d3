#include "file/digest_index.hpp"
#include "support.hpp"

#include <tapes/store/history.hpp>

#include <catch2/catch.hpp>

namespace tapes::store::read_history_test {

using namespace tapes::store;
using namespace tapes::store::test;

namespace {

/// A turn whose answer differs from the others only in its thinking.
std::unique_ptr<entry> thinking_turn(std::size_t number, const std::string& session) {
    auto made = make_turn({"ping"});
    const auto above = made->nodes.front().node.position;
    merkle::message said{"assistant", {}};
    merkle::block thought;
    thought.type = "thinking";
    thought.thinking = "thought " + std::to_string(number);
    said.content.push_back(thought);
    merkle::block pong;
    pong.type = "text";
    pong.text = "pong";
    said.content.push_back(pong);
    const merkle::identity identity{made->model, made->exchange->provider, made->exchange->agent_name};
    made->nodes.push_back({merkle::make_node(above, identity, said), 0, 0, "stop"});
    made->session = session;
    return made;
}

}  // namespace

TEST_CASE("of many answers with one match the newest are looked at, and those of the session") {
    constexpr std::size_t many = 5000;
    temporary_store where;
    open_store open{where};
    std::vector<std::unique_ptr<entry>> turns;
    merkle::digest match{};
    for (std::size_t i = 0; i < many; ++i) {
        turns.push_back(thinking_turn(i, i == 1500 ? "ours" : "other-" + std::to_string(i)));
        match = turns.back()->nodes.back().node.position.match;
    }
    open.submit(std::move(turns));
    REQUIRE(open.settled());
    history with_writer{where.path(), open.out};
    const auto newest = number(where.path(), "SELECT max(id) FROM node");
    const auto ours = number(where.path(), "SELECT head FROM exchange WHERE session = 'ours'");
    const auto check = [&](history& looks) {
        CHECK(looks.find_match(match, 1).size() == 1);
        const auto found = looks.find_match(match);
        REQUIRE(found.size() == history::most_matches);
        for (std::size_t i = 0; i < found.size(); ++i) {
            CHECK(found[i].id == newest - static_cast<std::int64_t>(i));
        }
        const auto with_ours = looks.find_match(match, history::most_matches, "ours");
        REQUIRE(with_ours.size() == history::most_matches + 1);
        CHECK(with_ours.back().id == ours);
        CHECK(looks.is_of_session(ours, "ours"));
        CHECK(looks.find_match(match, history::most_matches, "nobody").size() == history::most_matches);
    };
    check(with_writer);
    open.out.stop(soon());
    // What is in no index yet is sorted in at the latest when there is much of it; here by hand.
    {
        connection db{where.path(), SQLITE_OPEN_READWRITE};
        digest_index index{"node_by_match", "node", "match"};
        index.load(db);
        index.freeze_some();
        db.exec("BEGIN");
        index.merge(db, many);
        db.exec("COMMIT");
    }
    history without{where.path()};
    check(without);
}

TEST_CASE("rows of one prefix cost the index no more than others") {
    digest_index index{"node_by_hash", "node", "hash"};
    const merkle::digest same{};
    constexpr std::int64_t many = 400'000;  // quadratic work would take minutes
    for (std::int64_t id = 1; id <= many; ++id) {
        index.add(same, id);
    }
    std::vector<std::int64_t> found;
    index.find_recent(prefix_of(same), found, 3);
    CHECK(found == std::vector<std::int64_t>{many, many - 1, many - 2});
    index.forget_from(many - 1);
    found.clear();
    index.find_recent(prefix_of(same), found, 2);
    CHECK(found == std::vector<std::int64_t>{many - 2, many - 3});
    index.forget_from(1);
    found.clear();
    index.find_recent(prefix_of(same), found);
    CHECK(found.empty());
    index.add(same, 7);
    index.find_recent(prefix_of(same), found);
    CHECK(found == std::vector<std::int64_t>{7});
}

}  // namespace tapes::store::read_history_test
