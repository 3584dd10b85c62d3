#include "support.hpp"

#include <tapes/merkle/chain.hpp>
#include <tapes/store/dead_letters.hpp>
#include <tapes/store/exchange_view.hpp>
#include <tapes/store/received.hpp>
#include <tapes/store/verify.hpp>

#include <catch2/catch.hpp>
#include <sys/stat.h>

namespace tapes::store::verify_verify_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;

namespace {

/// A store with a bit of everything; closed, so that it can be changed from outside.
class filled_store {
public:
    explicit filled_store(int turns = 3) {
        open_store store{where};
        std::vector<std::string> said;
        for (int i = 0; i < turns; ++i) {
            said.push_back("question " + std::to_string(i));
            said.push_back("answer " + std::to_string(i));
            auto turn = make_turn(said);
            if (i == 0) {
                auto first = make_piece("[1", nullptr);
                auto second = make_piece(",2]", &first.digest);
                piece_chain chain;
                chain.offset = 3;
                chain.added = {first, second};
                turn->wire.pieces.push_back(chain);
                turn->stateful = true;
                turn->item_ids = {"msg_1"};
            }
            if (i == 1) {  // a second choice
                add_node(*turn, "another answer", static_cast<int>(said.size()) - 2, 1);
            }
            REQUIRE(store.commit(std::move(turn)));
        }
        REQUIRE(store.commit(make_exchange(capture::drop_reason::upstream_status)));
        store.out.save_cursor("kafka", 2);
        tapes::store::dead_letter letter;
        letter.source = "kafka";
        letter.seq = 1;
        keep_dead_letter(store.out, letter, std::nullopt, 1);
        store.out.stop(soon());
    }

    void change(const std::string& sql) const {
        connection db{where.path(), SQLITE_OPEN_READWRITE};
        db.exec(sql);
        REQUIRE(sqlite3_changes(db.handle()) > 0);
    }

    std::vector<std::string> lines() const {
        findings wrong;
        verify({where.path()}, wrong);
        return wrong.lines();
    }

    /// One of the findings says this.
    bool names(const std::string& text) const {
        for (const auto& line : lines()) {
            UNSCOPED_INFO(line);
            if (line.find(text) != std::string::npos) {
                return true;
            }
        }
        return false;
    }

    temporary_store where;
};

/// Sorts all of its rows into the indexes.
void index_all(const filled_store& in) {
    in.change(
        "INSERT INTO index_state SELECT 'node_by_hash', max(id) FROM node;"
        "INSERT INTO index_state SELECT 'node_by_match', max(id) FROM node;"
        "INSERT INTO index_state SELECT 'piece_by_digest', max(id) FROM piece");
    connection db{in.where.path(), SQLITE_OPEN_READWRITE};
    for (const auto& [table, rows, column] :
         {std::tuple{"node_by_hash", "node", "hash"}, std::tuple{"piece_by_digest", "piece", "digest"}}) {
        statement all{db, std::string{"SELECT id, "} + column + " FROM " + rows};
        statement add{db, std::string{"INSERT INTO "} + table + " VALUES(?1, ?2)"};
        while (all.step()) {
            std::uint64_t prefix = 0;
            for (const auto byte : all.blob_at(1).first(8)) {
                prefix = prefix << 8U | byte;
            }
            add.integer(1, static_cast<std::int64_t>(prefix));
            add.integer(2, all.integer_at(0));
            add.run();
        }
    }
}

}  // namespace

TEST_CASE("a store that was only written by the writer has nothing wrong") {
    filled_store in;
    findings wrong;
    const auto seen = verify({in.where.path()}, wrong);
    CHECK(wrong.lines() == std::vector<std::string>{});
    CHECK(seen.nodes == 7);
    CHECK(seen.exchanges == 4);
    CHECK(seen.log_rows == 5);
    CHECK(seen.pieces == 2);
    CHECK(seen.unlogged_nodes == 0);
    index_all(in);
    CHECK(in.lines() == std::vector<std::string>{});
}

