#include "eventually.hpp"
#include "support.hpp"

#include <tapes/store/dead_letters.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <thread>

namespace tapes::store::write_writer_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;

TEST_CASE("a name leads to the newest exchange that gave it, also when an older one is amended") {
    temporary_store where;
    open_store store{where};
    const auto named = [](std::unique_ptr<entry> turn) {
        turn->stateful = true;
        turn->conversation = "conv_1";
        turn->item_ids = {"msg_1"};
        return turn;
    };
    REQUIRE(store.commit(named(make_turn({"q", "a"}))));
    REQUIRE(store.commit(named(make_turn({"q", "a", "r", "b"}))));
    auto fuller = named(make_turn({"q", "a and more"}));
    fuller->exchange->amends = 1;
    REQUIRE(store.commit(std::move(fuller)));
    for (const std::string table : {"conversation", "response_item", "response"}) {
        INFO(table);
        CHECK(number(where.path(), "SELECT exchange FROM " + table) == 2);
    }
}

TEST_CASE("a conversation is one chain whose known part is stored once") {
    temporary_store where;
    open_store store{where};
    REQUIRE(store.commit(make_turn({"q1", "a1"})));
    REQUIRE(store.commit(make_turn({"q1", "a1", "q2", "a2"})));
    REQUIRE(store.commit(make_turn({"q1", "a1", "q2", "a2", "q3", "a3"})));
    CHECK(store.out.status().new_nodes == 6);

    reader in{where.path()};
    const auto rows = in.read_log(0, 1 << 20);
    REQUIRE(rows.size() == 3);
    std::optional<merkle::digest> before;
    std::int64_t depth = 0;
    for (const auto& row : rows) {
        REQUIRE(row.nodes.size() == 2);
        for (const auto& node : row.nodes) {
            CHECK(node.parent == before);
            CHECK(node.root == rows[0].nodes[0].hash);
            CHECK(node.depth == depth++);
            CHECK(merkle::hash_stored(node.parent, {node.model, node.provider, node.agent_name}, node.role,
                                      node.content) == node.hash);
            before = node.hash;
        }
        CHECK(row.nodes[0].used.total_tokens == std::nullopt);
        CHECK(row.nodes[1].used.total_tokens == 7);
        CHECK(row.nodes[1].stop_reason == "stop");
        CHECK(row.nodes[1].project == "project");
    }
}

TEST_CASE("a long history is found from its tail, also when nothing of it is remembered") {
    temporary_store where;
    std::vector<std::string> texts;
    for (int i = 0; i < 200; ++i) {
        texts.push_back("m" + std::to_string(i));
    }
    {
        open_store store{where};
        REQUIRE(store.commit(make_turn(texts)));
        CHECK(store.out.status().new_nodes == 200);
    }
    open_store store{where};
    texts.push_back("q");
    texts.push_back("a");
    REQUIRE(store.commit(make_turn(texts)));
    CHECK(store.out.status().new_nodes == 2);
    REQUIRE(store.commit(make_turn({"m0", "m1", "other"})));
    CHECK(store.out.status().new_nodes == 3);
    CHECK(number(where.path(), "SELECT max(depth) FROM node") == 201);
    CHECK(number(where.path(),
                 "SELECT count(*) FROM node n JOIN node p ON p.id = n.parent"
                 " WHERE n.depth != p.depth + 1 OR n.root != p.root OR p.id > n.id") == 0);
}

TEST_CASE("several answers are siblings, the first one is the head and has the usage") {
    temporary_store where;
    open_store store{where};
    auto turn = make_exchange();
    add_node(*turn, "q", -1);
    add_node(*turn, "a0", 0, 0);
    add_node(*turn, "a1", 0, 1);
    add_node(*turn, "a0", 0, 2);
    const auto head = turn->nodes[1].node.position.hash;
    REQUIRE(store.commit(std::move(turn)));
    reader in{where.path()};
    const auto rows = in.read_log(0, 1 << 20);
    REQUIRE(rows.at(0).nodes.size() == 3);
    CHECK(rows[0].nodes[1].hash == head);
    CHECK(rows[0].nodes[1].used.total_tokens == 7);
    CHECK(rows[0].nodes[2].used.total_tokens == std::nullopt);
    CHECK(rows[0].nodes[2].parent == rows[0].nodes[0].hash);
    CHECK(text(where.path(), "SELECT head_hash FROM exchanges") == hex(head));
    CHECK(number(where.path(), "SELECT count(*) FROM exchange_node") == 3);
}

