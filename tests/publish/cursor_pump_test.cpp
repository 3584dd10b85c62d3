#include "eventually.hpp"
#include "fake_journal.hpp"

#include <tapes/bus/memory.hpp>
#include <tapes/event/choice.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/publish/cursor_pump.hpp>

#include <catch2/catch.hpp>

#include <set>

namespace tapes::publish::cursor_pump_test {

using tapes::test::eventually;
using tapes::test::stays;

using namespace tapes;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// The report says `why`, and the producer breaks; with a lost acknowledgement the topic has the record all
/// the same.
bus::memory_bus::fate lost_ack(bus::failure why) {
    return {why, true, true};
}
bus::memory_bus::fate not_arrived(bus::failure why) {
    return {why, false, true};
}

struct room {
    publish::fake_log log;
    bus::memory_bus bus;
    publish::topic_settings topic{.topic = "events"};
    publish::pump_settings how{
        .window_bytes = 1 << 20, .connect_timeout = 2s, .backoff_base = 1ms, .backoff_cap = 5ms};

    std::unique_ptr<publish::cursor_pump> make() {
        return std::make_unique<publish::cursor_pump>(std::make_unique<publish::fake_journal>(log),
                                                      publish::make_bus_publisher(bus, "memory", topic), how);
    }
    std::unique_ptr<publish::cursor_pump> started() {
        auto pump = make();
        pump->start();
        return pump;
    }
    std::uint64_t saved() {
        const std::lock_guard hold(log.mutex);
        return log.cursor.value_or(0);
    }
    /// Hashes (as ids of fake_log) in the order of their first arrival.
    std::vector<std::string> first_arrivals() {
        std::vector<std::string> order;
        std::set<std::string> seen;
        for (const auto& record : bus.records("events")) {
            if (seen.insert(record.headers.at(0).second).second) {
                order.push_back(record.headers.at(0).second);
            }
        }
        return order;
    }
    std::vector<std::string> all_hashes() {
        std::vector<std::string> order;
        for (const auto& row : log.rows) {
            for (const auto& node : row.nodes) {
                order.push_back(merkle::to_hex(node.hash));
            }
        }
        return order;
    }
};

bool stop(publish::cursor_pump& pump) {
    return pump.stop(std::chrono::steady_clock::now() + 60s);
}

}  // namespace

TEST_CASE("every node of the log is published once, in log order, with key and headers") {
    room here;
    for (std::uint8_t i = 0; i < 200; ++i) {
        here.log.add_turn(i % 7, {10, 20});
        here.log.add_turn(i % 7, {});  // a turn with nothing new
    }
    const auto pump = here.started();
    REQUIRE(stop(*pump));
    CHECK(here.first_arrivals() == here.all_hashes());
    const auto records = here.bus.records("events");
    CHECK(records.size() == 400);
    CHECK(here.saved() == 400);
    const auto& node = here.log.rows[0].nodes[0];
    std::string event;
    event::append_node_event(event, node, event::content_form::whole);
    CHECK(records[0].value == event);
    CHECK(records[0].key == merkle::to_hex(node.root));
    const std::vector<std::pair<std::string, std::string>> headers{{"event_id", merkle::to_hex(node.hash)},
                                                                   {"event_type", "tapes.node.v1"},
                                                                   {"schema", "tapes.node.v1"},
                                                                   {"provider", ""},
                                                                   {"agent_name", ""},
                                                                   {"project", ""},
                                                                   {"content-type", "application/json"}};
    CHECK(records[0].headers == headers);
    CHECK(pump->status().delivered == 400);
    CHECK(pump->status().lag_rows == 0);
}

TEST_CASE("rows that come while it runs are published without a stop") {
    room here;
    const auto pump = here.started();
    here.log.add_turn(1, {10});
    CHECK(eventually([&] { return here.bus.records("events").size() == 1; }));
    CHECK(eventually([&] { return here.saved() == 1; }));
}

TEST_CASE("no more than a window is in flight, and delivery runs no more than a window ahead of the disk") {
    room here;
    here.how.window_bytes = 20'000;
    for (int i = 0; i < 100; ++i) {
        here.log.add_turn(1, {1000});
    }
    SECTION("a slow broker") {
        here.bus.hold(true);
        const auto pump = here.started();
        REQUIRE(eventually([&] { return here.bus.in_flight() >= 5; }));
        CHECK(stays([&] { return here.bus.in_flight() <= 12; }, 50ms));
        here.bus.hold(false);
        CHECK(eventually([&] { return here.saved() == 100; }));
    }
    SECTION("a disk that does not save the cursor") {
        here.log.disk_full = true;
        const auto pump = here.started();
        REQUIRE(eventually([&] { return here.bus.records("events").size() >= 5; }));
        CHECK(stays([&] { return here.bus.records("events").size() <= 12; }, 50ms));
        const auto delivered = pump->status().cursor;
        {
            const std::lock_guard hold(here.log.mutex);
            here.log.disk_full = false;
            here.log.cursor = delivered;
        }
        CHECK(eventually([&] { return here.saved() == 100; }));
    }
}

