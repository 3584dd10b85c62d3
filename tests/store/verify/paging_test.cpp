#include "support.hpp"

#include <tapes/store/event_reader.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/received.hpp>
#include <tapes/store/turn_reader.hpp>
#include <tapes/store/verify.hpp>

#include <catch2/catch.hpp>

#include <set>

namespace tapes::store::verify_paging_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;

namespace {

/// Keeps the text of every statement that runs on a connection that is opened while this lives. One at a
/// time.
class statement_log {
public:
    statement_log() {
        const std::lock_guard guard{mutex};
        texts.clear();
        sqlite3_auto_extension(reinterpret_cast<void (*)()>(&attach));
    }
    ~statement_log() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&attach)); }
    statement_log(const statement_log&) = delete;
    statement_log& operator=(const statement_log&) = delete;

    std::set<std::string> read() const {
        const std::lock_guard guard{mutex};
        return texts;
    }

private:
    static int attach(sqlite3* db, char** /*error*/, const sqlite3_api_routines* /*api*/) {
        return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, &keep, nullptr);
    }
    static int keep(unsigned /*event*/, void* /*context*/, void* prepared, void* /*text*/) {
        const std::lock_guard guard{mutex};
        texts.emplace(sqlite3_sql(static_cast<sqlite3_stmt*>(prepared)));
        return 0;
    }

    inline static std::mutex mutex;
    inline static std::set<std::string> texts;
};

/// The steps of a statement's plan that read a table from its start.
std::vector<std::string> scans_of(connection& db, const std::string& sql) {
    statement plan{db, "EXPLAIN QUERY PLAN " + sql};
    std::set<std::string> routines;  // the results of subqueries, which are read as a whole
    std::vector<std::string> scans;
    while (plan.step()) {
        const std::string step{plan.text_at(3)};
        for (const std::string prefix : {"CO-ROUTINE ", "MATERIALIZE "}) {
            if (step.starts_with(prefix)) {
                routines.insert(step.substr(prefix.size()));
            }
        }
        // Of the schema there are few rows, and no index.
        const bool small = step == "SCAN CONSTANT ROW" || step == "SCAN sqlite_master";
        if (step.starts_with("SCAN ") && !small && !routines.contains(step.substr(5))) {
            scans.push_back(step);
        }
    }
    return scans;
}

constexpr int rows = 2500;  // some pages

/// Rows in every table that verify reads by pages; those that name an exchange name one that is missing.
void fill(const std::string& path) {
    connection db{path, SQLITE_OPEN_READWRITE};
    const std::string numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                                std::to_string(rows) + ") ";
    db.exec(numbers + "INSERT INTO response SELECT printf('name-%05d', i / 3), i % 3, 1000000 + i FROM n");
    for (const std::string table : {"response_item", "conversation"}) {
        db.exec(numbers + "INSERT INTO " + table + " SELECT printf('name-%05d', i), 1000000 + i FROM n");
    }
    db.exec(numbers + "INSERT INTO exchange_node SELECT 1000000 + i, 0, 1 FROM n");
    db.exec(numbers + "INSERT INTO wire SELECT 1000000 + i, 0, 0, 0, 0, 0, 0, '', '', NULL, x'', x'' FROM n");
}

}  // namespace

TEST_CASE("a page of rows is found by an index, and no page reads those before it") {
    temporary_store where;
    {
        open_store store{where};
        REQUIRE(store.commit(make_turn({"question", "answer"})));
        store.out.stop(soon());
    }
    fill(where.path());
    connection db{where.path(), SQLITE_OPEN_READONLY};
    const statement_log log;
    std::size_t paged = 0;
    SECTION("when a store is verified") {
        findings wrong;
        verify({where.path(), 1}, wrong);
        CHECK(wrong.count() == 5 * rows);
        paged = 20;
    }
    SECTION("when the log, its turns, exchanges and orphans are read") {
        CHECK(reader{where.path()}.read_log(0, 1 << 20).size() == 1);
        CHECK(event_reader{where.path()}.rows(0, 10).size() == 1);
        CHECK(turn_reader{where.path()}.read(0, 1, 10).size() == 1);
        CHECK(exchange_reader{where.path()}.read(0, 10).size() == 1);
        CHECK(orphan_reader{where.path()}.list(0, 10).empty());
        paged = 5;
    }
    std::size_t found = 0;
    for (const auto& sql : log.read()) {
        if (sql.find("?1") == std::string::npos) {
            continue;  // reads a whole table, once
        }
        ++found;
        INFO(sql);
        CHECK(scans_of(db, sql) == std::vector<std::string>{});
    }
    CHECK(found >= paged);
}

TEST_CASE("a statement that reads each page from the first row on is told apart") {
    temporary_store where;
    { const store_lock made{where.options()}; }
    connection db{where.path(), SQLITE_OPEN_READONLY};
    CHECK(scans_of(db,
                   "SELECT r.id FROM (SELECT id FROM response WHERE ?1 IS NULL OR id > ?1 ORDER BY id"
                   " LIMIT ?2) r LEFT JOIN exchange x ON x.id = r.id")
              .size() == 1);
    CHECK(scans_of(db, "SELECT id FROM response WHERE id > ?1 ORDER BY id LIMIT ?2").empty());
}

}  // namespace tapes::store::verify_paging_test
