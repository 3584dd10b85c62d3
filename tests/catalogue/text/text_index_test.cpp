#include "text/text_index.hpp"

#include "text/text_scan.hpp"

#include <catch2/catch.hpp>

#include <limits>
#include <string>
#include <vector>

namespace tapes::catalogue::text_index_test {

namespace {

std::string content_of(const std::string& said) {
    return R"([{"type":"text","text":")" + said + "\"}]";
}

std::size_t count_in(sqlite::connection& db, const char* word) {
    std::size_t count = 0;
    text_scan scan{db};
    scan.visit(read_text_query(word), {15, 1, std::numeric_limits<std::int64_t>::max(), false},
               [&](const text_match& one) {
                   ++count;
                   return one.node - 1;
               });
    return count;
}

struct index_fixture {
    explicit index_fixture(const generation_limits& limits = {})
        : db{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE}, index{db, limits} {}

    void add(std::int64_t node, const std::string& said) { index.add(node, node_text_of(content_of(said))); }
    std::size_t count(const char* word) { return count_in(db, word); }
    std::int64_t generations() { return db.integer("SELECT count(*) FROM text_generation"); }

    sqlite::connection db;
    text_index index;
};

}  // namespace

TEST_CASE("a node is in the index once, however often it is taken in") {
    index_fixture here;
    here.add(5, "word");
    here.add(5, "word");
    here.add(3, "word");
    here.add(3, "word");
    CHECK(here.count("word") == 2);
    CHECK(here.index.remove(5, content_of("word")));
    CHECK(here.index.remove(5, content_of("word")));
    CHECK(here.index.remove(99, content_of("word")));
    CHECK(here.count("word") == 1);
}

TEST_CASE("a full generation is followed by another, and each node stays in its own") {
    index_fixture here{{2, 1000}};
    for (std::int64_t node = 10; node < 15; ++node) {
        here.add(node, "word");
    }
    here.add(20, std::string(999, 'x') + " word");
    here.index.flush();
    CHECK(here.generations() == 3);
    here.add(21, "word " + std::string(900, 'y'));
    here.add(22, "word");
    CHECK(here.generations() == 4);
    here.add(9, "early");
    here.add(11, "word");
    CHECK(here.generations() == 5);
    CHECK(here.count("word") == 8);
    CHECK(here.count("early") == 1);
    CHECK(here.index.remove(12, content_of("word")));
    CHECK(here.count("word") == 7);
}

TEST_CASE("what a transaction took in is gone with it") {
    index_fixture here;
    here.add(1, "stays");
    here.index.flush();
    here.db.exec("BEGIN");
    here.add(2, "goes");
    here.db.rollback();
    here.index.forget();
    CHECK(here.count("goes") == 0);
    here.add(2, "again");
    CHECK(here.count("again") == 1);
    CHECK(here.count("stays") == 1);

    index_fixture fresh;
    fresh.db.exec("BEGIN");
    fresh.add(2, "goes");
    fresh.db.rollback();
    fresh.index.forget();
    fresh.add(1, "stays");
    CHECK(fresh.count("stays") == 1);
}

TEST_CASE("a generation is made anew without what is to go") {
    index_fixture here{{3, 1 << 20}};
    for (std::int64_t node = 1; node <= 9; ++node) {
        here.add(node, node == 5 ? "secret" : "word");
    }
    CHECK(here.generations() == 3);
    here.index.remake(5, [&](std::int64_t first, std::int64_t end, text_index& into) {
        CHECK(first == 4);
        CHECK(end == 7);
        for (auto node = first; node < end; ++node) {
            if (node != 5) {
                into.add(node, node_text_of(content_of("word")));
            }
        }
    });
    CHECK(here.generations() == 3);
    CHECK(here.count("secret") == 0);
    CHECK(here.count("word") == 8);
    here.add(10, "word");
    CHECK(here.count("word") == 9);
}

TEST_CASE("a generation of another extractor is not changed, but made anew") {
    index_fixture here;
    here.add(1, "old");
    here.index.flush();
    here.db.exec("UPDATE text_generation SET extractor = 0");
    here.index.forget();
    CHECK_FALSE(here.index.remove(1, content_of("old")));
    here.add(2, "new");
    CHECK(here.generations() == 2);
    here.index.remake(1, [](std::int64_t first, std::int64_t end, text_index& into) {
        CHECK(end == 2);
        into.add(first, node_text_of(content_of("made")));
    });
    CHECK(here.count("old") == 0);
    CHECK(here.count("made") == 1);
    CHECK(here.index.remove(1, content_of("made")));
    text_index::drop(here.db);
    CHECK(count_in(here.db, "new") == 0);
}

}  // namespace tapes::catalogue::text_index_test
