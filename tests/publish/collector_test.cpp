#include "eventually.hpp"
#include "temporary_store.hpp"

#include <tapes/bus/memory.hpp>
#include <tapes/event/event.hpp>
#include <tapes/publish/collector.hpp>
#include <tapes/store/dead_letters.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/store/verify.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>

namespace tapes::publish::collector_test {

using tapes::test::eventually;

using namespace tapes;
using namespace std::chrono_literals;

namespace {

class central_store : public store::test::written_store {
public:
    bool has(const merkle::digest& hash) const { return store::reader{path()}.find_node(hash).has_value(); }
    std::vector<std::string> wrong() const {
        store::findings found;
        store::verify({path(), 1, {}}, found);
        return found.lines();
    }
    std::vector<store::kept_letter> letters() const { return store::letter_reader{path()}.list({}, 100); }
};

store::stored_node make_node(const std::string& text, const store::stored_node* parent = nullptr) {
    merkle::message said{parent == nullptr || parent->role == "assistant" ? "user" : "assistant", {}};
    merkle::block block;
    block.type = "text";
    block.text = text;
    said.content = {block};
    const merkle::identity identity{"m", "openai", ""};
    std::optional<merkle::link> above;
    if (parent != nullptr) {
        above = merkle::link{parent->hash, parent->hash};
    }
    const auto made = merkle::make_node(above, identity, said);
    store::stored_node node;
    node.hash = made.position.hash;
    node.root = parent != nullptr ? parent->root : node.hash;
    node.parent = above ? std::optional(above->hash) : std::nullopt;
    node.role = made.role;
    node.content = made.content;
    node.model = identity.model;
    node.provider = identity.provider;
    node.created_at_us = 1'700'000'000'000'000;
    return node;
}

std::vector<store::stored_node> chain(const std::string& tag, int length) {
    std::vector<store::stored_node> made;
    made.reserve(static_cast<std::size_t>(length));
    for (int i = 0; i < length; ++i) {
        made.push_back(make_node(tag + std::to_string(i), i == 0 ? nullptr : &made.back()));
    }
    return made;
}

struct no_events : bus::producer_events {
    void delivered(std::span<const bus::delivery_report>) override {}
    void trouble(bus::severity, std::string_view) override {}
};

/// A topic of nodes, and a way to put things on it.
class nodes_topic {
public:
    explicit nodes_topic(int partitions = 3) {
        const auto admin = bus.make_admin();
        admin->create_topic({"nodes", partitions}, 1s);
        admin->create_topic({"nodes.dead", 1}, 1s);
        out = bus.make_producer(none, {});
    }
    void send(const std::string& key, const std::string& value, const char* type = "tapes.node.v1") {
        const std::array<bus::header, 2> headers{{{"event_type", type}, {"source", "machine"}}};
        const bus::record record{"nodes", key, value, headers, 1, 0};
        REQUIRE(out->produce(record).status == bus::acceptance::accepted);
        ++sent;
    }
    void send(const store::stored_node& node, event::content_form form = event::content_form::whole) {
        std::string value;
        event::append_node_event(value, node, form);
        send(merkle::to_hex(node.root), value);
    }

