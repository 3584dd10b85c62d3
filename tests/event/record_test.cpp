#include <tapes/event/record.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/store/dead_letters.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::event::record_test {

using namespace tapes;
using event::event_record;

namespace {

store::logged_exchange whole_exchange() {
    store::logged_exchange ended;
    ended.id = "01890a5d-ac96-774b-bcce-b302099a8057";
    ended.api = "openai_chat";
    ended.method = "POST";
    ended.path = "/v1/chat/completions";
    ended.provider = "openai";
    ended.agent_name = "codex";
    ended.project = "tapes";
    ended.session = "s-1";
    ended.model = "gpt-4o";
    ended.response_model = "gpt-4o-2024";
    ended.response_id = "chatcmpl-1";
    ended.stop_reason = "stop";
    ended.end_reason = "complete";
    ended.status = 200;
    ended.streamed = true;
    ended.accepted_us = 1'000'000;
    ended.first_byte_us = 1'100'000;
    ended.last_byte_us = 1'200'000;
    ended.committed_us = 1'210'000;
    ended.used.prompt_tokens = 5;
    ended.head.emplace().fill(0xab);
    ended.root.emplace().fill(0x01);
    return ended;
}

store::kept_change whole_letter() {
    store::kept_change change;
    change.id = 9;
    change.kind = store::letter_change::retried;
    change.attempts = 2;
    change.reason = "too \"large\"";
    change.at_us = 2'000'000;
    change.due_at_us = 3'500'000;
    change.letter.id = 4;
    change.letter.event_id = "abc";
    change.letter.event_type = "tapes.node.v1";
    change.letter.topic = "nodes";
    change.letter.source = "kafka";
    change.letter.seq = 12;
    change.letter.received_at_us = 1'000'000;
    return change;
}

}  // namespace

TEST_CASE("the record of a node has its hash as id, and its root as key") {
    store::stored_node node;
    node.hash.fill(0xab);
    node.root.fill(0x01);
    node.role = "user";
    node.content = "[]";
    node.provider = "openai";
    node.agent_name = "codex";
    node.project = "tapes";
    node.created_at_us = 1'767'323'045'123'450;
    event_record record;
    event::make_node_record(record, node, event::content_form::whole);
    CHECK(record.id == merkle::to_hex(node.hash));
    CHECK(record.key == merkle::to_hex(node.root));
    CHECK(record.timestamp_ms == 1'767'323'045'123);
    std::string event;
    event::append_node_event(event, node, event::content_form::whole);
    CHECK(record.value == event);
    CHECK(record.type == "tapes.node.v1");
    CHECK(record.provider == "openai");
    CHECK(record.agent_name == "codex");
    CHECK(record.project == "tapes");
    CHECK(record.extra.empty());
}

TEST_CASE("the record of an exchange says how it went, and stands beside its nodes") {
    event_record record;
    event::make_exchange_record(record, whole_exchange());
    CHECK(record.id == "01890a5d-ac96-774b-bcce-b302099a8057");
    CHECK(record.key == merkle::to_hex(*whole_exchange().root));
    CHECK(record.timestamp_ms == 1210);
    CHECK(
        record.value ==
        R"({"schema":"tapes.exchange.v1","root_hash":")" + record.key +
            R"(","occurred_at":"1970-01-01T00:00:01.21Z","exchange":{"id":"01890a5d-ac96-774b-bcce-b302099a8057",)"
            R"("api":"openai_chat","method":"POST","path":"/v1/chat/completions","provider":"openai",)"
            R"("agent_name":"codex","project":"tapes","session":"s-1","model":"gpt-4o",)"
            R"("response_model":"gpt-4o-2024","response_id":"chatcmpl-1","status":200,"streamed":true,)"
            R"("accepted_at":"1970-01-01T00:00:01Z","first_byte_at":"1970-01-01T00:00:01.1Z",)"
            R"("last_byte_at":"1970-01-01T00:00:01.2Z","committed_at":"1970-01-01T00:00:01.21Z",)"
            R"("usage":{"prompt_tokens":5},"stop_reason":"stop","end_reason":"complete","head_hash":")" +
            merkle::to_hex(*whole_exchange().head) + R"("}})");
}

TEST_CASE(
    "the record of an exchange without a turn has its own id as key, and leaves out what is not there") {
    store::logged_exchange ended;
    ended.id = "01890a5d-ac96-774b-bcce-b302099a8057";
    ended.method = "GET";
    ended.path = "/v1/models";
    ended.provider = "openai";
    ended.end_reason = "complete";
    ended.drop_reason = "non_turn_request";
    event_record record;
    event::make_exchange_record(record, ended);
    CHECK(record.key == ended.id);
    CHECK(record.value ==
          R"({"schema":"tapes.exchange.v1","root_hash":null,"occurred_at":"1970-01-01T00:00:00Z",)"
          R"("exchange":{"id":"01890a5d-ac96-774b-bcce-b302099a8057","method":"GET","path":"/v1/models",)"
          R"("provider":"openai","streamed":false,"accepted_at":"1970-01-01T00:00:00Z",)"
          R"("committed_at":"1970-01-01T00:00:00Z","end_reason":"complete",)"
          R"("drop_reason":"non_turn_request"}})");
}

TEST_CASE("the record of a dead letter's change is of the change's type and has an id of its own") {
    event_record record;
    event::make_letter_record(record, whole_letter());
    CHECK(record.type == event::dead_letter_retried_type);
    CHECK(record.id == "4-9-2000000");
    CHECK(record.key == "abc");
    CHECK(
        record.value ==
        R"({"schema":"tapes.dead_letter.retried.v1","occurred_at":"1970-01-01T00:00:02Z","dead_letter":)"
        R"({"id":4,"event_id":"abc","event_type":"tapes.node.v1","topic":"nodes","source":"kafka","seq":12,)"
        R"("attempts":2,"reason":"too \"large\"","first_at":"1970-01-01T00:00:01Z",)"
        R"("last_at":"1970-01-01T00:00:02Z","due_at":"1970-01-01T00:00:03.5Z"}})");
    auto nameless = whole_letter();
    nameless.letter.event_id.clear();
    nameless.kind = store::letter_change::discarded;
    event::make_letter_record(record, nameless);
    CHECK(record.key == "4");
    CHECK(record.type == event::dead_letter_discarded_type);
}

TEST_CASE("a record that is filled again has nothing of the one before") {
    event_record again;
    event::make_exchange_record(again, whole_exchange());
    again.extra.emplace_back("retry", "1");
    event::make_letter_record(again, whole_letter());
    event_record fresh;
    event::make_letter_record(fresh, whole_letter());
    CHECK(again.value == fresh.value);
    CHECK(again.type == fresh.type);
    CHECK(again.id == fresh.id);
    CHECK(again.provider == fresh.provider);
    CHECK(again.agent_name == fresh.agent_name);
    CHECK(again.project == fresh.project);
    CHECK(again.extra == fresh.extra);
}

TEST_CASE("what changes of a letter later does not change what was announced") {
    event_record first;
    event::make_letter_record(first, whole_letter());
    auto later = whole_letter();
    later.letter.state = store::letter_state::discarded;
    later.letter.attempts = 5;
    later.letter.reason = "another";
    later.letter.last_at_us = 9'000'000;
    later.letter.changed_at_us = 9'000'000;
    event_record second;
    event::make_letter_record(second, later);
    CHECK(first.value == second.value);
    CHECK(first.id == second.id);
}

}  // namespace tapes::event::record_test
