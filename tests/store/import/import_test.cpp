#include "import/source.hpp"
#include "support.hpp"

#include <tapes/merkle/chain.hpp>
#include <tapes/store/history.hpp>
#include <tapes/store/import.hpp>
#include <tapes/store/received.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>

namespace tapes::store::import_import_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;
using Catch::Matchers::Contains;

namespace {

constexpr const char* reference_schema =
    "CREATE TABLE nodes(hash TEXT PRIMARY KEY, bucket, type TEXT, role TEXT, content, model TEXT,"
    " provider TEXT, agent_name TEXT, stop_reason TEXT, prompt_tokens INTEGER, completion_tokens INTEGER,"
    " total_tokens INTEGER, cache_creation_input_tokens INTEGER, cache_read_input_tokens INTEGER,"
    " total_duration_ns INTEGER, prompt_duration_ns INTEGER, project TEXT, created_at DATETIME,"
    " parent_hash TEXT REFERENCES nodes(hash));"
    "CREATE TABLE schema_migrations(version INTEGER, applied_at DATETIME)";

/// A row as v0.4 has it.
struct row {
    std::string hash;
    std::string parent;
    std::string role = "user";
    std::string content;
    std::string model = "m";
    std::string provider = "openai";
    std::string agent;
    bool as_blob = false;
    std::string created_at = "2026-01-31 12:00:00";
    std::string bucket_content;  ///< where it differs
};

/// A row that hashes as it should.
row make_row(const std::string& parent, const std::string& content, const std::string& role = "user") {
    row made;
    made.parent = parent;
    made.role = role;
    made.content = content;
    made.hash =
        hex(merkle::hash_stored(merkle::from_hex(parent), {"m", "openai", ""}, role, content).value());
    return made;
}

std::string text_content(const std::string& text) {
    return R"([{"type":"text","text":")" + text + R"("}])";
}

class reference_file {
public:
    explicit reference_file(const temporary_store& in) : path{in.directory() + "/old.db"}, db_{path, flags} {
        db_.exec(reference_schema);
    }

    void add(const row& one) {
        const auto quoted = [](const std::string& text) { return nlohmann::json(text).dump(); };
        const auto bucket = R"({"type":"message","role":)" + quoted(one.role) + R"(,"content":)" +
                            (one.bucket_content.empty() ? one.content : one.bucket_content) + R"(,"model":)" +
                            quoted(one.model) + R"(,"provider":)" + quoted(one.provider) +
                            (one.agent.empty() ? "" : R"(,"agent_name":)" + quoted(one.agent)) + "}";
        statement insert{
            db_,
            "INSERT INTO nodes(hash, parent_hash, bucket, type, role, content, model, provider,"
            " agent_name, created_at, stop_reason, prompt_tokens, total_duration_ns, project)"
            " VALUES(?1, ?2, ?3, 'message', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 'old project')"};
        insert.text(1, one.hash);
        insert.optional_text(2, one.parent);
        const auto json = [&](int at, const std::string& text) {
            one.as_blob ? insert.blob(at, text.data(), text.size()) : insert.text(at, text);
        };
        json(3, bucket);
        insert.text(4, one.role);
        json(5, one.content);
        insert.text(6, one.model);
        insert.text(7, one.provider);
        insert.optional_text(8, one.agent);
        insert.text(9, one.created_at);
        insert.optional_text(10, one.role == "assistant" ? "stop" : "");
        insert.integer(11, one.role == "assistant" ? std::optional<std::int64_t>{7} : std::nullopt);
        insert.integer(12, one.role == "assistant" ? std::optional<std::int64_t>{123456789} : std::nullopt);
        insert.run();
    }
    void exec(const std::string& sql) { db_.exec(sql); }

