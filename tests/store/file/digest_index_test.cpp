#include "file/digest_index.hpp"

#include "support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <random>

namespace tapes::store::file_digest_index_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;

namespace {

/// An index of which a whole generation waits to be sorted into its table.
struct full_index {
    full_index() {
        std::mt19937_64 random{7};
        for (std::size_t i = 0; i < digest_index::generation; ++i) {
            merkle::digest digest{};
            std::generate(digest.begin(), digest.end(), [&] { return static_cast<std::uint8_t>(random()); });
            digests.push_back(digest);
            index.add(digest, static_cast<std::int64_t>(i) + 1);
        }
        index.committed();
        index.freeze_some();  // until all are sorted
    }

    std::size_t in_table() {
        return static_cast<std::size_t>(db.integer("SELECT count(*) FROM node_by_hash"));
    }
    /// One transaction with so much of a share.
    void merge(std::size_t share, bool fails = false) {
        db.exec("BEGIN IMMEDIATE");
        index.merge(db, share);
        db.exec(fails ? "ROLLBACK" : "COMMIT");
        fails ? index.rolled_back() : index.committed();
    }
    bool finds(std::size_t at) {
        std::vector<std::int64_t> found;
        index.find_recent(prefix_of(digests[at]), found);
        digest_table{db, index}.find(prefix_of(digests[at]), found);
        return std::ranges::count(found, static_cast<std::int64_t>(at) + 1) > 0;
    }

    temporary_store where;
    store_lock lock{where.options()};
    connection db{where.path(), SQLITE_OPEN_READWRITE};
    digest_index index{"node_by_hash", "node", "hash"};
    std::vector<merkle::digest> digests;
};

}  // namespace

TEST_CASE("small shares go into the table in lots, and every row is found on its way there") {
    full_index all;
    std::size_t before = 0;
    std::size_t transactions = 0;
    while (all.index.merging()) {
        all.merge(20);
        ++transactions;
        const auto now = all.in_table();
        if (now != before) {
            const bool whole = now == digest_index::generation;
            CHECK((now - before >= digest_index::least_lot || whole));
            CHECK(now <= 20 * transactions);
            before = now;
        }
        if (transactions % 500 == 1) {
            for (std::size_t at = 0; at < all.digests.size(); at += 7919) {
                CHECK(all.finds(at));
            }
        }
    }
    CHECK(before == digest_index::generation);
    CHECK(transactions <= digest_index::generation / 20 + digest_index::least_lot);
    CHECK(all.finds(0));
    CHECK(all.finds(all.digests.size() - 1));
}

TEST_CASE("a lot that was rolled back goes into the table with the next transaction") {
    full_index all;
    all.merge(100, true);
    CHECK(all.in_table() == 0);
    CHECK(all.finds(0));
    all.merge(1);
    CHECK(all.in_table() == 101);
    all.merge(digest_index::generation);
    CHECK(all.in_table() == digest_index::generation);
    CHECK_FALSE(all.index.merging());
    CHECK(all.finds(11));
}

}  // namespace tapes::store::file_digest_index_test
