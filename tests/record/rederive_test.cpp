// Stores that are mapped again from their wire bytes.
#include "store/support.hpp"
#include "support.hpp"
#include "turn_maker.hpp"

#include <tapes/record/rederive.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::record::rederive_test {

using namespace tapes;
using namespace tapes::record::test;

namespace {

std::string user(const std::string& text) {
    return R"({"role":"user","content":")" + text + R"("})";
}
std::string assistant(const std::string& text) {
    return R"({"role":"assistant","content":")" + text + R"("})";
}
std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const auto& part : parts) {
        all.append(all.empty() ? "" : ",").append(part);
    }
    return all;
}
std::string ask_all(const std::vector<std::string>& messages) {
    return R"({"model":"gpt-4o","messages":[)" + joined(messages) + "]}";
}
std::string thought(const std::string& thinking, const std::string& text) {
    return R"([{"type":"thinking","thinking":")" + thinking +
           R"(","signature":"c2ln"},{"type":"text","text":")" + text + R"("}])";
}
std::string claude(const std::string& content) {
    return R"({"id":"msg_1","type":"message","role":"assistant","model":"claude","content":)" + content +
           R"(,"stop_reason":"end_turn","usage":{"input_tokens":1,"output_tokens":1}})";
}
std::string ask_claude(const std::vector<std::string>& messages) {
    return R"({"model":"claude","max_tokens":9,"system":"Be brief.","messages":[)" + joined(messages) + "]}";
}
std::string response(const std::string& id, const std::string& text) {
    return R"({"id":")" + id + R"(","object":"response","status":"completed","model":"gpt-4o","output":[)" +
           R"({"type":"message","id":"msg_)" + id +
           R"(","role":"assistant","status":"completed","content":[{"type":"output_text","text":")" + text +
           R"(","annotations":[]}]}],"usage":null})";
}

/// A store with turns of several kinds.
class recorded {
public:
    recorded() {
        const std::string long_text(2000, 'x');
        record(chat(ask("plain"), say("answer")));
        auto packed = chat(gzip(ask("packed")), gzip(say("answer")));
        packed->request_encoding = packed->response_encoding = "gzip";
        packed->request_head += "Content-Encoding: gzip\r\n";
        packed->response_head += "Content-Encoding: gzip\r\n";
        record(std::move(packed));
        // What holds a credential is kept decoded.
        auto secretive = chat(gzip(ask("my key is " + secret)), gzip(say("answer")));
        secretive->request_encoding = secretive->response_encoding = "gzip";
        secretive->request_head += "Content-Encoding: gzip\r\n";
        secretive->response_head += "Content-Encoding: gzip\r\n";
        record(std::move(secretive));
        record(stream(ask("streamed"), event("a") + event("b") + last_event));
        record(stream(ask("spread"), event(secret.substr(0, 9)) + event(secret.substr(9)) + last_event));
        record(chat(
            ask("choices"),
            R"({"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a"}},)"
            R"({"index":1,"message":{"role":"assistant","content":"b"}}]})"));
        // A history that is known by its pieces.
        std::vector<std::string> messages;
        for (int turn = 0; turn < 5; ++turn) {
            const auto number = std::to_string(turn);
            messages.push_back(user("question " + number + long_text));
            record(chat(ask_all(messages), say("answer " + number)));
            messages.push_back(assistant("answer " + number));
        }
        // Thinking that is dropped on the way back.
        record_at("/v1/messages", "anthropic", ask_claude({user("q")}), claude(thought("A", "yes")));
        record_at("/v1/messages", "anthropic", ask_claude({user("q"), assistant("yes"), user("r")}),
                  claude(thought("B", "no")));
        record_at("/v1/messages", "anthropic",
                  ask_claude({user("q"), assistant("yes"), user("r"), assistant("no"), user("s")}),
                  claude(thought("C", "end")));
        // Answers that are gone on from by name.
        record_at("/v1/responses", "openai", R"({"model":"gpt-4o","input":"hi","instructions":"I"})",
                  response("r1", "one"));
        record_at("/v1/responses", "openai",
                  R"({"model":"gpt-4o","input":"more","previous_response_id":"r1"})", response("r2", "two"));
        record_at("/v1/responses", "openai",
                  R"({"model":"gpt-4o","input":"lost","previous_response_id":"r9"})",
                  response("r3", "three"));
        record_at("/v1/responses", "openai", R"({"model":"gpt-4o","input":"a","conversation":"conv"})",
                  response("r4", "x"));
        record_at("/v1/responses", "openai", R"({"model":"gpt-4o","input":"b","conversation":"conv"})",
                  response("r5", "y"));
        record_at("/v1/responses", "openai",
                  R"({"model":"gpt-4o","instructions":"I","input":[{"role":"user","content":"hi"},)"
                  R"({"type":"item_reference","id":"msg_r1"},{"role":"user","content":"more"}]})",
                  response("r6", "six"));
        auto prepared = chat(
            R"({"model":"gpt-4o","input":[{"role":"user","content":"to come"}],"generate":false})",
            R"({"id":"resp_0","object":"response","status":"completed","model":"gpt-4o","output":[],"usage":null})");
        prepared->path = prepared->target = "/v1/responses";
        record(std::move(prepared));
        auto failed = chat(ask("no"), R"({"error":{"message":"busy"}})");
        failed->status = 429;
        record(std::move(failed));
    }

