#include "file/digest_index.hpp"
#include "support.hpp"

#include <tapes/store/exchange_outlines.hpp>
#include <tapes/store/history.hpp>

#include <catch2/catch.hpp>

#include <vector>

namespace tapes::store::newest_rows_test {

using namespace tapes::store;
using namespace tapes::store::test;

namespace {

merkle::digest last_hash(const entry& of) {
    return of.nodes.back().node.position.hash;
}

}  // namespace

TEST_CASE("without a writer nodes are found that are in no index yet, also those of later") {
    temporary_store where;
    open_store open{where};
    auto first = make_turn({"ping", "pong"});
    const auto early = last_hash(*first);
    REQUIRE(open.commit(std::move(first)));
    history plain{where.path()};
    CHECK_FALSE(plain.find(early));
    history looks{where.path(), history::newest::from_rows};
    REQUIRE(looks.find(early));
    CHECK(looks.find_match(early).size() == 1);
    auto second = make_turn({"ping", "another"});
    const auto late = last_hash(*second);
    CHECK_FALSE(looks.find(late));
    REQUIRE(open.commit(std::move(second)));
    REQUIRE(looks.find(late));
    CHECK(looks.find(late)->depth == 1);
}

TEST_CASE("without a writer each node is found once, whether it is in an index or not") {
    constexpr std::size_t many = digest_index::generation + 5000;
    temporary_store where;
    std::vector<merkle::digest> hashes;
    {
        open_store open{where};
        std::vector<std::unique_ptr<entry>> turns;
        for (std::size_t i = 0; i < many; ++i) {
            turns.push_back(make_turn({"ping " + std::to_string(i), "pong"}));
            hashes.push_back(last_hash(*turns.back()));
        }
        open.submit(std::move(turns));
        REQUIRE(open.settled());
        open.out.stop(soon());
    }
    CHECK(number(where.path(), "SELECT count(*) FROM node_by_hash") > 0);
    history looks{where.path(), history::newest::from_rows};
    for (std::size_t i = 0; i < many; i += 997) {
        CHECK(looks.find(hashes[i]));
        CHECK(looks.find_match(hashes[i]).size() == 1);
    }
    CHECK(looks.find(hashes.back()));
}

TEST_CASE("outlines tell of exchanges by their rows") {
    temporary_store where;
    open_store open{where};
    REQUIRE(open.commit(make_turn({"ping", "pong"})));
    auto listed = make_exchange(capture::drop_reason::non_turn_request);
    listed->exchange->method = "GET";
    listed->exchange->path = "/v1/models";
    listed->target = "/v1/models?limit=2";
    listed->api.clear();
    listed->keep_wire = true;
    REQUIRE(open.commit(std::move(listed)));
    REQUIRE(open.commit(make_exchange(capture::drop_reason::upstream_status)));
    exchange_outlines rows{where.path()};
    std::vector<exchange_outline> seen;
    std::vector<std::string> targets;
    const auto visit = [&](const exchange_outline& one) {
        seen.push_back(one);
        targets.emplace_back(one.target);
    };
    CHECK(rows.last() == 3);
    CHECK(rows.visit(0, 2, visit) == 2);
    CHECK(rows.visit(2, 2, visit) == 3);
    CHECK(rows.visit(3, 2, visit) == 3);
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].has_node);
    CHECK(rows.text(seen[0].provider) == "openai");
    CHECK(rows.text(seen[0].agent_name) == "agent");
    CHECK_FALSE(seen[1].has_node);
    CHECK(rows.text(seen[1].method) == "GET");
    CHECK(rows.text(seen[1].api).empty());
    CHECK(targets[1] == "/v1/models?limit=2");
    CHECK(seen[1].has_bytes);
    CHECK_FALSE(seen[2].has_bytes);
    CHECK(rows.text(seen[2].api) == "openai_chat");
}

}  // namespace tapes::store::newest_rows_test
