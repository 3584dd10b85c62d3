#include <tapes/event/event.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/text/rfc3339.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::event::event_test {

using namespace tapes;

namespace {

store::stored_node whole_node() {
    store::stored_node node;
    node.hash.fill(0xab);
    node.parent = merkle::digest{};
    node.root.fill(0x01);
    node.role = "assistant";
    node.content = R"([{"type":"text","text":"hi <b> \"é\""}])";
    node.model = "gpt-4o";
    node.provider = "openai";
    node.agent_name = "codex";
    node.project = "tapes";
    node.stop_reason = "stop";
    node.used.prompt_tokens = 10;
    node.used.total_tokens = 12;
    node.created_at_us = 1'767'323'045'123'450;
    return node;
}

std::string hex(char digit1, char digit2) {
    std::string text;
    for (int i = 0; i < 32; ++i) {
        text += digit1;
        text += digit2;
    }
    return text;
}

std::string event_of(const store::stored_node& node, event::content_form form = event::content_form::whole) {
    std::string out;
    event::append_node_event(out, node, form);
    return out;
}

std::string time_of(std::int64_t us) {
    std::string out;
    text::append_rfc3339(out, us);
    return out;
}

}  // namespace

TEST_CASE("figures that only exchanges have are in no event of a node") {
    auto node = whole_node();
    node.used.reasoning_tokens = 1;
    node.used.cache_write_5m_tokens = 2;
    node.used.cache_write_1h_tokens = 3;
    CHECK(event_of(node) == event_of(whole_node()));
}

TEST_CASE("an event has the reference's fields in the reference's order") {
    CHECK(
        event_of(whole_node()) ==
        R"({"schema":"tapes.node.v1","root_hash":")" + hex('0', '1') +
            R"(","occurred_at":"2026-01-02T03:04:05.12345Z","node":{"hash":")" + hex('a', 'b') +
            R"(","parent_hash":")" + hex('0', '0') +
            R"(","bucket":{"type":"message","role":"assistant","content":[{"type":"text","text":"hi <b> \"é\""}],)"
            R"("model":"gpt-4o","provider":"openai","agent_name":"codex"},"stop_reason":"stop",)"
            R"("usage":{"prompt_tokens":10,"total_tokens":12},"project":"tapes"}})");
}

TEST_CASE("an event of a root has a null parent, and leaves out what is empty") {
    store::stored_node node;
    node.role = "user";
    node.content = "[]";
    CHECK(event_of(node) ==
          R"({"schema":"tapes.node.v1","root_hash":")" + hex('0', '0') +
              R"(","occurred_at":"1970-01-01T00:00:00Z","node":{"hash":")" + hex('0', '0') +
              R"(","parent_hash":null,"bucket":{"type":"message","role":"user","content":[],)"
              R"("model":"","provider":""}}})");
}

TEST_CASE("an event by reference names hash and size in place of the content") {
    const auto node = whole_node();
    const auto event = event_of(node, event::content_form::reference);
    CHECK(event.find("\"content\":") == std::string::npos);
    CHECK(event.find(R"("role":"assistant","content_ref":{"hash":")" + hex('a', 'b') + R"(","bytes":)" +
                     std::to_string(node.content.size()) + "},\"model\"") != std::string::npos);
}

TEST_CASE("an event of one node is the same bytes each time") {
    CHECK(event_of(whole_node()) == event_of(whole_node()));
}

TEST_CASE("time is RFC 3339 in UTC with trailing zeros trimmed") {
    CHECK(time_of(0) == "1970-01-01T00:00:00Z");
    CHECK(time_of(1) == "1970-01-01T00:00:00.000001Z");
    CHECK(time_of(-1) == "1969-12-31T23:59:59.999999Z");
    CHECK(time_of(951'827'696'100'000) == "2000-02-29T12:34:56.1Z");
}

}  // namespace tapes::event::event_test