    std::string path;

private:
    static constexpr int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    connection db_;
};

struct outcome {
    import_report report;
    std::vector<bad_row> bad;
    std::uint64_t done = 0;  ///< of the rows, as told last
};

outcome import_into(const temporary_store& where, const std::string& from, bool announce = false) {
    outcome made;
    open_store store{where};
    const auto to = make_import_target(where.path(), store.out, import_alone);
    made.report = import_reference(*to,
                                   {from, announce,
                                    [&](auto, auto done, auto of) {
                                        made.done = done;
                                        CHECK(done <= of);
                                    }},
                                   [&](const bad_row& one) { made.bad.push_back(one); });
    return made;
}

/// As a row comes from those who read a file.
import_row ready(const row& from) {
    import_row made;
    made.hash = merkle::from_hex(from.hash).value();
    made.parent = merkle::from_hex(from.parent);
    made.node.identity = {from.model, from.provider, from.agent};
    made.node.role = from.role;
    made.node.content = from.content;
    made.node.created_at_us = 1;
    return made;
}

std::vector<row> golden_rows() {
    std::ifstream file{std::string{TAPES_TEST_DATA} + "/golden-hashes.json"};
    const auto golden = nlohmann::json::parse(file);
    std::vector<row> all;
    for (const auto& chain : golden.at("chains")) {
        std::string parent;
        for (const auto& node : chain.at("nodes")) {
            row made;
            made.hash = node.at("hash");
            made.parent = parent;
            made.role = node.at("role");
            made.content = node.at("content").dump();
            made.model = chain.at("model");
            made.provider = chain.at("provider");
            made.agent = chain.value("agent_name", "");
            all.push_back(made);
            parent = made.hash;
        }
    }
    return all;
}

}  // namespace

TEST_CASE("the reference's own vectors are imported with their hashes, as text and as blobs, in any order") {
    const bool as_blob = GENERATE(false, true);
    const bool backwards = GENERATE(false, true);
    temporary_store where;
    reference_file old{where};
    auto rows = golden_rows();
    REQUIRE(rows.size() > 10);
    if (backwards) {
        std::reverse(rows.begin(), rows.end());
    }
    for (auto& one : rows) {
        one.as_blob = as_blob;
        old.add(one);
    }
    const auto done = import_into(where, old.path);
    CHECK(done.report.added == rows.size());
    CHECK(done.bad.empty());
    CHECK(done.report.undated == 0);
    reader in{where.path()};
    for (const auto& one : rows) {
        const auto node = in.find_node(merkle::from_hex(one.hash).value());
        REQUIRE(node);
        CHECK((node->parent ? hex(*node->parent) : "") == one.parent);
        CHECK(node->role == one.role);
        CHECK(node->model == one.model);
        CHECK(node->agent_name == one.agent);
        const merkle::identity identity{node->model, node->provider, node->agent_name};
        CHECK(merkle::hash_stored(node->parent, identity, node->role, node->content) == node->hash);
    }
    CHECK(number(where.path(), "SELECT count(*) FROM node WHERE parent >= id") == 0);
    CHECK(number(where.path(),
                 "SELECT count(*) FROM node n JOIN node p ON p.id = n.parent"
                 " WHERE n.depth <> p.depth + 1 OR n.root <> p.root") == 0);
    CHECK(number(where.path(), "SELECT count(*) FROM log") == 0);
}

TEST_CASE("a second import adds nothing") {
    temporary_store where;
    reference_file old{where};
    const auto rows = golden_rows();
    for (const auto& one : rows) {
        old.add(one);
    }
    import_into(where, old.path);
    const auto again = import_into(where, old.path, true);
    CHECK(again.report.added == 0);
    CHECK(again.report.known == rows.size());
    CHECK(number(where.path(), "SELECT count(*) FROM node") == static_cast<std::int64_t>(rows.size()));
    CHECK(number(where.path(), "SELECT count(*) FROM log") == 0);
}

