#include <tapes/bus/memory.hpp>
#include <tapes/publish/dead_letter_record.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>

namespace tapes::publish::dead_letter_record_test {

using namespace tapes;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

publish::dead_letter_record letter(std::string_view payload) {
    publish::dead_letter_record what;
    what.id = "abc";
    what.event_type = "tapes.node.v1";
    what.topic = "nodes";
    what.partition = 3;
    what.offset = 41;
    what.key = "root";
    what.reason = "hash mismatch: \"quoted\"";
    what.attempts = 5;
    what.first_us = 1'767'323'045'123'450;
    what.last_us = 1'767'323'105'000'000;
    what.payload = payload;
    return what;
}

json envelope(const publish::dead_letter_record& what,
              publish::payload_form form = publish::payload_form::whole) {
    std::string out;
    publish::append_dead_letter(out, what, form);
    return json::parse(out);
}

bus::memory_bus& with_topic(bus::memory_bus& where) {
    where.make_admin()->create_topic({"nodes.dead"}, 1s);
    return where;
}

}  // namespace

TEST_CASE("the envelope of a dead letter says what, where, why, how often and when") {
    const auto said = envelope(letter("{\"a\":1}"));
    CHECK(said["schema"] == "tapes.dead_letter.v1");
    CHECK(said["id"] == "abc");
    CHECK(said["event_type"] == "tapes.node.v1");
    CHECK(said["topic"] == "nodes");
    CHECK(said["partition"] == 3);
    CHECK(said["offset"] == 41);
    CHECK(said["key"] == "root");
    CHECK(said["reason"] == "hash mismatch: \"quoted\"");
    CHECK(said["attempts"] == 5);
    CHECK(said["first_at"] == "2026-01-02T03:04:05.12345Z");
    CHECK(said["last_at"] == "2026-01-02T03:05:05Z");
    CHECK(said["payload"] == "{\"a\":1}");
    CHECK(said["payload_bytes"] == 7);
}

TEST_CASE("a payload that is text comes back as it was") {
    for (const auto& text : {std::string("{\"é\":\"\\u0000\"}"), std::string("a\0b\n\x7f", 5),
                             std::string("\xf0\x9f\x98\x80"), std::string()}) {
        const auto said = envelope(letter(text));
        CHECK(said["payload"].get<std::string>() == text);
        CHECK_FALSE(said.contains("payload_base64"));
    }
}

TEST_CASE("a payload that is no UTF-8 stands in base64") {
    const std::map<std::string, std::string> cases{
        {"\xff", "/w=="}, {"\xff\xfe", "//4="}, {"\xff\xfe\xfd", "//79"}, {"a\xc3", "YcM="}};
    for (const auto& [bytes, text] : cases) {
        const auto said = envelope(letter(bytes));
        CHECK(said["payload_base64"] == text);
        CHECK_FALSE(said.contains("payload"));
    }
    auto what = letter("x");
    what.key = "\x80";
    CHECK(envelope(what)["key_base64"] == "gA==");
}

TEST_CASE("a letter that never was on a topic has no partition") {
    auto what = letter("x");
    what.partition = -1;
    CHECK_FALSE(envelope(what).contains("partition"));
    CHECK_FALSE(envelope(what).contains("offset"));
}

TEST_CASE("a dead letter is on <topic>.dead when the call returns") {
    bus::memory_bus where;
    bus::sync_writer writer(with_topic(where));
    const auto result = publish::write_dead_letter(writer, letter("x"), 10s);
    CHECK(result.written());
    const auto records = where.records("nodes.dead");
    REQUIRE(records.size() == 1);
    CHECK(records[0].key == "root");
    CHECK(json::parse(records[0].value)["payload"] == "x");
    const std::map<std::string, std::string> headers(records[0].headers.begin(), records[0].headers.end());
    CHECK(headers.at("reason") == "hash mismatch: \"quoted\"");
    CHECK(headers.at("event_id") == "abc");
    CHECK(headers.at("event_type") == "tapes.node.v1");
    CHECK(headers.at("content-type") == "application/json");
}

TEST_CASE("a dead letter that the broker does not take in time is not written, and the next one is") {
    bus::memory_bus where;
    bus::sync_writer writer(with_topic(where));
    where.set_down(true);
    CHECK(publish::write_dead_letter(writer, letter("x"), 50ms).why == bus::failure::transient);
    where.set_down(false);
    CHECK(publish::write_dead_letter(writer, letter("y"), 10s).written());
    REQUIRE(where.records("nodes.dead").size() == 1);
}

TEST_CASE("without its topic a dead letter is not written") {
    bus::memory_bus where;
    bus::sync_writer writer(where);
    CHECK_FALSE(publish::write_dead_letter(writer, letter("x"), 10s).written());
}

TEST_CASE("a dead letter too large for its topic goes without the payload") {
    bus::memory_bus where;
    bus::sync_writer writer(with_topic(where));
    where.limit_message(2000);
    const std::string large(5000, 'x');
    CHECK(publish::write_dead_letter(writer, letter(large), 10s).written());
    const auto records = where.records("nodes.dead");
    REQUIRE(records.size() == 1);
    const auto said = json::parse(records[0].value);
    CHECK(said["payload_bytes"] == 5000);
    CHECK_FALSE(said.contains("payload"));
}

}  // namespace tapes::publish::dead_letter_record_test
