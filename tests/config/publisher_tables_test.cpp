#include "fixture.hpp"

#include <tapes/config/keys.hpp>

#include <catch2/catch.hpp>

namespace tapes::config::publisher_tables_test {

using namespace tapes::config;
using Catch::Matchers::Contains;

namespace {

constexpr const char* two = R"(
[[publisher]]
name = "all"
brokers = "a:9092, b:9092"
topic = "nodes"

[[publisher]]
name = "audit"
brokers = ["c:9092"]
topic = "audit"
topic_prefix = "prod."
events = ["tapes.node.v1", "tapes.exchange.v1"]
filter = { provider = "anthropic", agent = ["claude", "codex"], project = ["one, two"] }
window_bytes = "1MiB"
start = "now"
create_topic = false
partitions = 3
retention = "7d"
max_message_bytes = "2MiB"
client_id = "me"
[publisher.properties]
"sasl.password" = "hush"
)";

std::string shown(const loaded& from, const std::string& key) {
    for (const auto& one : from.entries) {
        if (one.key == key) {
            return masked(one.key, one.value) + " (" + one.origin + ")";
        }
    }
    return "nothing";
}

}  // namespace

TEST_CASE("each [[publisher]] is a publisher with a name and settings of its own") {
    sandbox here;
    here.write(two);
    REQUIRE(here.failure() == "");
    const auto all = here.load().values.publishers;
    REQUIRE(all.size() == 2);
    CHECK(all[0].name == "all");
    CHECK(all[0].type == publisher_type::kafka);
    CHECK(all[0].kafka.brokers == std::vector<std::string>{"a:9092", "b:9092"});
    CHECK(all[0].events.size() == 4);
    CHECK(all[0].filter.projects.empty());
    const auto& audit = all[1];
    CHECK(audit.topic_prefix == "prod.");
    CHECK(audit.events == std::vector<std::string>{"tapes.node.v1", "tapes.exchange.v1"});
    CHECK(audit.filter.providers == std::vector<std::string>{"anthropic"});
    CHECK(audit.filter.agents == std::vector<std::string>{"claude", "codex"});
    CHECK(audit.filter.projects == std::vector<std::string>{"one, two"});
    CHECK(audit.window_bytes == 1U << 20);
    CHECK(audit.start == cursor_start::now);
    CHECK_FALSE(audit.kafka.create_topic);
    CHECK(audit.kafka.partitions == 3);
    CHECK(audit.kafka.max_message_bytes == 2U << 20);
    CHECK(audit.kafka.properties.at("sasl.password") == "hush");
}

TEST_CASE("tapes config shows them by name, with where each value comes from, and no secrets") {
    sandbox here;
    here.write(two);
    const auto all = here.load();
    CHECK_THAT(shown(all, "publisher[audit].topic"), Contains("audit (") && Contains("config.toml:10)"));
    CHECK(shown(all, "publisher[all].partitions") == "6 (default)");
    CHECK_THAT(shown(all, "publisher[audit].properties.sasl.password"), Contains("********"));
}

TEST_CASE("the publisher of flags stands beside them as \"kafka\"") {
    sandbox here;
    here.write(two);
    here.in.flags = {{"publisher.kafka.brokers", "d:9092", "--kafka-brokers"},
                     {"publisher.kafka.topic", "mine", "--kafka-topic"}};
    const auto all = here.load().values.publishers;
    REQUIRE(all.size() == 3);
    CHECK(all[2].name == "kafka");
    CHECK(all[2].kafka.topic == "mine");
}

TEST_CASE("the one form alone is one publisher, named \"kafka\"") {
    sandbox here;
    here.write(
        "[publisher]\nevents = \"tapes.node.v1\"\n[publisher.kafka]\nbrokers = \"a:1\"\ntopic = \"t\"\n");
    const auto all = here.load().values.publishers;
    REQUIRE(all.size() == 1);
    CHECK(all[0].name == "kafka");
    CHECK(all[0].events == std::vector<std::string>{"tapes.node.v1"});
    here.write("");
    CHECK(here.load().values.publishers.empty());
}

TEST_CASE("what is wrong with a [[publisher]] is said with its line") {
    sandbox here;
    const std::string good = "[[publisher]]\nname = \"a\"\nbrokers = \"x:1\"\ntopic = \"t\"\n";
    here.write(good + "topik = 1\n");
    CHECK_THAT(here.failure(), Contains("config.toml:5") && Contains("did you mean topic?"));
    here.write(good + good);
    CHECK_THAT(here.failure(), Contains("two publishers have the name a"));
    here.write("[[publisher]]\nname = \"A b\"\nbrokers = \"x:1\"\ntopic = \"t\"\n");
    CHECK_THAT(here.failure(), Contains("\"A b\""));
    here.write("[[publisher]]\nbrokers = \"x:1\"\ntopic = \"t\"\n");
    CHECK_THAT(here.failure(), Contains("without a name"));
    here.write("[[publisher]]\nname = \"a\"\ntopic = \"t\"\n");
    CHECK_THAT(here.failure(), Contains("publisher a has no brokers"));
    here.write("[[publisher]]\nname = \"a\"\nbrokers = \"x:1\"\n");
    CHECK_THAT(here.failure(), Contains("publisher a has no topic"));
    here.write(good + "events = [\"tapes.nod.v1\"]\n");
    CHECK_THAT(here.failure(), Contains("did you mean tapes.node.v1?"));
    here.write(good + "partitions = 0\n");
    CHECK_THAT(here.failure(), Contains("partitions = \"0\"") && Contains("between 1 and"));
    here.write("[publisher]\nstart = \"now\"\n" + good);
    CHECK_THAT(here.failure(), Contains("[publisher] or several [[publisher]], not both"));
    here.write(good + "[publisher.kafka]\ntopic = \"t\"\n");
    CHECK_THAT(here.failure(), Contains("unknown key kafka.topic"));
}

TEST_CASE("a publisher of that name in the file and one of flags are too many") {
    sandbox here;
    here.write("[[publisher]]\nname = \"kafka\"\nbrokers = \"x:1\"\ntopic = \"t\"\n");
    here.in.flags = {{"publisher.kafka.brokers", "d:9092", "--kafka-brokers"},
                     {"publisher.kafka.topic", "mine", "--kafka-topic"}};
    CHECK_THAT(here.failure(), Contains("named kafka"));
}

}  // namespace tapes::config::publisher_tables_test