    bus::memory_bus bus;
    no_events none;
    std::unique_ptr<bus::producer> out;
    std::uint64_t sent = 0;
};

publish::collector_settings settings(unsigned consumers = 1) {
    publish::collector_settings how;
    how.reading.topics = {"nodes"};
    how.reading.group = "g";
    how.reading.batch_messages = 100;
    how.reading.commit_interval = 1ms;
    how.reading.retry_base = 1ms;
    how.reading.retry_cap = 2ms;
    how.consumers = consumers;
    return how;
}

bool all_taken(const publish::collector& by, const nodes_topic& from) {
    return eventually([&] { return by.status().totals.received >= from.sent; });
}

std::chrono::steady_clock::time_point soon() {
    return std::chrono::steady_clock::now() + 60s;
}

/// Finds what it is told to, after so many questions.
struct some_contents : publish::content_source {
    publish::content_answer find(const merkle::digest&) override {
        return ++asked > absent_for ? publish::content_answer{true, body, ""}
                                    : publish::content_answer{false, "", "not there"};
    }
    std::atomic<int> asked{0};
    std::atomic<int> absent_for{0};
    std::string body;
};

}  // namespace

TEST_CASE("the events of several machines become one store, whoever of the group reads them") {
    nodes_topic topic;
    central_store central;
    std::vector<store::stored_node> all;
    for (int machine = 0; machine < 3; ++machine) {
        for (int i = 0; i < 10; ++i) {
            // The first conversation is everyone's.
            for (const auto& node : chain(i == 0 ? "same" : std::to_string(machine * 100 + i) + "-", 4)) {
                topic.send(node);
                all.push_back(node);
            }
        }
    }
    publish::collector by{topic.bus, central.out, nullptr, settings(3)};
    REQUIRE(all_taken(by, topic));
    for (const auto& node : all) {
        CHECK(central.has(node.hash));
    }
    const auto totals = by.status().totals;
    CHECK(totals.added + totals.known == topic.sent);
    CHECK(totals.added == 28 * 4);
    CHECK(totals.dead == 0);
    CHECK(by.status().consumers.size() == 3);
    CHECK(by.stop(soon()));
    std::int64_t committed = 0;
    for (int i = 0; i < 3; ++i) {
        committed += std::max<std::int64_t>(topic.bus.committed("g", "nodes", i), 0);
    }
    CHECK(committed == static_cast<std::int64_t>(topic.sent));
    CHECK(central.wrong().empty());
}

TEST_CASE("what is read again changes nothing") {
    nodes_topic topic;
    central_store central;
    for (const auto& node : chain("c", 6)) {
        topic.send(node);
    }
    for (const char* group : {"g", "other"}) {
        auto how = settings();
        how.reading.group = group;
        publish::collector by{topic.bus, central.out, nullptr, how};
        REQUIRE(all_taken(by, topic));
    }
    std::size_t announced = 0;
    for (const auto& row : store::reader{central.path()}.read_log(0, 1 << 20)) {
        announced += row.nodes.size();
    }
    CHECK(announced == 6);
    CHECK(central.wrong().empty());
}

TEST_CASE("garbage and nodes that are not what their hash says are dead letters, and the rest goes on") {
    nodes_topic topic{1};
    central_store central;
    const auto good = chain("c", 3);
    topic.send(good[0]);
    topic.send("k", "garbage \xff");
    topic.send(good[1]);
    auto forged = good[2];
    forged.content = R"([{"type":"text","text":"forged"}])";
    topic.send(forged);
    topic.send("k", "{}", "tapes.exchange.v1");
    auto wrong_root = good[2];
    wrong_root.root = make_node("another").hash;
    topic.send(wrong_root);
    topic.send(good[2]);
    publish::collector by{topic.bus, central.out, nullptr, settings()};
    REQUIRE(all_taken(by, topic));
    CHECK(by.stop(soon()));
    for (const auto& node : good) {
        CHECK(central.has(node.hash));
    }
    CHECK(by.status().totals.dead == 4);
    CHECK(topic.bus.committed("g", "nodes", 0) == 7);
    auto letters = central.letters();
    REQUIRE(letters.size() == 4);
    std::ranges::sort(letters, {}, &store::kept_letter::offset);
    CHECK(letters[0].reason == "it is no JSON in UTF-8");
    CHECK(letters[0].offset == 1);
    CHECK(letters[0].source == "collector:g");
    CHECK(letters[0].state == store::letter_state::pending);
    CHECK(store::letter_reader{central.path()}.find(letters[0].id)->payload == "garbage \xff");
    CHECK(letters[1].reason.find("its hash is not that of what it holds") == 0);
    CHECK(letters[2].reason.find("its event_type is \"tapes.exchange.v1\"") == 0);
    CHECK(letters[3].reason == "its root_hash is not the root of its parent");
    const auto dead = topic.bus.records("nodes.dead");
    REQUIRE(dead.size() == 4);
    CHECK(dead[0].value.find("\"payload_base64\":") != std::string::npos);
    CHECK(dead[1].value.find("forged") != std::string::npos);
    CHECK(central.wrong().empty());
}

TEST_CASE("children that come before their parents are kept, and join") {
    nodes_topic topic{1};
    central_store central;
    const auto nodes = chain("c", 5);
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
        topic.send(*node);
    }
    topic.send(chain("lost", 2)[1]);
    auto how = settings();
    how.reading.batch_messages = 2;
    publish::collector by{topic.bus, central.out, nullptr, how};
    REQUIRE(all_taken(by, topic));
    CHECK(by.stop(soon()));
    CHECK(central.has(nodes[4].hash));
    CHECK(by.status().totals.orphaned == 5);
    CHECK(by.status().totals.joined == 4);
    CHECK(store::orphan_reader{central.path()}.totals().nodes == 1);
    CHECK(topic.bus.committed("g", "nodes", 0) == 6);
    CHECK(central.wrong().empty());
}

TEST_CASE("the content of an event by reference is asked for until it is found") {
    nodes_topic topic{1};
    central_store central;
    const auto nodes = chain("large", 2);
    topic.send(nodes[0], event::content_form::reference);
    topic.send(nodes[1]);
    some_contents contents;
    contents.absent_for = 3;
    contents.body = R"({"content":)" + nodes[0].content + "}";
    publish::collector by{topic.bus, central.out, &contents, settings()};
    REQUIRE(all_taken(by, topic));
    CHECK(central.has(nodes[0].hash));
    CHECK(central.has(nodes[1].hash));
    CHECK(by.status().totals.resolved == 1);
    CHECK(by.status().totals.unresolved == 3);
    CHECK(by.status().totals.dead == 0);
}