TEST_CASE("a store is checked while it is written to") {
    temporary_store where;
    open_store store{where};
    for (int i = 0; i < 50; ++i) {
        REQUIRE(store.commit(make_turn({"q" + std::to_string(i), "a"})));
        if (i % 10 == 0) {
            findings wrong;
            verify({where.path()}, wrong);
            CHECK(wrong.lines() == std::vector<std::string>{});
        }
    }
}

TEST_CASE("a node whose content holds what clients drop must have a match of its own") {
    struct content {
        const char* last_block;
        bool is_named;
    };
    const auto& shown = GENERATE(values<content>({
        {R"({"type":"thinking","thinking":"t"})", true},
        {R"({"type":"annotation","raw":{"url":"x"}})", true},
        {R"({"type":"audio_data","text":"a"})", true},
        {R"({"type":"web_search_call","raw":{"type":"web_search_call"}})", true},
        {R"({"type":"tool_use","tool_name":"f","signature":"s"})", true},
        // Unknown parts of a message.
        {R"({"type":"citations","raw":{"text":"a","type":"citations"}})", false},
        {R"({"type":"widget","raw":{"a":1,"thinking":"t","type":"widget"}})", false},
    }));
    INFO(shown.last_block);
    temporary_store where;
    const auto content = R"([{"type":"text","text":"q"},)" + std::string{shown.last_block} + "]";
    {
        open_store store{where};
        received_item item;
        item.node.content = content;
        item.node.role = "assistant";
        item.node.identity = {"m", "openai", ""};
        item.node.hash = item.node.root =
            merkle::hash_stored({}, item.node.identity, item.node.role, content).value();
        REQUIRE(store_received(store.out, {&item, 1}).each.front() == reception::added);
        store.out.stop(soon());
    }
    findings wrong;
    verify({where.path()}, wrong);
    const std::string all = wrong.lines().empty() ? "" : wrong.lines().front();
    CHECK((all.find("has no match, though its content holds what clients drop") != std::string::npos) ==
          shown.is_named);
    CHECK(wrong.count() == (shown.is_named ? 1 : 0));
}

