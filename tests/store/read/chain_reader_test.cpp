#include "support.hpp"

#include <tapes/store/chain_reader.hpp>

#include <catch2/catch.hpp>

namespace tapes::store::test::chain_reader_test {

TEST_CASE("a chain is read from its root, with the exchanges that answered") {
    const temporary_store where;
    open_store store{where};
    auto turn = make_turn({"hi", "hello"});
    const auto hash = turn->nodes.back().node.position.hash;
    const auto root = turn->nodes.front().node.position.hash;
    REQUIRE(store.commit(std::move(turn)));
    chain_reader rows{where.path()};
    const auto found = rows.find(hex(hash));
    REQUIRE(found.size() == 1);
    const auto chain = rows.chain(found[0]);
    REQUIRE(chain.size() == 2);
    CHECK(chain[0].exchange == 0);
    CHECK_FALSE(chain[0].answer);
    CHECK(chain[1].node == found[0]);
    CHECK(chain[1].exchange == 1);
    CHECK(chain[1].answer);
    const auto row = rows.row(chain[0].node);
    REQUIRE(row);
    CHECK(row->hash == root);
    CHECK(row->parent == 0);
    CHECK(row->role == "user");
    CHECK(row->model == "gpt-4o");
    CHECK(rows.row(found[0])->parent == chain[0].node);
    CHECK(rows.chain(99).empty());
    CHECK_FALSE(rows.row(99));
}

TEST_CASE("a content comes in pieces, as far as it is wanted") {
    const temporary_store where;
    open_store store{where};
    const std::string text(200'000, 'a');
    REQUIRE(store.commit(make_turn({text, "hello"})));
    chain_reader rows{where.path()};
    std::string all;
    std::size_t pieces = 0;
    const auto size = rows.content(1, [&](std::string_view piece) {
        all += piece;
        ++pieces;
        return true;
    });
    CHECK(size == all.size());
    CHECK(pieces == 4);
    CHECK(all == R"([{"type":"text","text":")" + text + R"("}])");
    pieces = 0;
    CHECK(rows.content(1, [&](std::string_view) { return ++pieces < 2; }) == size);
    CHECK(pieces == 2);
    CHECK(rows.content(99, [](std::string_view) { return true; }) == 0);
}

TEST_CASE("nodes are found by the first digits of their hashes, sorted in or not") {
    const temporary_store where;
    std::vector<std::string> hashes;
    {
        open_store store{where};
        for (int i = 0; i < 300; ++i) {
            auto turn = make_turn({"text " + std::to_string(i)});
            hashes.push_back(hex(turn->nodes.back().node.position.hash));
            REQUIRE(store.commit(std::move(turn)));
        }
    }
    const auto count = [&](std::string_view digits) {
        return static_cast<std::size_t>(
            std::ranges::count_if(hashes, [&](const auto& one) { return one.starts_with(digits); }));
    };
    const auto check_all = [&] {
        chain_reader rows{where.path()};
        for (const auto* const digits : {"0", "7", "8", "f", "3a", "c1"}) {
            CHECK(rows.find(digits, 1000).size() == count(digits));
        }
        CHECK(rows.find(hashes[7]).size() == 1);
        CHECK(rows.find("A", 1000).size() == count("a"));
        CHECK(rows.find("f", 3).size() == std::min<std::size_t>(3, count("f")));
        CHECK(rows.find("").empty());
        CHECK(rows.find("xyz").empty());
        CHECK(rows.find(std::string(65, 'a')).empty());
    };
    check_all();
    connection db{where.path(), SQLITE_OPEN_READWRITE};
    statement sort{db, "INSERT OR IGNORE INTO node_by_hash SELECT ?1, ?2"};
    chain_reader rows{where.path()};
    for (const auto& one : hashes) {
        sort.integer(1, static_cast<std::int64_t>(std::stoull(one.substr(0, 16), nullptr, 16)));
        sort.integer(2, rows.find(one).at(0));
        sort.run();
    }
    check_all();  // a row may be in both
    db.exec("INSERT OR REPLACE INTO index_state VALUES('node_by_hash', 300)");
    check_all();
}

TEST_CASE("a node leads to the exchanges that gave it, and to the one with which it was new") {
    const temporary_store where;
    open_store store{where};
    REQUIRE(store.commit(make_turn({"hi", "hello"})));
    REQUIRE(store.commit(make_exchange(capture::drop_reason::no_response)));
    REQUIRE(store.commit(make_turn({"ho", "hey"})));
    REQUIRE(store.commit(make_turn({"hi", "hello"})));
    REQUIRE(store.commit(make_turn({"last", "end"})));
    chain_reader rows{where.path()};
    CHECK(rows.answered(2) == std::vector<std::int64_t>{1, 4});
    CHECK(rows.answered(2, 4) == std::vector<std::int64_t>{1});
    CHECK(rows.answered(2, 5, 1) == std::vector<std::int64_t>{4});
    CHECK(rows.count_answered(2) == 2);
    CHECK(rows.count_answered(1) == 0);
    CHECK(rows.answered(1).empty());
    for (const auto& [node, exchange] : {std::pair{1, 1}, {2, 1}, {3, 3}, {4, 3}, {5, 5}, {6, 5}, {7, 0}}) {
        CAPTURE(node);
        CHECK(rows.first_exchange(node) == exchange);
    }
}

TEST_CASE("the first node since a moment is found") {
    const temporary_store where;
    open_store store{where};
    chain_reader rows{where.path()};
    CHECK_FALSE(rows.first_node_since(0));
    for (const auto* const text : {"one", "two", "three", "four", "five"}) {
        REQUIRE(store.commit(make_turn({text, "answer"})));
        REQUIRE(store.commit(make_exchange(capture::drop_reason::no_response)));
    }
    {
        connection db{where.path(), SQLITE_OPEN_READWRITE};
        db.exec("UPDATE log SET at = seq * 10");
    }
    for (std::int64_t at = 0; at <= 90; ++at) {
        CAPTURE(at);
        CHECK(rows.first_node_since(at) == 2 * ((at + 9) / 10 / 2) + 1);
    }
    CHECK_FALSE(rows.first_node_since(91));
}

}  // namespace tapes::store::test::chain_reader_test
