#include <tapes/event/event.hpp>
#include <tapes/event/node_reader.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>

namespace tapes::event::node_reader_test {

using namespace tapes;
using event::read_node_event;
using nlohmann::json;

namespace {

json golden() {
    std::ifstream file(TAPES_TEST_DATA "/golden-hashes.json");
    return json::parse(std::string{std::istreambuf_iterator<char>(file), {}});
}

/// The event of a golden row, as some other program could write it.
json event_of(const json& chain, const json& row, const std::string& parent, const std::string& root) {
    json bucket{{"type", "message"},
                {"role", row.at("role")},
                {"content", row.at("content")},
                {"model", chain.at("model")},
                {"provider", chain.at("provider")}};
    if (chain.contains("agent_name")) {
        bucket["agent_name"] = chain.at("agent_name");
    }
    return {{"schema", "tapes.node.v1"},
            {"root_hash", root},
            {"occurred_at", "2026-01-02T03:04:05.12345Z"},
            {"node",
             {{"hash", row.at("hash")},
              {"parent_hash", parent.empty() ? json(nullptr) : json(parent)},
              {"bucket", bucket}}}};
}

json simple() {
    const auto all = golden();
    const auto& chain = all.at("chains").at(0);
    const auto& row = chain.at("nodes").at(0);
    return event_of(chain, row, "", row.at("hash").get<std::string>());
}

std::string refusal(const json& event) {
    return read_node_event(event.dump()).refusal;
}

store::stored_node stored(const merkle::node& node, const merkle::identity& identity) {
    store::stored_node made;
    made.hash = made.root = node.position.hash;
    made.role = node.role;
    made.content = node.content;
    made.model = identity.model;
    made.provider = identity.provider;
    made.agent_name = identity.agent_name;
    return made;
}

}  // namespace

TEST_CASE("every chain of the reference is read from events, and has the reference's hashes") {
    const auto all = golden();
    for (const auto& chain : all.at("chains")) {
        INFO(chain.at("name"));
        std::string parent;
        const auto root = chain.at("nodes").at(0).at("hash").get<std::string>();
        for (const auto& row : chain.at("nodes")) {
            const auto found = read_node_event(event_of(chain, row, parent, root).dump());
            CHECK(found.refusal.empty());
            REQUIRE(found.event);
            const auto& node = found.event->node;
            CHECK(merkle::to_hex(node.hash) == row.at("hash").get<std::string>());
            CHECK(merkle::hash_stored(node.parent, node.identity, node.role, node.content) == node.hash);
            CHECK(node.match_content.empty());
            parent = row.at("hash").get<std::string>();
        }
    }
}

TEST_CASE("an event says what its node is, and reads back as it was written") {
    merkle::message said{"assistant", {}};
    merkle::block thought;
    thought.type = "thinking";
    thought.thinking = "hm";
    thought.signature = "sig";
    thought.dropped_by_clients = true;
    merkle::block call;
    call.type = "tool_use";
    call.tool_use_id = "t1";
    call.tool_name = "f";
    call.tool_input = R"({"z":1e21,"a":[0.1,"\u0007 \" \\"],"deep":{"x":null}})";
    merkle::block odd;
    odd.type = "web_search";
    odd.raw = R"({"b":[1,2,{"c":"ä"}],"type":"web_search"})";  // an unknown part, which stays in the match
    merkle::block text_raw;
    text_raw.type = "note";
    text_raw.raw = "no json at all";
    text_raw.dropped_by_clients = true;  // an unknown member of an answer
    said.content = {thought, call, odd, text_raw};
    const merkle::identity identity{"m", "p", "agent"};
    const auto made = merkle::make_node({}, identity, said);
    auto node = stored(made, identity);
    node.stop_reason = "tool_use";
    node.project = "proj";
    node.used.prompt_tokens = 5;
    node.used.total_duration_ns = 7;
    node.created_at_us = 1'767'323'045'123'450;
    std::string event;
    append_node_event(event, node, event::content_form::whole);
    const auto found = read_node_event(event);
    CHECK(found.refusal.empty());
    REQUIRE(found.event);
    const auto& read = found.event->node;
    CHECK(read.content == node.content);
    CHECK(read.created_at_us == node.created_at_us);
    CHECK(read.stop_reason == "tool_use");
    CHECK(read.project == "proj");
    CHECK(read.used.prompt_tokens == 5);
    CHECK(read.used.total_duration_ns == 7);
    CHECK_FALSE(read.used.total_tokens);
    CHECK(read.identity.agent_name == "agent");
    CHECK(merkle::hash_stored({}, identity, "assistant", read.match_content) == made.position.match);
}