TEST_CASE("what was changed from outside is named") {
    struct change {
        const char* sql;
        const char* named;
    };
    const auto& one = GENERATE(values<change>({
        {"UPDATE node SET content = replace(content, 'answer 0', 'answer O') WHERE id = 2", "node 2 ("},
        {"UPDATE node SET content = '{' WHERE id = 2", "its content is no JSON array"},
        {"UPDATE node SET hash = zeroblob(32) WHERE id = 3", "its hash is not that of what it holds"},
        {"UPDATE node SET hash = x'00' WHERE id = 3", "node 3: its hash is no digest"},
        {"UPDATE node SET parent = 1 WHERE id = 3", "its depth is 2, not 1"},
        {"UPDATE node SET parent = 5 WHERE id = 3", "does not stand behind its parent, node 5"},
        {"UPDATE node SET parent = 99 WHERE id = 3", "its parent, node 99, is missing"},
        {"UPDATE node SET root = 2 WHERE id = 4", "its root is node 2, not 1"},
        {"UPDATE node SET depth = 9 WHERE id = 4", "its depth is 9, not 3"},
        {"UPDATE node SET role = 999 WHERE id = 4", "string 999 is missing"},
        {"UPDATE node SET match = zeroblob(32) WHERE id = 2", "has no match, though its parent has one"},
        {"UPDATE node SET match = hash WHERE id = 2", "its match is no other digest than its hash"},
        {"DELETE FROM node WHERE id = 7", "node 7: is missing"},
        {"UPDATE node SET hash = (SELECT hash FROM node WHERE id = 1) WHERE id = 6",
         "node 6: is there already, as node 1"},
        {"UPDATE piece SET digest = zeroblob(32) WHERE id = 2",
         "piece 2: its digest is not that of its bytes"},
        {"UPDATE piece SET bytes = '[3' WHERE id = 1", "piece 1: its digest is not that of its bytes"},
        {"UPDATE piece SET parent = NULL WHERE id = 2", "piece 2: its digest is not that of its bytes"},
        {"UPDATE piece SET zstd = 1 WHERE id = 1", "piece 1: its bytes are not the zstd frame"},
        {"UPDATE piece SET node = 99 WHERE id = 1", "piece 1: leads to node 99, which is missing"},
        {"DELETE FROM piece WHERE id = 1", "piece 2: its parent, piece 1, is missing"},
        {"UPDATE exchange SET head = 99 WHERE id = 1", "exchange 1: its answer, node 99, is missing"},
        {"UPDATE exchange SET head = NULL WHERE id = 1", "exchange 1: is a turn without an answer's node"},
        {"UPDATE exchange SET head = 1 WHERE id = 4", "exchange 4: is no turn, yet has an answer's node"},
        {"UPDATE exchange SET head = 1 WHERE id = 2", "exchange 2: its choices do not begin with its answer"},
        {"UPDATE exchange_node SET node = 99 WHERE choice = 1", "the node of one of its choices is missing"},
        {"UPDATE exchange SET end_reason = 999 WHERE id = 1", "exchange 1: its end_reason is none"},
        {"INSERT INTO node_variant VALUES(99, 1)", "node_variant 99: its node is missing"},
        {"DELETE FROM exchange WHERE id = 1", "log row 1: exchange 1 is missing"},
        {"DELETE FROM exchange WHERE id = 1", "wire 1: exchange 1 is missing"},
        {"DELETE FROM exchange WHERE id = 1", "response_item msg_1: exchange 1 is missing"},
        {"DELETE FROM log WHERE seq = 2", "log row 2: is missing"},
        {"DELETE FROM log WHERE seq = 5", "log row 5: is missing"},
        {"UPDATE log SET ref = 1 WHERE seq = 2", "log row 2: names exchange 1"},
        {"UPDATE log SET ref = 9 WHERE seq = 5", "log row 5: change 9 of a dead letter is missing"},
        {"UPDATE log SET first_node = 4 WHERE seq = 2",
         "node 3: came with a turn, but is in no row of the log"},
        {"UPDATE log SET first_node = NULL, last_node = NULL WHERE seq = 3", "node 7: came with a turn"},
        {"UPDATE log SET first_node = 2 WHERE seq = 2",
         "log row 2: its nodes 2 to 5 are in an earlier row too"},
        {"UPDATE log SET last_node = 99 WHERE seq = 3", "log row 3: its nodes 6 to 99 cannot be"},
        {"UPDATE cursor SET seq = 99", "cursor kafka: stands at 99, the log ends at 5"},
        {"UPDATE total SET value = 9 WHERE name = 'recorded'", "total recorded: is 9, there are 3"},
        {"UPDATE total SET value = 2 WHERE name = 'dropped.upstream_status'",
         "total dropped.upstream_status: is 2, there are 1 such exchanges"},
        {"UPDATE total SET name = 'dropped.upstream_statur' WHERE name = 'dropped.upstream_status'",
         "total dropped.upstream_statur: the ledger has no such figure"},
        {"UPDATE cursor SET name = ''", "cursor: one has no name"},
        {"UPDATE piece SET node = 2, leading = 3 WHERE id = 1",
         "piece 1: its leading node, 3, is not above node 2"},
        {"UPDATE piece SET leading = 1 WHERE id = 1", "piece 1: has a leading node, but leads to none"},
        {"UPDATE total SET value = 1 WHERE name = 'accepted'", "total accepted: is 1, less than the 4"},
        {"DELETE FROM total WHERE name = 'dropped.upstream_status'", "total dropped.upstream_status: is 0"},
        {"UPDATE total SET value = -1 WHERE name = 'accepted'", "total accepted: is no number of exchanges"},
        {"UPDATE node SET created_at = created_at + 1 WHERE id = 3",
         "node 3: its created_at is not that of exchange 2, which brought it"},
        {"UPDATE node SET project = role WHERE id = 3", "node 3: its project is not that of exchange 2"},
        {"UPDATE node SET total_tokens = 77 WHERE id = 1", "node 1: its usage is not that of exchange 1"},
        {"UPDATE node SET total_tokens = 77 WHERE id = 2", "node 2: its usage is not that of exchange 1"},
        {"UPDATE node SET stop_reason = role WHERE id = 1", "node 1: its stop_reason is not that of"},
        {"UPDATE node SET stop_reason = role WHERE id = 2", "node 2: its stop_reason is not that of"},
        {"UPDATE log SET at = at + 1 WHERE seq = 4", "log row 4: its time is not that of its exchange"},
        {"UPDATE exchange SET id = 99 WHERE id = 4", "exchange 99: stands behind the end of the log, 5"},
        {"UPDATE exchange SET mapping_version = 0 WHERE id = 1", "exchange 1: its mapping_version is 0"},
        {"UPDATE exchange SET project = 999 WHERE id = 4", "exchange 4: string 999 is missing"},
        {"INSERT INTO exchange_node VALUES(9, 0, 1)", "exchange_node 9: exchange 9 is missing"},
        {"INSERT INTO response VALUES('resp_x', 0, 2)", "response resp_x: exchange 2 has another name"},
        {"UPDATE cursor SET seq = 'abc'", "cursor kafka: stands at -1, the log ends at 5"},
        {"DELETE FROM secret", "secret: the key of the redactions is missing"},
    }));
    CAPTURE(one.sql);
    filled_store in;
    in.change(one.sql);
    CHECK(in.names(one.named));
}