TEST_CASE("every exchange has a log row, one that repeats or drops a turn an empty range") {
    temporary_store where;
    open_store store{where};
    REQUIRE(store.commit(make_turn({"q", "a"})));
    REQUIRE(store.commit(make_turn({"q", "a"})));
    REQUIRE(store.commit(make_exchange(capture::drop_reason::upstream_status)));
    reader in{where.path()};
    const auto rows = in.read_log(0, 1 << 20);
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].nodes.size() == 2);
    CHECK(rows[1].nodes.empty());
    CHECK(rows[2].nodes.empty());
    CHECK(rows[2].seq == 3);
    CHECK(store.out.last_seq() == 3);
    CHECK(in.last_seq() == 3);
    CHECK(text(where.path(), "SELECT drop_reason FROM exchanges WHERE seq = 3") == "upstream_status");
    CHECK(in.read_log(1, 1 << 20, 1).at(0).seq == 2);
    CHECK(in.read_log(3, 1 << 20).empty());
    CHECK(in.read_log(0, 1).size() == 1);
    CHECK(in.oldest_after_ms(2).has_value());
    CHECK_FALSE(in.oldest_after_ms(3).has_value());
}

TEST_CASE("waiters are told once per lane and group, after the ledger is settled") {
    temporary_store where;
    store_lock lock{where.options()};
    capture::ledger account;
    test_lane first;
    test_lane second;
    std::size_t groups = 0;
    bool told_early = false;
    writer::settings how;
    how.on_commit = [&](std::size_t, std::chrono::nanoseconds) { ++groups; };
    how.on_settled = [&](const entry&) { told_early = told_early || account.read().in_flight() != 0; };
    writer out{lock, account, how};
    std::vector<std::unique_ptr<entry>> entries;
    for (int i = 0; i < 100; ++i) {
        account.accept();
        entries.push_back(make_turn({"q" + std::to_string(i), "a"}));
        entries.back()->exchange->waiter = std::make_shared<test_receipt>(i % 2 == 0 ? first : second);
    }
    out.submit(std::move(entries));
    REQUIRE(first.wait_for(50));
    REQUIRE(second.wait_for(50));
    out.stop(soon());
    CHECK(groups == 1);
    CHECK(first.calls() == 1);
    CHECK(second.calls() == 1);
    CHECK_FALSE(told_early);
    CHECK(account.read().recorded == 100);
}

TEST_CASE("cursors, notes and dead letters are kept, the newest value of each") {
    temporary_store where;
    {
        writer::settings how;
        how.cursor_interval = 20ms;
        open_store store{where, how};
        store.out.save_cursor("kafka", 3);
        store.out.save_cursor("kafka", 5);
        store.out.save_note("reached", "yes");
        std::mutex mutex;
        std::condition_variable changed;
        bool done = false;
        tapes::store::dead_letter letter;
        letter.source = "kafka";
        letter.seq = 6;
        letter.reason = "too large";
        keep_dead_letter(store.out, letter, std::nullopt, 6, [&](const std::string& error) {
            CHECK(error.empty());
            const std::lock_guard guard{mutex};
            done = true;
            changed.notify_all();
        });
        std::unique_lock wait{mutex};
        REQUIRE(changed.wait_for(wait, 60s, [&] { return done; }));
        reader in{where.path()};
        CHECK(in.cursor("kafka") == 6);
        CHECK(in.cursor("other") == std::nullopt);
        CHECK(in.note("reached") == "yes");
        CHECK(letter_reader{where.path()}.count_open({}) == 1);
        const auto rows = in.read_log(0, 1 << 20);
        REQUIRE(rows.size() == 1);
        CHECK(rows[0].kind == log_kind::dead_letter);
        store.out.save_cursor("kafka", 9);
    }
    reader in{where.path()};
    CHECK(in.cursor("kafka") == 9);
}