TEST_CASE("usage, stop reason, project and both forms of dates are kept") {
    temporary_store where;
    reference_file old{where};
    auto asked = make_row("", text_content("q"));
    auto answered = make_row(asked.hash, text_content("a"), "assistant");
    answered.created_at = "2026-01-31 14:00:01.123456789+02:00";
    old.add(asked);
    old.add(answered);
    CHECK(import_into(where, old.path).report.added == 2);
    reader in{where.path()};
    const auto node = in.find_node(merkle::from_hex(answered.hash).value());
    REQUIRE(node);
    CHECK(node->stop_reason == "stop");
    CHECK(node->project == "old project");
    CHECK(node->used.prompt_tokens == 7);
    CHECK(node->used.total_duration_ns == 123456789);
    CHECK(!node->used.total_tokens);
    const auto root = in.find_node(merkle::from_hex(asked.hash).value());
    REQUIRE(root);
    CHECK(root->created_at_us == 1769860800000000);
    CHECK(node->created_at_us == 1769860801123456);
    CHECK(root->stop_reason.empty());
}

TEST_CASE("a date is read in each form, and nothing else is one") {
    CHECK(read_date("1970-01-01 00:00:01") == 1000000);
    CHECK(read_date("1970-01-01 01:00:00.5+01:00") == 500000);
    CHECK(read_date("1969-12-31 17:00:00-07:00") == 0);
    CHECK(read_date("1970-01-01T00:00:00.000001Z") == 1);
    CHECK(read_date("1970-01-01 05:30:00.123456789 +0530 IST m=+0.1") == 123456);
    for (const auto* const wrong :
         {"", "yesterday", "1970-13-01 00:00:00", "1970-02-30 00:00:00", "1970-01-01", "1970-01-01 24:00:00",
          "1970-01-01 00:00:00 CET", "17-1-1"}) {
        CAPTURE(wrong);
        CHECK(!read_date(wrong));
    }
}

TEST_CASE("a row whose hash is wrong is named and left out with what stands behind it; the rest comes in") {
    temporary_store where;
    reference_file old{where};
    const auto root = make_row("", text_content("q"));
    auto broken = make_row(root.hash, text_content("a"), "assistant");
    const auto child = make_row(broken.hash, text_content("more"));
    const auto grandchild = make_row(child.hash, text_content("even more"), "assistant");
    const auto other = make_row(root.hash, text_content("another answer"), "assistant");
    broken.content = text_content("changed");
    for (const auto& one : {grandchild, child, broken, other, root}) {
        old.add(one);
    }
    const auto done = import_into(where, old.path);
    CHECK(done.report.added == 2);
    CHECK(done.report.bad == 1);
    CHECK(done.report.behind == 2);
    REQUIRE(done.bad.size() == 1);
    CHECK(done.bad[0].hash == broken.hash);
    CHECK(done.bad[0].reason == "what it says has another hash");
    reader in{where.path()};
    CHECK(in.find_node(merkle::from_hex(other.hash).value()));
    CHECK(!in.find_node(merkle::from_hex(broken.hash).value()));
}

TEST_CASE("each kind of bad row is told with its reason") {
    temporary_store where;
    reference_file old{where};
    row bad = make_row("", text_content("x"));
    std::string reason;
    SECTION("no parent") {
        bad = make_row(std::string(64, 'a'), text_content("x"));
        reason = "its parent " + std::string(64, 'a') + " is not in the file";
    }
    SECTION("no hash") {
        bad.hash = "abc";
        reason = "its hash is no SHA-256 in hexadecimal digits";
    }
    SECTION("a circle") {
        bad.parent = bad.hash;
        reason = "it stands behind itself";
    }
    SECTION("content that is no array") {
        bad.content = "{}";
        reason = "what it says has another hash";
    }
    old.add(bad);
    old.add(make_row("", text_content("good")));
    const auto done = import_into(where, old.path);
    CHECK(done.report.added == 1);
    REQUIRE(done.bad.size() == 1);
    CHECK(done.bad[0].hash == bad.hash);
    CHECK(done.bad[0].reason == reason);
}

