#include "support.hpp"

#include <catch2/catch.hpp>

namespace tapes::store::read_views_test {

using namespace tapes;
using namespace tapes::store;
using namespace tapes::store::test;

TEST_CASE("the view nodes has the reference's columns and forms") {
    temporary_store where;
    open_store store{where};
    auto turn = make_turn({"q", "a"});
    const auto root = turn->nodes[0].node.position.hash;
    const auto head = turn->nodes[1].node.position.hash;
    REQUIRE(store.commit(std::move(turn)));
    const auto of = [&](const std::string& column, const merkle::digest& hash) {
        return text(where.path(), "SELECT " + column + " FROM nodes WHERE hash = '" + hex(hash) + "'");
    };
    CHECK(of("bucket", head) ==
          R"({"type":"message","role":"assistant","content":[{"type":"text","text":"a"}],)"
          R"("model":"gpt-4o","provider":"openai","agent_name":"agent"})");
    CHECK(of("content", root) == R"([{"type":"text","text":"q"}])");
    CHECK(of("type || role || model || provider || agent_name || project", root) ==
          "messageusergpt-4oopenaiagentproject");
    CHECK(of("stop_reason", head) == "stop");
    CHECK(of("parent_hash", head) == hex(root));
    CHECK(of("parent_hash IS NULL", root) == "1");
    CHECK(of("created_at GLOB '20[0-9][0-9]-[0-9][0-9]-[0-9][0-9] "
             "[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]"
             "[0-9][0-9][0-9]+00:00'",
             root) == "1");
    CHECK(of("prompt_tokens || '/' || completion_tokens || '/' || total_tokens", head) == "3/4/7");
    CHECK(of("coalesce(cache_creation_input_tokens, cache_read_input_tokens, total_duration_ns,"
             " prompt_duration_ns) IS NULL",
             head) == "1");
}

TEST_CASE("usage of a node first seen as history comes from the first exchange with that head") {
    temporary_store where;
    open_store store{where};
    REQUIRE(store.commit(make_turn({"q", "a", "q2", "a2"})));
    auto late = make_turn({"q", "a"});
    late->used.total_tokens = 11;
    REQUIRE(store.commit(std::move(late)));
    auto later = make_turn({"q", "a"});
    later->used.total_tokens = 12;
    REQUIRE(store.commit(std::move(later)));
    CHECK(number(where.path(), "SELECT total_tokens FROM nodes WHERE depth = 1") == 11);
    CHECK(number(where.path(), "SELECT total_tokens FROM nodes WHERE depth = 3") == 7);
    CHECK(number(where.path(), "SELECT count(*) FROM node WHERE total_tokens IS NULL") == 3);
}

TEST_CASE("the view exchanges tells all of an exchange") {
    temporary_store where;
    open_store store{where};
    auto turn = make_turn({"q", "a"});
    const auto id = capture::to_string(turn->exchange->id);
    turn->streamed = true;
    REQUIRE(store.commit(std::move(turn)));
    const auto of = [&](const std::string& column) {
        return text(where.path(), "SELECT " + column + " FROM exchanges");
    };
    CHECK(of("id") == id);
    CHECK(of("method || ' ' || path || ' ' || target || ' ' || status") ==
          "POST /v1/chat/completions /v1/chat/completions?a=b 200");
    CHECK(of("api || ' ' || provider || ' ' || agent_name || ' ' || project || ' ' || session") ==
          "openai_chat openai agent project session-1");
    CHECK(
        of("model || ' ' || response_model || ' ' || response_id || ' ' || streamed || ' ' || stop_reason") ==
        "gpt-4o gpt-4o-2024-08-06 chatcmpl-1 1 stop");
    CHECK(of("end_reason || ifnull(drop_reason, '/none')") == "complete/none");
    CHECK(of("(prompt_tokens + completion_tokens) || ' ' || total_tokens") == "7 7");
    CHECK(of("upstream || ' ' || peer || ' ' || request_bytes || ' ' || response_bytes") ==
          "http://127.0.0.1:9 127.0.0.1:5000 0 0");
    CHECK(of("started_at GLOB '20*T*Z' AND ended_at = started_at AND first_byte_at = started_at"
             " AND committed_at >= started_at") == "1");
    CHECK(text(where.path(), "SELECT request || response || request_head FROM wire") ==
          "requestanswerPOST /v1/chat/completions HTTP/1.1\r\nhost: x");
}

TEST_CASE("the log is read without sorting, and the view of nodes without a scan per row") {
    temporary_store where;
    store_lock lock{where.options()};
    connection db{where.path(), SQLITE_OPEN_READONLY};
    const auto plan = [&](const std::string& sql) {
        statement query{db, "EXPLAIN QUERY PLAN " + sql};
        std::string steps;
        while (query.step()) {
            steps += std::string{query.text_at(3)} + "\n";
        }
        return steps;
    };
    const auto log = plan(
        "SELECT * FROM log l LEFT JOIN node n ON n.id BETWEEN l.first_node AND l.last_node"
        " LEFT JOIN node p ON p.id = n.parent LEFT JOIN node r ON r.id = n.root"
        " WHERE l.seq > 1 ORDER BY l.seq, n.id");
    CHECK(log.find("SCAN") == std::string::npos);
    CHECK(log.find("TEMP B-TREE FOR ORDER BY") == std::string::npos);
    CHECK(plan("SELECT * FROM nodes").find("SCAN x") == std::string::npos);
}

TEST_CASE("a reader sees what is committed, whole groups only") {
    temporary_store where;
    writer::settings how;
    open_store store{where, how};
    reader in{where.path()};
    std::vector<std::unique_ptr<entry>> entries;
    for (int i = 0; i < 400; ++i) {
        entries.push_back(make_turn({"q" + std::to_string(i), "a"}));
    }
    store.submit(std::move(entries));
    std::uint64_t seen = 0;
    while (seen < 400) {
        seen = in.last_seq();
        CHECK((seen == 0 || seen == 400));
    }
    REQUIRE(store.settled());
    CHECK_FALSE(in.find_node(merkle::digest{}).has_value());
}

}  // namespace tapes::store::read_views_test