TEST_CASE("a wait ends with the commit, with its time, or when interrupted") {
    temporary_store where;
    open_store store{where};
    CHECK(store.out.wait_past(0, 1ms) == 0);
    std::uint64_t seen = 0;
    std::thread waits{[&] { seen = store.out.wait_past(0, 20s); }};
    REQUIRE(store.commit(make_turn({"q", "a"})));
    waits.join();
    CHECK(seen == 1);
    std::atomic<bool> over{false};
    std::thread interrupted{[&] {
        store.out.wait_past(1, 20s);
        over = true;
    }};
    while (!over) {
        store.out.interrupt_waits();
        std::this_thread::yield();
    }
    interrupted.join();
    std::thread stopped{[&] { store.out.wait_past(1, 20s); }};
    store.out.stop(soon());
    stopped.join();
}

TEST_CASE("a job that only looks keeps the writer from nothing that it does when it is idle") {
    temporary_store where;
    writer::settings how;
    how.cursor_interval = 20ms;
    open_store store{where, how};
    std::vector<std::string> said;
    for (int i = 0; i < 5000; ++i) {
        said.push_back("text " + std::to_string(i));
    }
    REQUIRE(store.commit(make_turn(said)));
    const auto tidied = [&] {
        CHECK(claim_due_letters(store.out, {"kafka"}, 1, 1, 1).empty());
        return store.out.status().wal_bytes == 0 &&
               number(where.path(), "SELECT count(*) FROM node_by_hash") == 5000;
    };
    CHECK(tapes::test::eventually(tidied, 40s, 5ms));
}

TEST_CASE("the WAL stays short under load, and a reader that holds on does not block the writer") {
    temporary_store where;
    writer::settings how;
    how.wal_checkpoint_bytes = 256 * 1024;
    open_store store{where, how};
    std::uint64_t widest = 0;
    const auto load = [&](const std::string& name, int turns) {
        for (int i = 0; i < turns; ++i) {
            REQUIRE(store.commit(make_turn({name + std::to_string(i), std::string(2000, 'x')})));
            widest = std::max(widest, store.out.status().wal_bytes);
        }
    };
    load("free", 300);
    CHECK(widest < 512 * 1024);
    connection held{where.path(), SQLITE_OPEN_READONLY};
    held.exec("BEGIN");
    const auto seen = held.integer("SELECT count(*) FROM node");
    load("held", 100);
    CHECK(held.integer("SELECT count(*) FROM node") == seen);
    held.exec("COMMIT");
    widest = 0;
    load("again", 200);
    store.out.stop(soon());
    CHECK(store.out.status().wal_bytes == 0);
    CHECK(number(where.path(), "SELECT count(*) FROM node") == 1200);
}

TEST_CASE("what is submitted while the writer stops is committed, what comes later is a store error") {
    temporary_store where;
    open_store store{where};
    std::vector<std::unique_ptr<entry>> entries;
    for (int i = 0; i < 2000; ++i) {
        entries.push_back(make_turn({"q" + std::to_string(i), "a"}));
    }
    store.submit(std::move(entries));
    store.out.stop(soon());
    store.out.stop(soon());
    CHECK(store.account.read().recorded == 2000);
    CHECK(store.lane.told() == 2000);
    REQUIRE(store.commit(make_turn({"late", "a"})));
    CHECK(dropped(store.account.read(), capture::drop_reason::store_error) == 1);
    CHECK(store.account.read().in_flight() == 0);
}

TEST_CASE("entries from many threads are all committed, each once") {
    temporary_store where;
    open_store store{where};
    std::vector<std::thread> threads;
    constexpr int each = 200;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&store, t] {
            for (int i = 0; i < each; ++i) {
                auto turn = make_turn({"q" + std::to_string(t) + "." + std::to_string(i), "a"});
                store.account.accept();
                turn->exchange->waiter = std::make_shared<test_receipt>(store.lane);
                store.out.submit(one(std::move(turn)));
                store.out.save_cursor("c" + std::to_string(t), static_cast<std::uint64_t>(i));
                (void)store.out.status();
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    REQUIRE(store.lane.wait_for(4 * each));
    store.out.stop(soon());
    reader in{where.path()};
    CHECK(in.last_seq() == 4 * each);
    CHECK(number(where.path(), "SELECT count(*) FROM node") == 8 * each);
    CHECK(in.cursor("c3") == each - 1);
}

}  // namespace tapes::store::write_writer_test