TEST_CASE("an index that lacks a row, or has one too many, is named") {
    filled_store in;
    index_all(in);
    SECTION("a node's hash") {
        in.change("UPDATE node_by_hash SET prefix = prefix + 1 WHERE row = 3");
        CHECK(in.names("is not in node_by_hash"));
    }
    SECTION("a piece's digest") {
        in.change("DELETE FROM piece_by_digest WHERE row = 2");
        CHECK(in.names("piece 2: is not in piece_by_digest"));
    }
    SECTION("one too many") {
        in.change("INSERT INTO node_by_hash VALUES(1, 1)");
        CHECK(in.names("index node_by_hash: has 8 rows for the 7 up to node 7"));
    }
    SECTION("one that says that it reaches further") {
        in.change("UPDATE index_state SET indexed_to = 99 WHERE name = 'node_by_hash'");
        CHECK(in.names("node_by_hash is said to reach row 99 of 7"));
    }
    SECTION("a hash that is there twice") {
        in.change(
            "UPDATE node SET hash = (SELECT hash FROM node WHERE id = 1) WHERE id = 6;"
            "UPDATE node_by_hash SET prefix = (SELECT prefix FROM node_by_hash WHERE row = 1) WHERE row = 6");
        CHECK(in.names("node 6: is there already, as node 1"));
    }
}

TEST_CASE("rows that hold other than numbers are named, and nobody goes on from them for ever") {
    const std::string table = GENERATE("node_variant", "node_by_hash");
    filled_store in;
    in.change("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) INSERT INTO " +
              table + " SELECT 'x', i FROM n");
    INFO(table);
    CHECK(in.names("a row holds other than numbers"));
}

TEST_CASE("a damaged page is named, and the rest is checked all the same") {
    filled_store in;
    const auto page = number(in.where.path(), "SELECT rootpage FROM sqlite_master WHERE name = 'piece'");
    const auto size = number(in.where.path(), "PRAGMA page_size");
    {
        auto* const file = std::fopen(in.where.path().c_str(), "r+b");
        REQUIRE(file != nullptr);
        std::fseek(file, static_cast<long>((page - 1) * size), SEEK_SET);
        const std::string junk(static_cast<std::size_t>(size), '\x5a');
        CHECK(std::fwrite(junk.data(), 1, junk.size(), file) == junk.size());
        std::fclose(file);
    }
    CHECK(in.names("piece"));
    in.change("UPDATE cursor SET seq = 99");
    CHECK(in.names("cursor kafka"));
}