    void record(std::unique_ptr<capture::exchange> ended) {
        REQUIRE(store->commit(maker.make(std::move(ended), &*earlier)));
    }
    void record_at(const std::string& path, const std::string& provider, const std::string& request,
                   const std::string& answer) {
        auto ended = chat(request, answer);
        ended->path = ended->target = path;
        ended->provider = provider;
        record(std::move(ended));
    }

    /// Ends the writing; then changes a row from outside.
    void change(const std::string& sql) {
        earlier.reset();
        store.reset();
        store::connection db{file.path(), SQLITE_OPEN_READWRITE};
        db.exec(sql);
        REQUIRE(sqlite3_changes(db.handle()) > 0);
    }

    std::vector<std::string> lines() const {
        store::findings wrong;
        store::verify({file.path()}, wrong);
        record::recheck({file.path()}, wrong);
        return wrong.lines();
    }

    store::test::temporary_store file;
    std::optional<store::test::open_store> store{std::in_place, file};
    record::turn_maker maker{{}, store->lock.redaction_key()};
    std::optional<record::earlier_turns> earlier{std::in_place, file.path(), store->out};
};

}  // namespace

TEST_CASE("what was recorded is what its bytes give, whatever the API") {
    recorded in;
    CHECK(in.lines() == std::vector<std::string>{});
    store::findings wrong;
    const auto seen = record::recheck({in.file.path()}, wrong);
    CHECK(seen.mapped == 22);
    CHECK(seen.without_bytes == 0);
    CHECK(seen.not_mapped == 0);
}

TEST_CASE("an exchange that was given up is not mapped again, and nothing is wrong with it") {
    const std::string reason = GENERATE("over_budget", "work_limit", "store_error");
    recorded in;
    in.change("INSERT OR IGNORE INTO string(value) VALUES('" + reason +
              "'); UPDATE exchange SET head = NULL, drop_reason = (SELECT id FROM string WHERE value = '" +
              reason + "') WHERE id = 1");
    store::findings wrong;
    const auto seen = record::recheck({in.file.path()}, wrong);
    INFO(reason);
    CHECK(wrong.lines() == std::vector<std::string>{});
    CHECK(seen.mapped == 21);
    CHECK(seen.not_mapped == 1);
}

TEST_CASE("bodies larger than what a capture holds in memory are mapped again as well") {
    recorded in;
    const capture::spill_policy roomy{{}, 16U << 20};
    const auto like = chat("", "");
    auto large = std::make_unique<capture::exchange>(limits(), roomy);
    large->id = like->id;
    large->method = like->method;
    large->path = large->target = like->path;
    large->provider = like->provider;
    large->status = like->status;
    large->request_head = like->request_head;
    large->response_head = like->response_head;
    REQUIRE(large->request_body.append(ask(std::string(3U << 20, 'q'))));
    REQUIRE(large->response_body.append(say(std::string(2U << 20, 'a'))));
    in.record(std::move(large));
    CHECK(in.lines() == std::vector<std::string>{});
    const store::test::temporary_store to;
    const auto told = record::rederive({in.file.path(), to.path(), {}, {}, {}});
    CHECK(told.same());
    CHECK(told.lost_turns == 0);
}

