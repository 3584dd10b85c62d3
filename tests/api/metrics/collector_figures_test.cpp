#include <tapes/api/collector_figures.hpp>

#include <catch2/catch.hpp>
#include <prometheus/text_serializer.h>

namespace tapes::api::collector_figures_test {

using namespace tapes;

TEST_CASE("a collector's figures say what became of messages, and how far each partition is read") {
    publish::collector_status now;
    now.totals.received = 10;
    now.totals.added = 5;
    now.totals.known = 2;
    now.totals.orphaned = 1;
    now.totals.joined = 1;
    now.totals.dead = 2;
    now.consumers.resize(2);
    now.consumers[0].rebalances = 3;
    bus::partition_status part;
    part.topic = "nodes";
    part.partition = 4;
    part.position = 7;
    part.lag = 2;
    now.consumers[0].partitions = {part};
    part.partition = 5;
    part.position = part.lag = -1;  // not known yet
    now.consumers[1].partitions = {part};
    now.consumers[1].state = bus::consumer_state::failed;
    const auto text = prometheus::TextSerializer{}.Serialize(api::collector_figures(now, 6));
    const auto says = [&](const std::string& line) { return text.find(line + "\n") != std::string::npos; };
    CHECK(says("tapes_collector_received_total 10"));
    CHECK(says("tapes_collector_messages_total{result=\"added\"} 5"));
    CHECK(says("tapes_collector_messages_total{result=\"known\"} 2"));
    CHECK(says("tapes_collector_messages_total{result=\"orphan\"} 1"));
    CHECK(says("tapes_collector_messages_total{result=\"dead\"} 2"));
    CHECK(says("tapes_collector_joined_total 1"));
    CHECK(says("tapes_collector_orphans 6"));
    CHECK(says("tapes_collector_lag{topic=\"nodes\",partition=\"4\"} 2"));
    CHECK(says("tapes_collector_position{topic=\"nodes\",partition=\"4\"} 7"));
    CHECK(text.find("partition=\"5\"") == std::string::npos);
    CHECK(says("tapes_collector_consumers{state=\"running\"} 1"));
    CHECK(says("tapes_collector_consumers{state=\"failed\"} 1"));
    CHECK(says("tapes_collector_rebalances_total 3"));
}

}  // namespace tapes::api::collector_figures_test