TEST_CASE("no value that is kept of an exchange can be changed without being named") {
    std::vector<std::string> columns;
    const filled_store in;
    {
        connection db{in.where.path(), SQLITE_OPEN_READWRITE};
        for (const std::string table : {"exchange", "wire"}) {
            statement all{db, "SELECT name FROM pragma_table_info('" + table + "')"};
            while (all.step()) {
                columns.push_back(table + "." + std::string{all.text_at(0)});
            }
        }
    }
    REQUIRE(columns.size() > 50);
    for (const auto& column : columns) {
        const auto table = column.substr(0, column.find('.'));
        const auto name = column.substr(table.size() + 1);
        if (name == "id" || name == "exchange") {
            continue;  // another number is another exchange
        }
        INFO(column);
        const std::string key = table == "wire" ? "exchange" : "id";
        const filled_store changed;
        // A digit more, a letter more: the value stays of its type.
        changed.change("UPDATE " + table + " SET " + name + " = CASE typeof(" + name +
                       ") WHEN 'integer' THEN " + name + " + 1 WHEN 'text' THEN " + name +
                       " || 'x' WHEN 'blob' THEN CAST(" + name + " || x'00' AS BLOB) ELSE 7 END WHERE " +
                       key + " = 1");
        CHECK(changed.names("exchange 1: what is kept of it is not what its digest says"));
    }
    const filled_store timed;
    timed.change("INSERT INTO chunk_time VALUES(1, x'0001')");
    CHECK(timed.names("exchange 1: what is kept of it is not what its digest says"));
}

TEST_CASE("what is missing of the schema is named, what was added is not") {
    filled_store in;
    connection db{in.where.path(), SQLITE_OPEN_READWRITE};
    db.exec("CREATE INDEX of_my_own ON exchange(session)");
    CHECK(in.lines().empty());
    db.exec("DROP VIEW nodes");
    db.exec("DROP INDEX exchange_head");
    CHECK(in.lines() == std::vector<std::string>{"the schema: index exchange_head is missing",
                                                 "the schema: view nodes is missing"});
}

TEST_CASE("findings past the most are counted") {
    filled_store in;
    in.change("UPDATE node SET hash = zeroblob(32)");
    findings wrong{3};
    verify({in.where.path()}, wrong);
    CHECK(wrong.lines().size() == 3);
    CHECK(wrong.count() >= 7);
}

TEST_CASE("what is no store is refused in one line") {
    temporary_store where;
    findings wrong;
    CHECK_THROWS_WITH(verify({where.path()}, wrong),
                      Catch::Contains("does not exist; name it with --sqlite"));
    {
        connection db{where.path(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
        db.exec("CREATE TABLE t(x)");
    }
    CHECK_THROWS_WITH(verify({where.path()}, wrong), Catch::Contains("is no tapes store"));
    const auto pipe = where.directory() + "/pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK_THROWS_WITH(verify({pipe}, wrong), Catch::Contains("pipe cannot be read"));
}

TEST_CASE("who only reads is told what a file is and what to do, whatever is read") {
    temporary_store where;
    std::string expected;
    {
        connection db{where.path(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
        SECTION("of v0.4") {
            db.exec("CREATE TABLE nodes(hash TEXT PRIMARY KEY, bucket)");
            expected = "is a tapes v0.4 file; import it with `tapes import ";
        }
        SECTION("newer") {
            db.exec("PRAGMA application_id = 0x74617065; PRAGMA user_version = 99");
            expected = "has schema version 99, this tapes knows up to 7; use a newer tapes";
        }
        SECTION("older") {
            db.exec("PRAGMA application_id = 0x74617065; PRAGMA user_version = 1");
            expected = "has schema version 1, this tapes reads 7; `tapes serve` brings it up to date";
        }
    }
    findings wrong;
    CHECK_THROWS_WITH(verify({where.path()}, wrong), Catch::Contains(expected));
    CHECK_THROWS_WITH(letter_reader{where.path()}, Catch::Contains(expected));
    CHECK_THROWS_WITH(exchange_view{where.path()}, Catch::Contains(expected));
}

}  // namespace tapes::store::verify_verify_test
