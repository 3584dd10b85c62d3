#include "read/told_store.hpp"

#include <tapes/live/hub.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace tapes::live::test_hub {

using namespace std::chrono_literals;
using read::test::said;
using read::test::told_store;

struct followed {
    told_store store;
    read::price_table prices;
    hub_options options(std::size_t recent = 4096) const {
        hub_options made;
        made.source = {store.path(), "", &prices};
        made.recent_events = recent;
        made.poll_interval = 2ms;
        return made;
    }
    void turn(const std::string& text) {
        store.tell({said("user", text)}, said("assistant", "answer to " + text));
    }
};

/// Takes until `count` messages have come, or long enough has passed.
std::vector<message> taken(reader& from, std::size_t count) {
    std::vector<message> all;
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (all.size() < count && std::chrono::steady_clock::now() < until) {
        auto some = from.take();
        all.insert(all.end(), some.begin(), some.end());
        if (some.empty()) {
            from.wait_for(100ms);
        }
    }
    return all;
}

std::string about(const message& one) {
    const auto json = nlohmann::json::parse(one.json);
    switch (one.kind) {
        case event_kind::exchange:
            return json["said"];
        case event_kind::node:
            return json["blocks"][0]["text"];
        default:
            return std::string{to_string(one.kind)};
    }
}

std::vector<std::string> about(const std::vector<message>& all) {
    std::vector<std::string> made;
    for (const auto& one : all) {
        made.push_back(about(one));
    }
    return made;
}

event_filter only_exchanges() {
    event_filter made;
    made.nodes = false;
    return made;
}

TEST_CASE("a reader gets the state, then what is committed") {
    followed now;
    now.turn("before");
    hub events{now.options()};
    const auto one = events.open({}, "");
    const auto state = taken(*one, 1);
    REQUIRE(state.size() == 1);
    CHECK(state[0].kind == event_kind::state);
    CHECK(nlohmann::json::parse(state[0].json)["reset"].is_null());
    now.turn("one");
    CHECK(about(taken(*one, 3)) == std::vector<std::string>{"one", "answer to one", "answer to one"});
}

TEST_CASE("a reader goes on where another ended, also behind what is kept of the newest events") {
    followed now;
    hub events{now.options(2)};
    const auto watching = events.open(only_exchanges(), "");
    REQUIRE(taken(*watching, 1).size() == 1);
    for (int i = 0; i < 20; ++i) {
        now.turn(std::to_string(i));
    }
    const auto all = taken(*watching, 20);
    REQUIRE(all.size() == 20);
    const auto later = events.open({}, all[4].id);
    const auto rest = taken(*later, 1 + 15 * 3);
    REQUIRE(rest.size() == 1 + 15 * 3);
    CHECK(rest[0].id == all[4].id);
    CHECK(about(rest[1]) == "5");
    CHECK(about(rest.back()) == "answer to 19");
    now.turn("more");
    CHECK(about(taken(*later, 3)).back() == "answer to more");
}

TEST_CASE("readers that lag at different places are each told all, each once") {
    followed now;
    for (int i = 0; i < 40; ++i) {
        now.turn(std::to_string(i));
    }
    hub events{now.options(1)};
    auto other = only_exchanges();
    other.session = "another";
    std::vector<std::shared_ptr<reader>> all;
    for (const auto* const after : {"0", "7", "7", "20", "39"}) {
        all.push_back(events.open(all.size() % 2 == 0 ? event_filter{} : only_exchanges(), after));
    }
    const auto nothing = events.open(other, "3");
    const auto texts = [&](std::size_t which, std::size_t count) {
        std::vector<std::string> exchanges;
        for (const auto& one : taken(*all[which], count)) {
            if (one.kind == event_kind::exchange) {
                exchanges.push_back(about(one));
            }
        }
        return exchanges;
    };
    const auto from = [](int first) {
        std::vector<std::string> made;
        for (int i = first; i < 40; ++i) {
            made.push_back("answer to " + std::to_string(i));
        }
        return made;
    };
    CHECK(texts(0, 1 + 40 * 3) == from(0));
    CHECK(texts(1, 1 + 33) == from(7));
    CHECK(texts(2, 1 + 33 * 3) == from(7));
    CHECK(texts(3, 1 + 20) == from(20));
    CHECK(texts(4, 1 + 3) == from(39));
    CHECK(taken(*nothing, 1).size() == 1);
}

