#include "pass/bare_runs.hpp"

#include <catch2/catch.hpp>

#include <utility>
#include <vector>

namespace tapes::catalogue::bare_runs_test {

namespace {

using runs = std::vector<std::pair<std::int64_t, std::int64_t>>;

runs stored(sqlite::connection& db) {
    runs found;
    sqlite::statement all{db, "SELECT first, last FROM bare_run ORDER BY first"};
    while (all.step()) {
        found.emplace_back(all.integer_at(0), all.integer_at(1));
    }
    return found;
}

}  // namespace

TEST_CASE("nodes without exchanges are kept as runs, however they come in batches") {
    sqlite::connection db{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
    db.exec("CREATE TABLE bare_run(first INTEGER PRIMARY KEY, last INTEGER NOT NULL)");
    const std::vector<std::int64_t> nodes{1, 2, 3, 7, 8, 20, 21};
    for (std::size_t batch = 1; batch <= nodes.size(); ++batch) {
        CAPTURE(batch);
        db.exec("DELETE FROM bare_run");
        bare_runs to{db};
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            to.add(nodes[i]);
            if (i % batch == batch - 1) {
                to.flush();
            }
        }
        to.add(22);
        to.forget();  // the batch was undone
        for (std::size_t i = nodes.size() - nodes.size() % batch; i < nodes.size(); ++i) {
            to.add(nodes[i]);
        }
        to.flush();
        CHECK(stored(db) == runs{{1, 3}, {7, 8}, {20, 21}});
    }
}

}  // namespace tapes::catalogue::bare_runs_test