TEST_CASE("after a failure in the middle the window starts again at its first undelivered row") {
    for (const auto why : {bus::failure::transient, bus::failure::purged}) {
        for (const bool arrives : {true, false}) {
            room here;
            for (std::uint8_t i = 0; i < 100; ++i) {
                here.log.add_turn(i % 3, {50, 50});
            }
            int count = 0;
            here.bus.decide([&count, why, arrives](const bus::stored_record&) -> bus::memory_bus::fate {
                ++count;
                if (count == 50 || count == 170) {
                    return arrives ? lost_ack(why) : not_arrived(why);
                }
                return {};
            });
            const auto pump = here.started();
            REQUIRE(eventually([&] { return here.saved() == 100; }));
            CHECK(here.first_arrivals() == here.all_hashes());
            CHECK(here.bus.producers_made() == 3);
            CHECK(pump->status().failed == 2);
        }
    }
}

TEST_CASE("a repeat has the same bytes") {
    room here;
    for (int i = 0; i < 20; ++i) {
        here.log.add_turn(1, {50});
    }
    int count = 0;
    here.bus.decide([&count](const bus::stored_record&) -> bus::memory_bus::fate {
        return ++count == 5 ? lost_ack(bus::failure::transient) : bus::memory_bus::fate{};
    });
    const auto pump = here.started();
    REQUIRE(eventually([&] { return here.saved() == 20; }));
    std::map<std::string, std::string> values;
    for (const auto& record : here.bus.records("events")) {
        const auto [found, fresh] = values.try_emplace(record.headers.at(0).second, record.value);
        CHECK(found->second == record.value);
    }
    CHECK(here.bus.records("events").size() > 20);
}

TEST_CASE("an event that is refused for good becomes a dead letter, and only that one") {
    room here;
    for (std::uint8_t i = 0; i < 30; ++i) {
        here.log.add_turn(1, {50, 60, 70});
    }
    const auto& hopeless = here.log.rows[10].nodes[1];
    const auto also_hopeless = merkle::to_hex(here.log.rows[10].nodes[2].hash);
    const auto id = merkle::to_hex(hopeless.hash);
    std::set<std::string> dead{id};
    SECTION("one of its row") {}
    SECTION("two of its row") {
        dead.insert(also_hopeless);
    }
    here.bus.decide([dead](const bus::stored_record& record) -> bus::memory_bus::fate {
        return dead.contains(record.headers.at(0).second) ? not_arrived(bus::failure::invalid)
                                                          : bus::memory_bus::fate{};
    });
    const auto pump = here.started();
    REQUIRE(eventually([&] { return here.saved() == 30; }));
    REQUIRE(here.log.letters.size() == dead.size());
    CHECK(here.log.letters[0].event_id == id);
    CHECK(here.log.letters.back().seq == 11);
    CHECK_FALSE(here.log.letters[0].error.empty());
    CHECK(pump->status().dead == dead.size());
    auto wanted = here.all_hashes();
    std::erase_if(wanted, [&](const std::string& hash) { return dead.contains(hash); });
    CHECK(here.first_arrivals() == wanted);
}