TEST_CASE("content that the event form writes otherwise keeps its hash") {
    temporary_store where;
    reference_file old{where};
    const std::string content = GENERATE(
        R"([ {"is_error":false,"text":"order","type":"text"} ])",
        R"([{"type":"tool_use","tool_name":"f","tool_input":{"b":1.50,"a":[1e3,"\u00e9"]}}])",
        R"([{"type":"text","text":"later","cache_control":{"type":"ephemeral"},"z":7}])",
        R"([{"type":"text","text":5}])", R"([{"type":"text","text":"lone \ud800 surrogate"}])", "[]");
    CAPTURE(content);
    const auto root = make_row("", content, "assistant");
    old.add(root);
    CHECK(import_into(where, old.path).report.added == 1);
    reader in{where.path()};
    const auto node = in.find_node(merkle::from_hex(root.hash).value());
    REQUIRE(node);
    CHECK(hex(merkle::hash_stored({}, {"m", "openai", ""}, "assistant", node->content).value()) == root.hash);
    CHECK(nlohmann::json::accept(node->content));
}

TEST_CASE("content that is missing or null says nothing, and the bucket speaks where columns were changed") {
    temporary_store where;
    reference_file old{where};
    auto empty = make_row("", "[]");
    empty.content = "null";
    auto changed = make_row("", text_content("said"));
    changed.bucket_content = changed.content;
    changed.content = text_content("edited");
    old.add(empty);
    old.add(changed);
    CHECK(import_into(where, old.path).report.added == 2);
    CHECK(text(where.path(), "SELECT content FROM nodes WHERE hash = '" + changed.hash + "'") ==
          R"([{"type":"text","text":"said"}])");
}

TEST_CASE("what clients drop is left out of the match of a node and of what stands behind it") {
    temporary_store where;
    reference_file old{where};
    const auto asked = make_row("", text_content("q"));
    const auto thought =
        make_row(asked.hash, R"([{"type":"thinking"},{"type":"text","text":"a"}])", "assistant");
    const auto next = make_row(thought.hash, R"([{"type":"text","text":"on","extra":1}])");
    for (const auto& one : {asked, thought, next}) {
        old.add(one);
    }
    CHECK(import_into(where, old.path).report.added == 3);
    CHECK(number(where.path(), "SELECT count(*) FROM node WHERE match IS NULL") == 1);

    // The same, as it comes back: without the thinking.
    open_store store{where};
    history past{where.path(), store.out};
    const auto back = make_row(asked.hash, text_content("a"), "assistant");
    CHECK(!past.find(merkle::from_hex(back.hash).value()));
    const auto found = past.find_match(merkle::from_hex(back.hash).value());
    REQUIRE(found.size() == 1);
    CHECK(hex(found[0].position.hash) == thought.hash);
    const auto further = make_row(back.hash, R"([{"type":"text","text":"on","extra":1}])");
    CHECK(past.find_match(merkle::from_hex(further.hash).value()).size() == 1);
}

TEST_CASE("a turn that goes on from imported nodes stands behind them") {
    temporary_store where;
    reference_file old{where};
    auto turn = make_turn({"q", "a", "q2", "a2"});
    for (std::size_t i = 0; i < 2; ++i) {
        auto one = make_row(i == 0 ? "" : hex(turn->nodes[0].node.position.hash), turn->nodes[i].node.content,
                            turn->nodes[i].node.role);
        one.model = "gpt-4o";
        one.agent = "agent";
        one.hash = hex(turn->nodes[i].node.position.hash);
        old.add(one);
    }
    CHECK(import_into(where, old.path).report.added == 2);
    open_store store{where};
    REQUIRE(store.commit(std::move(turn)));
    CHECK(number(where.path(), "SELECT count(*) FROM node") == 4);
    CHECK(number(where.path(), "SELECT max(depth) FROM node") == 3);
    CHECK(number(where.path(), "SELECT count(*) FROM node WHERE parent IS NULL") == 1);
}