TEST_CASE("content with fields that we have no place for is kept as it is") {
    merkle::identity identity{"m", "p", ""};
    const std::string content = R"([{"type":"text","text":"a","colour":{"red":[1,2]}}])";
    auto event = simple();
    const auto hash = merkle::to_hex(*merkle::hash_stored({}, identity, "user", content));
    event["node"]["hash"] = event["root_hash"] = hash;
    event["node"]["bucket"] = {{"type", "message"},
                               {"role", "user"},
                               {"content", json::parse(content)},
                               {"model", "m"},
                               {"provider", "p"}};
    const auto found = read_node_event(event.dump());
    REQUIRE(found.event);
    CHECK(json::parse(found.event->node.content) == json::parse(content));
}

TEST_CASE("an event whose hash is not that of what it holds is refused") {
    const auto good = simple();
    CHECK(refusal(good).empty());
    for (const auto& [path, value] :
         std::vector<std::pair<std::string, json>>{{"/node/bucket/content/0/text", "You are another."},
                                                   {"/node/bucket/role", "user"},
                                                   {"/node/bucket/model", "other"},
                                                   {"/node/bucket/provider", "other"},
                                                   {"/node/bucket/agent_name", "other"},
                                                   {"/node/bucket/content", json::array()}}) {
        auto bad = good;
        bad[json::json_pointer(path)] = value;
        INFO(path);
        CHECK(refusal(bad).find("its hash is not that of what it holds") == 0);
    }
    auto child = good;
    child["node"]["parent_hash"] = std::string(64, 'a');
    CHECK(refusal(child).find("its hash is not that of what it holds") == 0);
}

TEST_CASE("what is no event is refused with the reason") {
    CHECK(read_node_event("").refusal == "it is no JSON in UTF-8");
    CHECK(read_node_event("\xff\xfe").refusal == "it is no JSON in UTF-8");
    CHECK(read_node_event("[]").refusal == "it is no JSON object");
    CHECK(read_node_event("{}").refusal == "it has no schema");
    const std::vector<std::pair<std::string, json>> wrong{
        {"/schema", "tapes.node.v2"},
        {"/schema", 1},
        {"/root_hash", "abc"},
        {"/root_hash", std::string(64, 'b')},
        {"/occurred_at", "yesterday"},
        {"/node", 3},
        {"/node/hash", nullptr},
        {"/node/hash", std::string(64, 'x')},
        {"/node/parent_hash", 7},
        {"/node/bucket", "x"},
        {"/node/bucket/type", "other"},
        {"/node/bucket/content", "text"},
        {"/node/bucket/content/0", 5},
        {"/node/bucket/content/0/text", 5},
        {"/node/usage", {{"prompt_tokens", 1.5}}},
        {"/node/usage", {{"prompt_tokens", 18446744073709551615U}}},
        {"/node/stop_reason", json::array()}};
    for (const auto& [path, value] : wrong) {
        auto bad = simple();
        bad[json::json_pointer(path)] = value;
        INFO(path << " = " << value);
        const auto found = read_node_event(bad.dump());
        CHECK_FALSE(found.event);
        CHECK_FALSE(found.refusal.empty());
    }
}

TEST_CASE("an event that is too large, too deep or of too many values is refused before it is built") {
    const auto event = simple().dump();
    CHECK(read_node_event(event, {event.size() - 1, 1000}).refusal.find("bytes, more than") !=
          std::string::npos);
    CHECK(read_node_event(event, {1 << 20, 3}).refusal.find("more than 3 JSON values") != std::string::npos);
    CHECK(read_node_event(std::string(100'000, '[')).refusal.find("nested deeper") != std::string::npos);
    CHECK(read_node_event("{\"a\":\"" + std::string(10'000, '[') + "\"}").refusal == "it has no schema");
}

TEST_CASE("an event by reference is proved when its content is found") {
    auto event = simple();
    const auto content = event["node"]["bucket"]["content"];
    event["node"]["bucket"].erase("content");
    event["node"]["bucket"]["content_ref"] = {{"hash", event["node"]["hash"]}, {"bytes", 123}};
    const auto found = read_node_event(event.dump());
    REQUIRE(found.event);
    CHECK(found.event->by_reference);
    CHECK(found.event->content_bytes == 123);
    for (const auto& answer :
         {simple(), json{{"content", content}}, json{{"hash", "x"}, {"bucket", {{"content", content}}}}}) {
        auto filled = *found.event;
        CHECK(add_content(filled, answer.dump()).empty());
        CHECK_FALSE(filled.by_reference);
        CHECK(json::parse(filled.node.content) == content);
    }
    auto filled = *found.event;
    CHECK(add_content(filled, R"({"content":[]})").find("its hash is not that") != std::string::npos);
    CHECK(add_content(filled, R"({"error":"no such node"})") == "what was found for it has no content");
    CHECK(add_content(filled, "nonsense") == "it is no JSON in UTF-8");
    event["node"]["bucket"]["content_ref"]["hash"] = std::string(64, 'a');
    CHECK(refusal(event) == "its content_ref is that of another node");
}

}  // namespace tapes::event::node_reader_test