TEST_CASE("readers that fall behind while the log is written are told all, each once") {
    followed now;
    constexpr int turns = 150;
    hub events{now.options(1)};
    std::vector<std::shared_ptr<reader>> all;
    std::vector<std::vector<std::string>> told(4);
    for (std::size_t i = 0; i < told.size(); ++i) {
        all.push_back(events.open(i % 2 == 0 ? event_filter{} : only_exchanges(), "0"));
    }
    std::atomic<bool> ended{false};
    std::thread writer{[&] {
        for (int i = 0; i < turns; ++i) {
            now.turn(std::to_string(i));
        }
        ended = true;
    }};
    const auto count = [](std::size_t which) -> std::size_t { return which % 2 == 0 ? 3 * turns : turns; };
    const auto missing = [&] {
        for (std::size_t i = 0; i < told.size(); ++i) {
            if (told[i].size() < 1 + count(i)) {
                return true;
            }
        }
        return false;
    };
    const auto until = std::chrono::steady_clock::now() + 60s;
    while ((missing() || !ended) && std::chrono::steady_clock::now() < until) {
        for (std::size_t i = 0; i < told.size(); ++i) {
            const auto some = about(all[i]->take(1 + 400 * i));
            told[i].insert(told[i].end(), some.begin(), some.end());
        }
    }
    writer.join();
    std::vector<std::string> nodes{"state"};
    std::vector<std::string> exchanges{"state"};
    for (int i = 0; i < turns; ++i) {
        const auto text = std::to_string(i);
        nodes.insert(nodes.end(), {text, "answer to " + text, "answer to " + text});
        exchanges.push_back("answer to " + text);
    }
    for (std::size_t i = 0; i < told.size(); ++i) {
        CHECK(told[i] == (i % 2 == 0 ? nodes : exchanges));
    }
}

TEST_CASE("a place that the log does not have is told, and events follow from now on") {
    followed now;
    now.turn("before");
    hub events{now.options()};
    const auto one = events.open(only_exchanges(), "77-01234567");
    const auto state = taken(*one, 1);
    REQUIRE(state.size() == 1);
    CHECK(nlohmann::json::parse(state[0].json)["reset"].is_string());
    now.turn("one");
    CHECK(about(taken(*one, 1)) == std::vector<std::string>{"answer to one"});
}

TEST_CASE("readers are told when another store takes the place of theirs, and follow that") {
    followed now;
    now.turn("before");
    hub events{now.options()};
    const auto one = events.open(only_exchanges(), "");
    REQUIRE(taken(*one, 1).size() == 1);
    followed other;
    other.turn("elsewhere");
    other.store.end_writer();
    now.store.end_writer();
    for (const auto* const end : {"-wal", "-shm"}) {
        std::filesystem::remove(now.store.path() + end);
    }
    std::filesystem::rename(other.store.path(), now.store.path());
    const auto told = taken(*one, 1);
    REQUIRE(told.size() == 1);
    const auto state = nlohmann::json::parse(told[0].json);
    CHECK(state["reset"].is_string());
    CHECK(told[0].id == state["last"].get<std::string>());
    const auto again = events.open(only_exchanges(), "0");
    CHECK(about(taken(*again, 2)) == std::vector<std::string>{"state", "answer to elsewhere"});
}

TEST_CASE("a reader whom nothing was told for long gets heartbeats, with the place that was reached") {
    followed now;
    now.turn("before");
    auto options = now.options();
    options.heartbeat_interval = 5ms;
    hub events{options};
    auto filter = only_exchanges();
    filter.session = "another";
    const auto one = events.open(filter, "");
    now.turn("one");
    auto all = taken(*one, 3);
    while (all.back().id.empty() || all.back().id.starts_with("1-")) {
        const auto next = taken(*one, 1);
        REQUIRE_FALSE(next.empty());
        all.insert(all.end(), next.begin(), next.end());
    }
    CHECK(all[0].kind == event_kind::state);
    CHECK(all[1].kind == event_kind::heartbeat);
    CHECK(all.back().id.starts_with("2-"));
}

TEST_CASE("a reader whom nothing of the log concerns is told how far it was looked through") {
    followed now;
    for (int i = 0; i < 260; ++i) {
        now.turn(std::to_string(i));
    }
    auto options = now.options(1);
    options.heartbeat_interval = 0ms;
    hub events{options};
    auto filter = only_exchanges();
    filter.session = "another";
    bool between = false;
    int seq = 260;
    const auto until = std::chrono::steady_clock::now() + 60s;
    // Who asks rarely is told of the last place alone: then another reader asks.
    while (seq == 260 && !between && std::chrono::steady_clock::now() < until) {
        const auto one = events.open(filter, "0");
        for (seq = -1; seq < 260 && std::chrono::steady_clock::now() < until;) {
            for (const auto& told : one->take()) {
                const int reached = told.id.empty() ? seq : std::stoi(told.id);
                between = between || (told.kind == event_kind::heartbeat && reached > 0 && reached < 260);
                seq = reached;
            }
        }
    }
    CHECK(seq == 260);
    CHECK(between);
}

TEST_CASE("a reader takes about as much as it asks for, also of what it has from the store") {
    followed now;
    for (int i = 0; i < 20; ++i) {
        now.turn(std::to_string(i));
    }
    hub events{now.options(1)};
    const auto one = events.open({}, "0");
    std::vector<std::string> all;
    std::size_t most = 0;
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (all.size() < 1 + 20 * 3 && std::chrono::steady_clock::now() < until) {
        const auto some = about(one->take(1));
        most = std::max(most, some.size());
        all.insert(all.end(), some.begin(), some.end());
    }
    REQUIRE(all.size() == 1 + 20 * 3);
    CHECK(most == 1);
    CHECK(all.back() == "answer to 19");
}