TEST_CASE("an event over the topic's limit goes by reference") {
    room here;
    here.bus.limit_message(8000);
    here.log.add_turn(1, {100, 50'000, 100});
    const auto pump = here.started();
    REQUIRE(stop(*pump));
    const auto records = here.bus.records("events");
    REQUIRE(records.size() == 3);
    CHECK_THAT(records[1].value, Contains("\"content_ref\":{\"hash\"") && Contains("\"bytes\":50004"));
    CHECK_THAT(records[2].value, Contains("\"content\":"));
    CHECK(pump->status().dead == 0);
}

TEST_CASE("an event that the broker finds too large after all is tried by reference before it is given up") {
    room here;
    here.log.add_turn(1, {100, 3000, 100});
    here.bus.decide([](const bus::stored_record& record) -> bus::memory_bus::fate {
        return record.value.size() > 2000 ? not_arrived(bus::failure::too_large) : bus::memory_bus::fate{};
    });
    const auto pump = here.started();
    REQUIRE(eventually([&] { return here.saved() == 1; }));
    CHECK(here.first_arrivals() == here.all_hashes());
    CHECK(here.log.letters.empty());
}

TEST_CASE("a restart goes on at the saved cursor and repeats at most a window") {
    room here;
    here.how.window_bytes = 10'000;
    for (int i = 0; i < 60; ++i) {
        here.log.add_turn(1, {1000});
    }
    auto pump = here.started();
    REQUIRE(eventually([&] { return here.saved() == 60; }));
    pump.reset();
    {
        const std::lock_guard hold(here.log.mutex);
        here.log.cursor = 55;  // the newest saves were lost with the power
    }
    pump = here.started();
    REQUIRE(stop(*pump));
    CHECK(here.bus.records("events").size() == 65);
}

TEST_CASE("a full client queue is waited for, nothing is lost") {
    room here;
    here.bus.limit_queue(3);
    for (int i = 0; i < 50; ++i) {
        here.log.add_turn(1, {10, 10});
    }
    const auto pump = here.started();
    REQUIRE(stop(*pump));
    CHECK(here.first_arrivals() == here.all_hashes());
}

TEST_CASE("a new cursor starts at the beginning of the log or at its end") {
    room here;
    here.log.add_turn(1, {10});
    here.log.add_turn(1, {10});
    here.how.from_beginning = GENERATE(true, false);
    auto pump = here.started();
    here.log.add_turn(1, {10});
    REQUIRE(stop(*pump));
    CHECK(here.bus.records("events").size() == (here.how.from_beginning ? 3U : 1U));
}

TEST_CASE("a bus that is away is an error of the first start, later only a delay") {
    room here;
    here.log.add_turn(1, {10});
    here.how.connect_timeout = 600ms;
    here.bus.set_down(true);
    CHECK_THROWS_AS(here.make()->start(), bus::bus_error);
    here.bus.set_down(false);
    auto pump = here.started();
    REQUIRE(stop(*pump));
    pump.reset();
    here.bus.set_down(true);
    here.log.add_turn(1, {10});
    pump = here.started();
    CHECK(eventually([&] { return !pump->status().last_error.empty(); }));
    CHECK_FALSE(pump->status().connected);
    here.bus.set_down(false);
    CHECK(eventually([&] { return here.bus.records("events").size() == 2; }));
}

TEST_CASE("a missing topic is created where that is allowed, else named in the error") {
    room here;
    here.log.add_turn(1, {10});
    SECTION("switched off") {
        here.topic.create = false;
        CHECK_THROWS_WITH(here.make()->start(), Contains("\"events\" (does not exist"));
    }
    SECTION("refused") {
        here.bus.refuse_creation("not authorized");
        CHECK_THROWS_WITH(here.make()->start(), Contains("\"events\"") && Contains("not authorized"));
    }
    SECTION("allowed") {
        const auto pump = here.started();
        CHECK(stop(*pump));
    }
}

TEST_CASE("stop does not wait for a bus that does not answer beyond its deadline, and loses nothing") {
    room here;
    here.log.add_turn(1, {10});
    here.bus.hold(true);
    auto pump = here.started();
    REQUIRE(eventually([&] { return here.bus.in_flight() == 1; }));
    CHECK_FALSE(pump->stop(std::chrono::steady_clock::now() + 50ms));
    CHECK(here.saved() == 0);
    here.bus.hold(false);
    pump = here.started();
    CHECK(stop(*pump));
    CHECK(here.first_arrivals() == here.all_hashes());
}

TEST_CASE("the nop publisher lets the cursor pass and publishes nothing") {
    room here;
    here.log.add_turn(1, {10, 10});
    publish::cursor_pump pump(std::make_unique<publish::fake_journal>(here.log),
                              publish::make_nop_publisher(), {});
    pump.start();
    REQUIRE(stop(pump));
    CHECK(here.saved() == 1);
    CHECK(here.bus.records("events").empty());
}

TEST_CASE("each type of event goes to a topic of its own") {
    room here;
    here.topic.prefix = "prod.";
    here.topic.event_types = event::all_types();
    here.log.add_turn(1, {10, 20});
    store::logged_exchange ended;
    ended.id = "01890a5d-ac96-774b-bcce-b302099a8057";
    here.log.rows[0].exchange = ended;
    here.log.add_turn(1, {});
    store::kept_change change;
    change.kind = store::letter_change::discarded;
    here.log.rows[1].letter = change;
    const auto pump = here.started();
    REQUIRE(stop(*pump));
    CHECK(here.bus.records("events").size() == 2);
    REQUIRE(here.bus.records("prod.tapes.exchange.v1").size() == 1);
    CHECK(here.bus.records("prod.tapes.exchange.v1")[0].key == ended.id);
    CHECK(here.bus.records("prod.tapes.dead_letter.discarded.v1").size() == 1);
    CHECK(pump->status().delivered == 4);
    CHECK(here.saved() == 2);
}

TEST_CASE("all topics that are missing stand in one error") {
    room here;
    here.topic.create = false;
    here.topic.event_types = {"tapes.node.v1", "tapes.exchange.v1"};
    CHECK_THROWS_WITH(here.make()->start(), Contains("\"events\"") && Contains("\"tapes.exchange.v1\""));
}

TEST_CASE("topics of others and of dead letters are made where that is allowed, else done without") {
    room here;
    here.topic.other_types = {"tapes.dead_letter.received.v1"};
    here.log.add_turn(1, {10});
    const auto admin = here.bus.make_admin();
    SECTION("allowed") {
        const auto pump = here.started();
        CHECK(admin->topic("events.dead", 1s));
        CHECK(admin->topic("tapes.dead_letter.received.v1", 1s));
        CHECK(stop(*pump));
    }
    SECTION("switched off") {
        admin->create_topic({"events"}, 1s);
        here.topic.create = false;
        const auto pump = here.started();
        REQUIRE(stop(*pump));
        CHECK_FALSE(admin->topic("events.dead", 1s));
        CHECK(here.bus.records("events").size() == 1);
    }
}

TEST_CASE(
    "an event that is refused for good is written to the topic of dead letters before the store has it") {
    room here;
    here.log.add_turn(1, {50, 60});
    const auto id = merkle::to_hex(here.log.rows[0].nodes[1].hash);
    std::size_t letters_before = 1;
    here.bus.decide([&, id](const bus::stored_record& record) -> bus::memory_bus::fate {
        if (record.topic == "events.dead") {
            const std::lock_guard hold(here.log.mutex);
            letters_before = here.log.letters.size();
            return {};
        }
        return record.headers.at(0).second == id ? not_arrived(bus::failure::invalid)
                                                 : bus::memory_bus::fate{};
    });
    SECTION("where that topic is there") {
        const auto pump = here.started();
        REQUIRE(eventually([&] { return here.saved() == 1; }));
        const auto dead = here.bus.records("events.dead");
        REQUIRE(dead.size() == 1);
        CHECK(letters_before == 0);
        CHECK(dead[0].headers.at(0) == std::pair<std::string, std::string>{"reason", "as the test decided"});
        CHECK_THAT(dead[0].value, Contains("\"id\":\"" + id) && Contains("tapes.node.v1"));
        CHECK(here.log.letters.size() == 1);
    }
    SECTION("where it is not, the store alone has it") {
        here.bus.make_admin()->create_topic({"events"}, 1s);
        here.topic.create = false;
        const auto pump = here.started();
        REQUIRE(eventually([&] { return here.saved() == 1; }));
        CHECK(here.bus.records("events.dead").empty());
        CHECK(here.log.letters.size() == 1);
    }
}

TEST_CASE("announcements connect only when there is something to say, and never become dead letters") {
    room here;
    here.how.announcements = true;
    here.topic.event_types = {"tapes.dead_letter.received.v1"};
    here.bus.set_down(true);
    here.log.add_turn(1, {});
    here.log.add_turn(1, {});
    const auto pump = here.started();  // although nobody is there
    REQUIRE(eventually([&] { return here.saved() == 2; }));
    CHECK(here.bus.producers_made() == 0);
    CHECK(pump->status().failed == 0);
    {
        const std::lock_guard hold(here.log.mutex);
        publish::journal_row row;
        row.seq = 3;
        row.letter.emplace();
        here.log.rows.push_back(std::move(row));
        here.log.changed.notify_all();
    }
    SECTION("it tries until somebody is there") {
        REQUIRE(eventually([&] { return pump->status().failed > 0; }));
        here.bus.set_down(false);
        CHECK(eventually([&] { return here.saved() == 3; }));
        CHECK(here.bus.records("tapes.dead_letter.received.v1").size() == 1);
    }
    SECTION("one that is refused for good is passed over") {
        here.bus.decide([](const bus::stored_record&) { return not_arrived(bus::failure::invalid); });
        here.bus.set_down(false);
        CHECK(eventually([&] { return here.saved() == 3; }));
        CHECK(here.log.letters.empty());
    }
}

}  // namespace tapes::publish::cursor_pump_test
