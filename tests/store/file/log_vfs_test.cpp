#include "file/log_vfs.hpp"

#include "faulty_vfs.hpp"
#include "file/sqlite.hpp"
#include "support.hpp"

#include <catch2/catch.hpp>

#include <optional>

namespace tapes::store::file_log_vfs_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;

namespace {

constexpr int page_bytes = 4096;

/// A store of one table, whose log goes by way of a log_vfs.
struct written {
    explicit written(const std::string& path)
        : db{path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, log.name()} {
        db.exec("PRAGMA page_size = " + std::to_string(page_bytes));
        db.exec("PRAGMA journal_mode = WAL");
        db.exec("PRAGMA synchronous = FULL");
        db.exec("PRAGMA wal_autocheckpoint = 0");
        log.gather(db.handle());
        db.exec("CREATE TABLE IF NOT EXISTS row(id INTEGER PRIMARY KEY, bytes BLOB)");
    }

    /// One page and a bit each.
    void add(int rows) {
        for (int i = 0; i < rows; ++i) {
            db.exec("INSERT INTO row(bytes) VALUES(randomblob(" + std::to_string(page_bytes) + "))");
        }
    }

    log_vfs log;
    connection db;
};

std::int64_t seen_by_another(const std::string& path) {
    connection other{path, SQLITE_OPEN_READONLY};
    CHECK(text(path, "PRAGMA integrity_check") == "ok");
    return other.integer("SELECT count(*) FROM row");
}

}  // namespace

TEST_CASE("a commit reaches the log in few writes, and others see all of it") {
    faulty_vfs disk;
    temporary_store where;
    written store{where.path()};
    const int rows =
        GENERATE(1, 12, 15, 100);  // about as many frames each as go in one write, less, and more
    CAPTURE(rows);
    const auto before = disk.log_writes();
    store.db.exec("BEGIN");
    store.add(rows);
    CHECK(seen_by_another(where.path()) == 0);
    store.db.exec("COMMIT");
    const auto pages = static_cast<std::uint64_t>(rows) * 2 + 4;
    CHECK(disk.log_writes() - before <= 2 + pages / 25);
    CHECK(seen_by_another(where.path()) == rows);
}

TEST_CASE("pages that leave the cache before the commit are read back from the log") {
    temporary_store where;
    std::string expected;
    {
        written store{where.path()};
        store.db.exec("PRAGMA cache_size = 4");
        store.db.exec("BEGIN");
        store.add(200);
        store.db.exec("UPDATE row SET bytes = zeroblob(5000) WHERE id % 3 = 0");
        store.db.exec("SAVEPOINT one");
        store.db.exec("DELETE FROM row");
        store.db.exec("ROLLBACK TO one");
        expected = std::to_string(store.db.integer("SELECT sum(length(bytes)) FROM row"));
        CHECK(expected == std::to_string(66 * 5000 + 134 * page_bytes));
        store.db.exec("COMMIT");
        CHECK(text(where.path(), "SELECT sum(length(bytes)) FROM row") == expected);
    }
    CHECK(text(where.path(), "SELECT sum(length(bytes)) FROM row") == expected);
    CHECK(text(where.path(), "PRAGMA integrity_check") == "ok");
}

TEST_CASE("what was not committed is gone, whether it was gathered, written or refused") {
    faulty_vfs disk;
    temporary_store where;
    std::optional<written> store{where.path()};
    store->add(3);
    store->db.exec("PRAGMA cache_size = 4");
    store->db.exec("BEGIN");
    store->add(50);  // some of it is in the log by now
    store->db.exec("ROLLBACK");
    store->db.exec("BEGIN");
    store->add(2);
    disk.fail_writes(SQLITE_FULL);
    CHECK_THROWS_AS(store->db.exec("COMMIT"), sqlite_error);
    store->db.rollback();
    disk.fail_writes(SQLITE_OK);
    CHECK(seen_by_another(where.path()) == 3);
    store->add(1);
    CHECK(seen_by_another(where.path()) == 4);
    store.reset();
    CHECK(seen_by_another(where.path()) == 4);
}

TEST_CASE("a statement that fails for want of room takes nothing from those before it") {
    faulty_vfs disk;
    temporary_store where;
    written store{where.path()};
    store.add(100);
    store.db.exec("PRAGMA cache_size = 4");
    store.db.exec("BEGIN");
    store.add(30);
    disk.fail_writes(SQLITE_FULL);
    CHECK_THROWS_AS(store.db.exec("INSERT INTO row(bytes) SELECT randomblob(50000) FROM row"), sqlite_error);
    disk.fail_writes(SQLITE_OK);
    const bool open = store.db.in_transaction();
    if (open) {
        store.db.exec("COMMIT");
    }
    CHECK(seen_by_another(where.path()) == (open ? 130 : 100));
}

TEST_CASE("what was undone is not written over what another has committed since") {
    temporary_store where;
    std::optional<written> store{where.path()};
    store->add(40);
    store->db.exec("PRAGMA wal_checkpoint(RESTART)");
    store->db.exec("PRAGMA cache_size = 4");
    store->db.exec("BEGIN");
    store->add(9);  // some of it leaves the cache
    store->db.exec("ROLLBACK");
    {
        connection other{where.path(), SQLITE_OPEN_READWRITE};
        other.exec("PRAGMA wal_autocheckpoint = 0");
        other.exec("INSERT INTO row(bytes) SELECT zeroblob(4000) FROM row");
        CHECK(seen_by_another(where.path()) == 80);
        const bool ends = GENERATE(true, false);
        if (ends) {
            store.reset();
        } else {
            store->add(1);
        }
        CHECK(seen_by_another(where.path()) == (ends ? 80 : 81));
    }
}

TEST_CASE("a log that starts over holds what came last") {
    temporary_store where;
    written store{where.path()};
    for (int round = 0; round < 5; ++round) {
        store.db.exec("BEGIN");
        store.add(20);
        store.db.exec("COMMIT");
        store.db.exec("PRAGMA wal_checkpoint(RESTART)");
        CHECK(seen_by_another(where.path()) == (round + 1) * 20);
    }
}

}  // namespace tapes::store::file_log_vfs_test