TEST_CASE("an exchange that is not what its bytes give is named") {
    struct change {
        const char* sql;
        const char* named;
    };
    const auto& one = GENERATE(values<change>({
        {"UPDATE exchange SET head = 4 WHERE id = 1", "exchange 1 ("},
        {"UPDATE exchange SET response_id = 'other' WHERE id = 1", "its response_id is \"other\""},
        {"UPDATE exchange SET total_tokens = 99 WHERE id = 1", "its usage is not what its bytes give"},
        {"UPDATE exchange_node SET node = 1 WHERE choice = 1", "its bytes give the answer"},
        {"DELETE FROM exchange_node WHERE choice = 1", "its bytes give the answer"},
        {"UPDATE wire SET request = replace(request, 'plain', 'plaim') WHERE exchange = 1", "its bytes give"},
        {"UPDATE wire SET response = x'00', response_size = 1 WHERE exchange = 1",
         "its bytes give response_decode"},
        {"UPDATE exchange SET drop_reason = end_reason, head = NULL WHERE id = 1", "its drop_reason is none"},
        {"UPDATE node SET match = zeroblob(32) WHERE id = (SELECT head FROM exchange WHERE id = 14)",
         "exchange 14 ("},
        {"UPDATE exchange SET api = provider WHERE id = 1", "its api is \"openai\", its bytes give"},
        // A question behind an answer that a client may bring back with less than was said.
        {"UPDATE node SET match = zeroblob(32) WHERE id = (SELECT n.parent FROM exchange e JOIN node n ON "
         "n.id "
         "= e.head WHERE e.id = 13)",
         "its bytes give another match for node"},
        {"DELETE FROM response WHERE id = 'r2'", "is not found by its response_id \"r2\""},
        {"UPDATE response SET exchange = 1 WHERE id = 'r2'", "is not found by its response_id \"r2\""},
        {"UPDATE conversation SET exchange = 18", "is not found by its conversation \"conv\""},
        {"DELETE FROM response_item WHERE id = 'msg_r3'", "is not found by its item \"msg_r3\""},
        {"UPDATE wire SET response_zstd = 1, response_size = 1 << 50 WHERE exchange = 1",
         "not the zstd frame that it should be"},
        {"UPDATE wire SET response_size = 1 << 50 WHERE exchange = 1",
         "has not the size that it should have"},
        {"UPDATE response SET exchange = 1 WHERE id = 'r1'; UPDATE exchange SET response_id = 'rx' WHERE id "
         "= 15",
         "which is no answer named \"r1\""},
    }));
    CAPTURE(one.sql);
    recorded in;
    in.change(one.sql);
    bool named = false;
    for (const auto& line : in.lines()) {
        UNSCOPED_INFO(line);
        named = named || line.find(one.named) != std::string::npos;
    }
    CHECK(named);
}

TEST_CASE("a store made again of its bytes has the same nodes, and keeps what else is known of an exchange") {
    recorded in;
    const auto to = in.file.directory() + "/again.sqlite";
    std::vector<std::string> differences;
    const auto told = record::rederive(
        {in.file.path(), to, {}, {}, [&](const std::string& line) { differences.push_back(line); }});
    CHECK(differences == std::vector<std::string>{});
    CHECK(told.same());
    CHECK(told.exchanges == 22);
    CHECK(told.turns == 21);
    CHECK(told.new_turns == 0);
    CHECK(told.without_bytes == 0);
    store::findings wrong;
    store::verify({to}, wrong);
    record::recheck({to}, wrong);
    CHECK(wrong.lines() == std::vector<std::string>{});
    const auto all = [](const std::string& path) {
        return store::test::text(
            path,
            "SELECT group_concat(hex(uuid) || accepted_at || committed_at || request_bytes ||"
            " response_bytes || path || coalesce(target, '') || coalesce(status, '') || streamed)"
            " FROM exchange ORDER BY id");
    };
    CHECK(all(to) == all(in.file.path()));
    store::wire_reader before{in.file.path()};
    store::wire_reader after{to};
    for (std::int64_t id = 1; id <= 21; ++id) {
        CAPTURE(id);
        CHECK(before.read(id)->request == after.read(id)->request);
        CHECK(before.read(id)->response == after.read(id)->response);
        CHECK(before.read(id)->request_head == after.read(id)->request_head);
        CHECK(before.read(id)->request_decoded == after.read(id)->request_decoded);
    }
    CHECK_THROWS_WITH(record::rederive({in.file.path(), to}), Catch::Contains("is there already"));
}

TEST_CASE("what could not be mapped becomes a turn, and what has no bytes a row") {
    recorded in;
    // As an earlier version would have left the first, and `record.wire = none` the second.
    in.change(
        "INSERT OR IGNORE INTO string(value) VALUES('unsupported_api');"
        "UPDATE exchange SET head = NULL, drop_reason = (SELECT id FROM string WHERE value = "
        "'unsupported_api')"
        " WHERE id = 1;"
        "UPDATE log SET first_node = NULL, last_node = NULL WHERE seq = 1;"
        "DELETE FROM node WHERE id <= 2; DELETE FROM wire WHERE exchange = 2");
    const auto to = in.file.directory() + "/again.sqlite";
    const auto told = record::rederive({in.file.path(), to});
    CHECK(told.same());
    CHECK(told.new_turns == 1);
    CHECK(told.new_nodes == 2);
    CHECK(told.without_bytes == 1);
    CHECK(told.without_bytes_nodes == 2);
    CHECK(store::test::text(to, "SELECT drop_reason FROM exchanges WHERE seq = 2") == "store_error");
}

TEST_CASE("a node whose bytes give another is listed") {
    recorded in;
    in.change("UPDATE node SET hash = zeroblob(32) WHERE id = 2");
    std::vector<std::string> differences;
    const auto told = record::rederive(
        {in.file.path(), in.file.directory() + "/again.sqlite", {}, {}, [&](const std::string& line) {
             differences.push_back(line);
         }});
    CHECK_FALSE(told.same());
    CHECK(told.missing_nodes == 1);
    CHECK(told.other_nodes == 1);
    CHECK(differences.size() == 2);
}

}  // namespace tapes::record::rederive_test