TEST_CASE("content that is not found becomes a dead letter, from which the node can be taken later") {
    nodes_topic topic{1};
    central_store central;
    const auto nodes = chain("large", 2);
    topic.send(nodes[0], event::content_form::reference);
    topic.send(nodes[1]);
    some_contents contents;
    contents.absent_for = 1'000'000;
    contents.body = R"({"content":)" + nodes[0].content + "}";
    auto how = settings();
    how.content_attempts = 3;
    how.first_retry = [](const store::dead_letter&) { return store::letter_due{INT64_MAX}; };
    publish::collector by{topic.bus, central.out, &contents, how};
    REQUIRE(all_taken(by, topic));
    REQUIRE(eventually([&] { return by.status().totals.dead == 1; }));
    CHECK(contents.asked == 3);
    CHECK(store::orphan_reader{central.path()}.count() == 1);
    const auto letters = central.letters();
    REQUIRE(letters.size() == 1);
    CHECK(letters[0].state == store::letter_state::scheduled);
    CHECK(by.sources() == std::vector{letters[0].source});
    const auto whole = *store::letter_reader{central.path()}.find(letters[0].id);
    CHECK(by.resend(whole, 1s).why == bus::failure::invalid);
    contents.absent_for = 0;
    CHECK(by.resend(whole, 1s).written());
    CHECK(central.has(nodes[1].hash));
    CHECK(store::orphan_reader{central.path()}.count() == 0);
    CHECK(central.wrong().empty());
}

TEST_CASE("without a source of content an event by reference is a dead letter at once") {
    nodes_topic topic{1};
    central_store central;
    topic.send(chain("large", 1)[0], event::content_form::reference);
    publish::collector by{topic.bus, central.out, nullptr, settings()};
    REQUIRE(all_taken(by, topic));
    REQUIRE(eventually([&] { return by.status().totals.dead == 1; }));
    CHECK(central.letters().at(0).reason.find("no content source is configured") != std::string::npos);
}

TEST_CASE("only what lacks its content is tried again by itself") {
    nodes_topic topic{1};
    central_store central;
    topic.send("k", "garbage");
    topic.send(chain("large", 1)[0], event::content_form::reference);
    topic.send("k", "its content (is garbage too");
    auto how = settings();
    how.first_retry = [](const store::dead_letter&) { return store::letter_due{INT64_MAX}; };
    publish::collector by{topic.bus, central.out, nullptr, how};
    REQUIRE(eventually([&] { return by.status().totals.dead == 3; }));
    for (const auto& letter : central.letters()) {
        const bool lacks_content = letter.offset == 1;
        CHECK(letter.state ==
              (lacks_content ? store::letter_state::scheduled : store::letter_state::pending));
    }
}

TEST_CASE("what cannot be written to the topic of dead letters is not committed, and kept once") {
    nodes_topic topic{1};
    central_store central;
    topic.send("k", "garbage");
    std::atomic<int> refused{0};
    topic.bus.decide([&](const bus::stored_record& record) {
        const bool fails = record.topic == "nodes.dead" && refused++ < 3;
        return bus::memory_bus::fate{fails ? bus::failure::transient : bus::failure::none, !fails, false};
    });
    publish::collector by{topic.bus, central.out, nullptr, settings()};
    REQUIRE(all_taken(by, topic));
    REQUIRE(eventually([&] { return by.status().totals.dead == 1; }));
    CHECK(refused >= 4);
    CHECK(topic.bus.records("nodes.dead").size() == 1);
    CHECK(central.letters().size() == 1);
}

TEST_CASE("what the store does not take is not committed, and is no dead letter") {
    nodes_topic topic{1};
    central_store central;
    central.out.stop(soon());
    for (const auto& node : chain("c", 3)) {
        topic.send(node);
    }
    publish::collector by{topic.bus, central.out, nullptr, settings()};
    REQUIRE(eventually([&] {
        const auto now = by.status().consumers.at(0);
        return now.topics.contains("nodes") && now.topics.at("nodes").retries > 3;
    }));
    CHECK_FALSE(by.stop(std::chrono::steady_clock::now()));
    CHECK(topic.bus.committed("g", "nodes", 0) == -1);
    CHECK(by.status().totals.dead == 0);
    CHECK(topic.bus.records("nodes.dead").empty());
}

TEST_CASE("a collector without consumers, or without a topic, is refused") {
    nodes_topic topic;
    central_store central;
    CHECK_THROWS_WITH(publish::collector(topic.bus, central.out, nullptr, settings(0)),
                      "collector: consumers must not be 0");
    auto how = settings();
    how.reading.topics.clear();
    CHECK_THROWS_AS(publish::collector(topic.bus, central.out, nullptr, how), bus::setting_error);
}

TEST_CASE("a consumer that has failed for good shows") {
    nodes_topic topic;
    central_store central;
    publish::collector by{topic.bus, central.out, nullptr, settings(2)};
    CHECK(by.failure().empty());
    topic.bus.break_consumers("fenced");
    CHECK(eventually([&] { return by.failure() == "fenced"; }));
}

}  // namespace tapes::publish::collector_test