TEST_CASE("announced nodes have log rows of about a megabyte each, in order, and only they") {
    temporary_store where;
    reference_file old{where};
    std::string parent;
    for (int i = 0; i < 30; ++i) {
        const auto one =
            make_row(parent, text_content(std::string(100'000, static_cast<char>('a' + i % 26))));
        old.add(one);
        parent = one.hash;
    }
    CHECK(import_into(where, old.path, true).report.added == 30);
    reader in{where.path()};
    const auto rows = in.read_log(0, 1 << 30);
    REQUIRE(rows.size() == 3);
    std::int64_t next = 1;
    for (const auto& one : rows) {
        CHECK(one.kind == log_kind::imported);
        for (const auto& node : one.nodes) {
            CHECK(node.id == next++);
        }
    }
    CHECK(next == 31);
}

TEST_CASE("large imports cross transactions and are found again") {
    temporary_store where;
    reference_file old{where};
    old.exec("BEGIN");
    std::vector<std::string> hashes;
    std::string parent;
    for (int i = 0; i < 3000; ++i) {
        const auto one = make_row(i % 100 == 0 ? "" : parent, text_content(std::to_string(i)));
        old.add(one);
        parent = one.hash;
        hashes.push_back(one.hash);
    }
    old.exec("COMMIT");
    const auto first = import_into(where, old.path, true);
    CHECK(first.report.added == 3000);
    CHECK(first.done == 3000);
    CHECK(import_into(where, old.path, true).report.known == 3000);
    open_store store{where};
    history past{where.path(), store.out};
    for (const auto& hash : hashes) {
        REQUIRE(past.find(merkle::from_hex(hash).value()));
    }
}

TEST_CASE("an import is written in as many jobs as its pace asks for, a large node alone in one") {
    temporary_store where;
    open_store store{where};
    std::vector<import_row> rows;
    std::string parent;
    for (const std::size_t size : {10U, 10U, 10U, 5000U, 10U, 400U, 400U, 400U}) {
        const auto one =
            make_row(parent, text_content(std::string(size, static_cast<char>('a' + rows.size()))));
        rows.push_back(ready(one));
        parent = one.hash;
    }
    const auto to = make_import_target(where.path(), store.out, {2, 1000});
    const auto before = store.out.status().groups;
    CHECK(to->take(rows, true) == 8);
    // 10 10 | 10 | 5000 | 10 400 | 400 400
    CHECK(store.out.status().groups - before == 5);
    CHECK(number(where.path(), "SELECT count(*) FROM log") == 5);
    CHECK(to->take(rows, true) == 0);
    CHECK(number(where.path(), "SELECT count(*) FROM log") == 5);
    CHECK(number(where.path(), "SELECT max(depth) FROM node") == 7);
}

TEST_CASE("rows that are not sound are refused, and nothing of what came with them is stored") {
    temporary_store where;
    open_store store{where};
    const auto to = make_import_target(where.path(), store.out, import_beside);
    const auto root = make_row("", text_content("q"));
    auto broken = make_row(root.hash, text_content("a"), "assistant");
    broken.content = text_content("b");
    CHECK_THROWS_AS(to->take(std::vector{ready(root), ready(broken)}, false), import_refusal);
    const auto far = make_row(std::string(64, 'a'), text_content("a"));
    CHECK_THROWS_AS(to->take(std::vector{ready(root), ready(far)}, false), import_refusal);
    CHECK(number(where.path(), "SELECT count(*) FROM node") == 0);
    CHECK(to->take(std::vector{ready(root)}, false) == 1);
    const std::vector hashes{ready(far).hash, ready(root).hash};
    CHECK(to->known(hashes) == std::vector<bool>{false, true});
}

TEST_CASE("orphans whose parent comes by an import join it at the end") {
    temporary_store where;
    open_store store{where};
    const auto root = make_row("", text_content("q"));
    const auto answer = make_row(root.hash, text_content("a"), "assistant");
    received_item orphan;
    orphan.node.hash = merkle::from_hex(answer.hash).value();
    orphan.node.parent = merkle::from_hex(root.hash);
    orphan.node.root = merkle::from_hex(root.hash).value();
    orphan.node.role = answer.role;
    orphan.node.content = answer.content;
    orphan.node.identity = {"m", "openai", ""};
    CHECK(store_received(store.out, std::vector{orphan}).each.at(0) == reception::orphan);
    const auto to = make_import_target(where.path(), store.out, import_beside);
    CHECK(to->take(std::vector{ready(root)}, false) == 1);
    to->end();
    CHECK(number(where.path(), "SELECT count(*) FROM node WHERE depth = 1") == 1);
    CHECK(number(where.path(), "SELECT count(*) FROM orphan") == 0);
}

TEST_CASE("a file that is none of v0.4 is refused in one line, and no store is made of it") {
    temporary_store where;
    const auto path = where.directory() + "/other.db";
    std::string expected;
    SECTION("missing") {
        expected = "does not exist";
    }
    SECTION("no SQLite file") {
        std::ofstream{path} << std::string(4096, 'x');
        expected = "cannot be read";
    }
    SECTION("of another program") {
        connection{path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE}.exec("CREATE TABLE t(x)");
        expected = "is no tapes v0.4 file";
    }
    SECTION("without what nodes need") {
        connection{path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE}.exec("CREATE TABLE nodes(bucket)");
        expected = "has no column hash";
    }
    SECTION("a store of ours") {
        { store_lock lock{{path, synchronous::normal}}; }
        expected = "is a tapes store already";
    }
    std::string said;
    try {
        import_into(where, path);
    } catch (const open_error& error) {
        said = error.what();
    }
    CHECK_THAT(said, Contains(path) && Contains(expected));
    CHECK(said.find('\n') == std::string::npos);
}

TEST_CASE("a file whose rows are made by its schema, for ever if it likes, ends with an error") {
    const auto* const schema = GENERATE(
        "CREATE VIEW nodes AS WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r)"
        " SELECT printf('%064x', i) hash, NULL parent_hash, '{}' bucket, 1 rowid FROM r",
        "CREATE TABLE t(x); CREATE VIEW nodes AS SELECT x hash, x parent_hash, x bucket FROM t",
        "CREATE TABLE nodes(hash TEXT, parent_hash TEXT, bucket AS (zeroblob(900000000)));"
        " INSERT INTO nodes(hash) VALUES('aa')");
    CAPTURE(schema);
    temporary_store where;
    const auto path = where.directory() + "/strange.db";
    {
        connection db{path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
        db.exec(schema);
    }
    open_store store{where};
    const auto to = make_import_target(where.path(), store.out, import_alone);
    std::vector<std::string> reasons;
    try {
        const auto report = import_reference(*to, {path, false, {}},
                                             [&](const bad_row& one) { reasons.push_back(one.reason); });
        CHECK(report.added == 0);
    } catch (const std::exception& error) {
        reasons.emplace_back(error.what());
    }
    REQUIRE(!reasons.empty());
    CHECK(reasons.front().find('\n') == std::string::npos);
}

TEST_CASE("rows whose hashes are chosen to meet in a table cost no more than others") {
    constexpr int many = 60'000;  // work that grows with their square would take minutes
    temporary_store where;
    reference_file file{where};
    file.exec("WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < " +
              std::to_string(many) +
              ") INSERT INTO nodes(hash, bucket) SELECT printf('%016x%048x', 7, i), '{}' FROM r");
    const auto found = import_into(where, file.path);
    CHECK(found.report.bad == many);
}

}  // namespace tapes::store::import_import_test
