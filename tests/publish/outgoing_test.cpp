#include "outgoing.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>

namespace tapes::publish::outgoing_test {

namespace {

std::map<std::string, std::string> headers_of(const event::event_record& record) {
    std::map<std::string, std::string> found;
    const outgoing out(record, "topic");
    for (const auto& header : out.record().headers) {
        found.emplace(header.name, header.value);
    }
    return found;
}

event::event_record node_record() {
    store::stored_node node;
    node.hash.fill(0xab);
    node.root.fill(0x01);
    node.role = "user";
    node.content = "[]";
    node.provider = "openai";
    node.agent_name = "codex";
    node.project = "tapes";
    node.created_at_us = 1'500'000;
    event::event_record record;
    event::make_node_record(record, node, event::content_form::whole);
    return record;
}

}  // namespace

TEST_CASE("an event goes out with seven headers") {
    const auto record = node_record();
    const std::map<std::string, std::string> wanted{{"event_id", record.id},
                                                    {"event_type", "tapes.node.v1"},
                                                    {"schema", "tapes.node.v1"},
                                                    {"provider", "openai"},
                                                    {"agent_name", "codex"},
                                                    {"project", "tapes"},
                                                    {"content-type", "application/json"}};
    CHECK(headers_of(record) == wanted);
}

TEST_CASE("key, value, time and topic of an outgoing record are the event's") {
    const auto record = node_record();
    const outgoing out(record, "topic", 7);
    CHECK(out.record().topic == "topic");
    CHECK(out.record().key == record.key);
    CHECK(out.record().value == record.value);
    CHECK(out.record().timestamp_ms == 1500);
    CHECK(out.record().opaque == 7);
}

TEST_CASE("further headers of a record follow the seven") {
    auto record = node_record();
    record.extra.emplace_back("replay", "yes");
    CHECK(headers_of(record).at("replay") == "yes");
    CHECK(headers_of(record).size() == 8);
}

}  // namespace tapes::publish::outgoing_test