TEST_CASE("there are so many readers at a time and no more") {
    followed now;
    auto options = now.options();
    options.readers = 2;
    hub events{options};
    auto one = events.open({}, "");
    const auto two = events.open({}, "");
    CHECK(two);
    CHECK_FALSE(events.open({}, ""));
    one.reset();
    CHECK(events.open({}, ""));
}

TEST_CASE("readers end with the hub") {
    followed now;
    hub events{now.options()};
    const auto one = events.open({}, "");
    CHECK_FALSE(one->ended());
    events.stop();
    one->wait_for(60s);
    CHECK(one->ended());
    CHECK_FALSE(events.open({}, ""));
}

partial_answer answer(const std::string& text, bool over = false) {
    partial_answer made;
    made.exchange = "e1";
    made.about.project = "project";
    made.blocks.push_back({"text", "", text});
    made.over = over;
    return made;
}

TEST_CASE("pieces of an answer that is still coming join to what it says, whoever comes late or slowly") {
    followed now;
    bool wanted = false;
    auto options = now.options();
    options.on_partials_wanted = [&](bool now_wanted) { wanted = now_wanted; };
    hub events{options};
    events.show(answer("nobody listens"));
    event_filter filter = only_exchanges();
    filter.partials = true;
    auto quick = events.open(filter, "");
    CHECK(wanted);
    const auto deaf = events.open(only_exchanges(), "");
    REQUIRE(taken(*quick, 1).size() == 1);
    REQUIRE(taken(*deaf, 1).size() == 1);
    events.show(answer("Once"));
    std::string joined;
    const auto join = [&](reader& from, std::size_t count = 1) {
        for (const auto& one : taken(from, count)) {
            if (one.kind == event_kind::state) {
                continue;
            }
            const auto block = nlohmann::json::parse(one.json)["blocks"][0];
            CHECK(one.kind == event_kind::partial);
            CHECK(one.id.empty());
            joined.resize(block["offset"].get<std::size_t>());
            joined += block["text"].get<std::string>();
        }
    };
    join(*quick);
    CHECK(joined == "Once");
    events.show(answer("Once upon"));
    events.show(answer("Once upon a time"));
    join(*quick);
    CHECK(joined == "Once upon a time");
    auto late = events.open(filter, "");
    joined.clear();
    join(*late, 2);
    CHECK(joined == "Once upon a time");
    events.show(answer("It was", true));  // it says something else after all
    join(*late);
    CHECK(joined == "It was");
    CHECK(deaf->take().empty());
    event_filter other = filter;
    other.project = "another";
    const auto elsewhere = events.open(other, "");
    CHECK(taken(*elsewhere, 1).size() == 1);
    CHECK(elsewhere->take().empty());
    quick.reset();
    late.reset();
    CHECK(wanted);  // by the one elsewhere
}

TEST_CASE("a block that comes again as another one is told from its beginning") {
    followed now;
    hub events{now.options()};
    event_filter filter = only_exchanges();
    filter.partials = true;
    const auto one = events.open(filter, "");
    REQUIRE(taken(*one, 1).size() == 1);
    const auto show = [&](const std::vector<std::string>& texts) {
        auto made = answer(texts.front());
        for (std::size_t i = 1; i < texts.size(); ++i) {
            made.blocks.push_back({"text", "", texts[i]});
        }
        events.show(made);
    };
    show({"first", "other"});
    REQUIRE(taken(*one, 1).size() == 1);
    show({"first"});
    CHECK(one->take().empty());
    show({"first", "another one"});
    const auto told = taken(*one, 1);
    REQUIRE(told.size() == 1);
    const auto blocks = nlohmann::json::parse(told[0].json)["blocks"];
    REQUIRE(blocks.size() == 1);
    CHECK(blocks[0]["offset"] == 0);
    CHECK(blocks[0]["text"] == "another one");
}

TEST_CASE("of many answers that are still coming a reader takes about as much as it asks for") {
    followed now;
    hub events{now.options()};
    event_filter filter = only_exchanges();
    filter.partials = true;
    const auto one = events.open(filter, "");
    REQUIRE(taken(*one, 1).size() == 1);
    for (const auto* const id : {"e1", "e2", "e3", "e4", "e5"}) {
        auto made = answer(std::string(1000, 'x'));
        made.exchange = id;
        events.show(made);
    }
    std::vector<std::size_t> counts;
    for (int i = 0; i < 4; ++i) {
        counts.push_back(one->take(1500).size());
    }
    CHECK(counts == std::vector<std::size_t>{2, 2, 1, 0});
}

TEST_CASE("nothing is shown of an answer whose exchange is committed") {
    followed now;
    hub events{now.options()};
    event_filter filter = only_exchanges();
    filter.partials = true;
    const auto one = events.open(filter, "");
    REQUIRE(taken(*one, 1).size() == 1);
    now.turn("one");
    const auto committed = taken(*one, 1);
    REQUIRE(committed.size() == 1);
    auto late = answer("too late");
    late.exchange = nlohmann::json::parse(committed[0].json)["id"];
    events.show(late);
    one->wait_for(20ms);
    CHECK(one->take().empty());
}

}  // namespace tapes::live::test_hub
