#include "read/told_store.hpp"

#include <tapes/live/event_source.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace tapes::live::test_event_source {

using read::test::said;
using read::test::told_store;

struct told {
    told_store store;
    read::price_table prices;
    source_options options() const { return {store.path(), "", &prices}; }
    void turn(const std::string& text, const std::string& session = "session-1") {
        read::test::turn_options chosen;
        chosen.session = session;
        store.tell({said("user", text)}, said("assistant", "answer to " + text), chosen);
    }
};

std::vector<std::string> texts(const std::vector<event_pointer>& events) {
    std::vector<std::string> made;
    for (const auto& one : events) {
        const auto json = nlohmann::json::parse(one->json);
        made.push_back(one->kind == event_kind::node ? "node " + json["blocks"][0]["text"].get<std::string>()
                                                     : "exchange " + json["said"].get<std::string>());
    }
    return made;
}

TEST_CASE("events of a row are its nodes, then its exchange, in the order of the log") {
    told now;
    now.turn("one");
    now.turn("two");
    event_source from{now.options()};
    const auto all = from.read({}, true);
    CHECK(texts(all.events) == std::vector<std::string>{"node one", "node answer to one",
                                                        "exchange answer to one", "node two",
                                                        "node answer to two", "exchange answer to two"});
    CHECK(all.reached == from.end());
    CHECK(from.read(all.reached, true).events.empty());
    CHECK(texts(from.read({}, false).events) ==
          std::vector<std::string>{"exchange answer to one", "exchange answer to two"});
}

TEST_CASE("events go on behind each id, none twice and none left out") {
    told now;
    for (const auto* const text : {"one", "two", "three"}) {
        now.turn(text);
    }
    event_source from{now.options()};
    const auto all = from.read({}, true).events;
    REQUIRE(all.size() == 9);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto found = from.find(all[i]->id);
        INFO(all[i]->id);
        REQUIRE(found);
        CHECK(*found == all[i]->at);
        auto rest = texts(from.read(*found, true).events);
        auto expected = texts({all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()});
        CHECK(rest == expected);
    }
}

TEST_CASE("events read in small pieces are the same") {
    told now;
    for (const auto* const text : {"one", "two", "three"}) {
        now.turn(text);
    }
    event_source from{now.options()};
    const auto all = texts(from.read({}, true).events);
    std::vector<event_pointer> pieces;
    place at;
    while (true) {
        auto some = from.read(at, true, {.events = 1, .bytes = 1});
        if (some.reached == at) {
            break;
        }
        at = some.reached;
        pieces.insert(pieces.end(), some.events.begin(), some.events.end());
    }
    CHECK(texts(pieces) == all);
}

TEST_CASE("ids of another log, behind the end or malformed are not found") {
    told now;
    told other;
    now.turn("one");
    other.turn("one");
    event_source from{now.options()};
    const auto id = from.id_of(from.end());
    CHECK(from.find(id));
    CHECK(from.find("1"));
    CHECK(is_event_id(id));
    CHECK(is_event_id("1"));
    CHECK(is_event_id("99999"));  // a row that is not there
    CHECK(from.find("0") == place{0, place::all});
    CHECK_FALSE(event_source{other.options()}.find(id));
    for (const auto* const text :
         {"", "2", "1-", "1-00000000", "1.x", "-1", "one", "1.1-", "99999999999999999999"}) {
        INFO(text);
        CHECK_FALSE(from.find(text));
    }
    for (const auto* const text :
         {"", "1-", "1-0", "1-0000000x", "1.x", "-1", "one", "1.1-", "1.", "99999999999999999999"}) {
        INFO(text);
        CHECK_FALSE(is_event_id(text));
    }
}

TEST_CASE("the event of an exchange names its session, and the root's hash where no client does") {
    told now;
    now.turn("one", "mine");
    now.turn("two", "");
    event_source from{now.options()};
    const auto events = from.read({}, false).events;
    REQUIRE(events.size() == 2);
    CHECK(events[0]->about.session == "mine");
    CHECK(events[1]->about.session.size() == 64);
    const auto json = nlohmann::json::parse(events[0]->json);
    CHECK(json["type"] == "exchange");
    CHECK(json["session"] == "mine");
    CHECK(json["project"] == "project");
    CHECK(json["hash"].get<std::string>().size() == 64);
    CHECK(json["amended"] == false);
}

TEST_CASE("the newest exchanges are chosen by every filter") {
    told now;
    now.turn("one", "a");
    now.turn("two", "b");
    now.turn("three", "a");
    event_source from{now.options()};
    const auto found = [&](const event_filter& filter, std::size_t most = 10) {
        return texts(from.newest(most, filter, from.end()));
    };
    event_filter filter;
    CHECK(found(filter, 2) == std::vector<std::string>{"exchange answer to two", "exchange answer to three"});
    filter.session = "a";
    CHECK(found(filter) == std::vector<std::string>{"exchange answer to one", "exchange answer to three"});
    for (auto event_filter::*const name :
         {&event_filter::project, &event_filter::agent, &event_filter::provider, &event_filter::model}) {
        event_filter none;
        none.*name = "another";
        CHECK(found(none).empty());
    }
    filter = {};
    filter.model = "gpt-4o";
    filter.project = "project";
    filter.provider = "openai";
    CHECK(found(filter).size() == 3);
}

TEST_CASE("what a node says is bounded in its event") {
    told now;
    now.turn(std::string(100'000, 'x'));
    event_source from{now.options()};
    const auto events = from.read({}, true).events;
    REQUIRE(events.size() == 3);
    CHECK(events[0]->json.size() < 3000);
    CHECK(nlohmann::json::parse(events[0]->json)["blocks"][0]["text_bytes"] == 100'000);
}

}  // namespace tapes::live::test_event_source
