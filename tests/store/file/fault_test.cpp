#include "faulty_vfs.hpp"
#include "support.hpp"

#include <tapes/store/dead_letters.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <future>

namespace tapes::store::file_fault_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;
using capture::drop_reason;

namespace {

/// Waits until the writer has noticed that the disk fails: it tries again and again, and each try is a hit.
bool wait_until_failing(const writer& out, faulty_vfs& disk) {
    while (!out.failing()) {
        if (!disk.wait_for_hits(disk.hits() + 1)) {
            return false;
        }
    }
    return true;
}

writer::settings quick() {
    writer::settings how;
    how.retry = 5ms;
    return how;
}

}  // namespace

TEST_CASE("on a full disk the log's own room is used again") {
    faulty_vfs disk;
    temporary_store where;
    {
        open_store store{where, quick()};
        store.submit(one(make_turn({"q", std::string(200'000, 'a')})));
        REQUIRE(store.settled());
        disk.limit_log(static_cast<std::int64_t>(std::filesystem::file_size(where.path() + "-wal")));
        for (int i = 0; i < 20; ++i) {
            store.submit(one(make_turn({"q" + std::to_string(i), std::string(50'000, 'b')})));
            REQUIRE(store.settled());
        }
        CHECK_FALSE(store.out.failing());
    }
    CHECK(number(where.path(), "SELECT count(*) FROM exchange") == 21);
}

TEST_CASE("a full or broken disk holds the turns back until it works again, and none is lost or doubled") {
    const int code = GENERATE(SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_READONLY, SQLITE_CORRUPT);
    const bool in_sync = GENERATE(false, true);
    CAPTURE(code, in_sync);
    faulty_vfs disk;
    temporary_store where;
    {
        store_lock lock{{where.path(), synchronous::full}};
        capture::ledger account;
        test_lane lane;
        writer out{lock, account, quick()};
        std::size_t count = 0;
        const auto submit = [&](const std::string& text) {
            account.accept();
            auto turn = make_turn({"q", text});
            turn->exchange->waiter = std::make_shared<test_receipt>(lane);
            out.submit(one(std::move(turn)));
            ++count;
        };
        submit("before");
        REQUIRE(lane.wait_for(1));
        in_sync ? disk.fail_syncs(code) : disk.fail_writes(code);
        submit("held");
        REQUIRE(wait_until_failing(out, disk));
        REQUIRE(disk.wait_for_hits(3));
        CHECK_FALSE(out.status().error.empty());
        for (int i = 0; i < 600; ++i) {
            submit("more" + std::to_string(i));
        }
        CHECK(lane.told() == 1);
        CHECK(account.read().in_flight() == 601);
        CHECK(out.status().queued == 601);
        in_sync ? disk.fail_syncs(SQLITE_OK) : disk.fail_writes(SQLITE_OK);
        REQUIRE(lane.wait_for(count));
        out.stop(soon());
        CHECK_FALSE(out.failing());
        CHECK(account.read().recorded == count);
    }
    reader in{where.path()};
    CHECK(in.last_seq() == 602);
    CHECK(in.totals().recorded == 602);
    CHECK(in.totals().in_flight() == 0);
    CHECK(number(where.path(), "SELECT count(*) FROM exchange") == 602);
    CHECK(number(where.path(), "SELECT count(*) FROM node") == 603);
    CHECK(text(where.path(), "PRAGMA integrity_check") == "ok");
}

TEST_CASE("a database file that cannot be synced loses nothing: the log keeps what was copied") {
    faulty_vfs disk;
    temporary_store where;
    temporary_store lost;
    constexpr int turns = 600;
    const auto nodes_in = [](const std::string& path) {
        { const store_lock opened{{path, synchronous::full}}; }
        CHECK(text(path, "PRAGMA integrity_check") == "ok");
        return number(path, "SELECT count(*) FROM node");
    };
    {
        auto how = quick();
        how.wal_checkpoint_bytes = 256 * 1024;
        open_store store{where, how};
        std::filesystem::copy_file(where.path(), lost.path());
        disk.fail_database_syncs(SQLITE_IOERR_FSYNC);
        for (int i = 0; i < turns; ++i) {
            REQUIRE(store.commit(make_turn({std::to_string(i), std::string(2000, 'x')})));
        }
        CHECK(disk.hits() > 0);
        CHECK_FALSE(store.out.failing());
        // As if the power had gone now, and with it every page that was copied.
        std::filesystem::copy_file(where.path() + "-wal", lost.path() + "-wal");
        store.out.stop(soon());
        CHECK(store.account.read().recorded == turns);
        disk.fail_database_syncs(SQLITE_OK);
    }
    CHECK(nodes_in(lost.path()) == 2 * turns);
    CHECK(std::filesystem::file_size(where.path() + "-wal") > 1024 * 1024);
    CHECK(nodes_in(where.path()) == 2 * turns);
}

TEST_CASE("no page reaches the database before the log that it came from is on the disk") {
    const auto durability = GENERATE(synchronous::full, synchronous::normal);
    CAPTURE(durability);
    faulty_vfs disk;
    temporary_store where;
    {
        store_lock lock{{where.path(), durability}};
        capture::ledger account;
        test_lane lane;
        auto how = quick();
        how.wal_checkpoint_bytes = 256 * 1024;
        writer out{lock, account, how};
        std::uint64_t widest = 0;
        for (std::size_t i = 0; i < 600; ++i) {
            account.accept();
            auto turn = make_turn({std::to_string(i), std::string(2000, 'x')});
            turn->exchange->waiter = std::make_shared<test_receipt>(lane);
            out.submit(one(std::move(turn)));
            if (i % 20 == 19) {
                REQUIRE(lane.wait_for(i + 1));
            }
            widest = std::max(widest, out.status().wal_bytes);
        }
        out.stop(soon());
        CHECK(account.read().recorded == 600);
        CHECK(widest < 1024 * 1024);
    }
    CHECK(disk.early_pages() == 0);
    CHECK(number(where.path(), "SELECT count(*) FROM node") == 1200);
    CHECK(text(where.path(), "PRAGMA integrity_check") == "ok");
}

TEST_CASE("what still cannot be written at the deadline is a store error, and its waiters are told") {
    faulty_vfs disk;
    temporary_store where;
    {
        open_store store{where, quick()};
        disk.fail_writes(SQLITE_FULL);
        for (int i = 0; i < 5; ++i) {
            store.submit(one(make_turn({"q" + std::to_string(i), "a"})));
        }
        REQUIRE(wait_until_failing(store.out, disk));
        store.out.stop(std::chrono::steady_clock::now() + 30ms);
        CHECK(store.lane.told() == 5);
        CHECK(dropped(store.account.read(), drop_reason::store_error) == 5);
        CHECK(store.account.read().in_flight() == 0);
        disk.fail_writes(SQLITE_OK);
    }
    CHECK(reader{where.path()}.last_seq() == 0);
}

TEST_CASE("an entry that cannot be written takes no neighbour with it and leaves a bare exchange") {
    temporary_store where;
    std::vector<drop_reason> seen;
    { store_lock made{where.options()}; }
    {
        connection db{where.path(), SQLITE_OPEN_READWRITE};
        db.exec(
            "CREATE TRIGGER refuse BEFORE INSERT ON wire WHEN NEW.request_size = 12345"
            " BEGIN SELECT RAISE(ABORT, 'refused'); END");
    }
    {
        writer::settings how;
        how.on_settled = [&](const entry& one) { seen.push_back(one.dropped); };
        open_store store{where, how};
        std::vector<std::unique_ptr<entry>> entries;
        for (int i = 0; i < 9; ++i) {
            entries.push_back(make_turn({"q" + std::to_string(i), "a"}));
        }
        SECTION("a node that stands before its parent") {
            entries[4]->nodes[0].parent = 1;
        }
        SECTION("a row that SQLite refuses") {
            entries[4]->wire.request.raw_size = 12345;
        }
        store.submit(std::move(entries));
        REQUIRE(store.settled());
        store.out.stop(soon());
        CHECK(store.account.read().recorded == 8);
        CHECK(dropped(store.account.read(), drop_reason::store_error) == 1);
    }
    REQUIRE(seen.size() == 9);
    CHECK(seen[4] == drop_reason::store_error);
    reader in{where.path()};
    const auto rows = in.read_log(0, 1 << 20);
    REQUIRE(rows.size() == 9);
    CHECK(rows[4].nodes.empty());
    CHECK(rows[5].nodes.size() == 2);
    CHECK(number(where.path(), "SELECT count(*) FROM node") == 16);
    CHECK(text(where.path(), "SELECT drop_reason || ifnull(head_hash, '') FROM exchanges WHERE seq = 5") ==
          "store_error");
    CHECK(in.totals().recorded == 8);
    CHECK(in.totals().in_flight() == 0);
}

TEST_CASE("dead letters are reported as kept only once they are") {
    faulty_vfs disk;
    temporary_store where;
    open_store store{where, quick()};
    std::promise<void> kept;
    auto told = kept.get_future();
    disk.fail_writes(SQLITE_FULL);
    tapes::store::dead_letter letter;
    letter.source = "kafka";
    letter.seq = 4;
    keep_dead_letter(store.out, letter, std::nullopt, 4, [&](const std::string&) { kept.set_value(); });
    REQUIRE(disk.wait_for_hits(4));
    CHECK(told.wait_for(0s) == std::future_status::timeout);
    disk.fail_writes(SQLITE_OK);
    REQUIRE(told.wait_until(soon()) == std::future_status::ready);
    reader in{where.path()};
    CHECK(letter_reader{where.path()}.count_open({}) == 1);
    CHECK(in.cursor("kafka") == 4);
}

}  // namespace tapes::store::file_fault_test
