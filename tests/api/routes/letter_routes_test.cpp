#include "temporary_store.hpp"

#include <tapes/api/cursor_routes.hpp>
#include <tapes/api/letter_routes.hpp>
#include <tapes/store/reader.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

namespace tapes::api::letter_routes_test {

using namespace tapes;
using namespace tapes::api;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

class fixture : public store::test::written_store {
public:
    fixture() {
        add_letter_routes(routes, path(), out, [this] { ++woken; });
        cursor_owners owners;
        owners.names = [] { return std::vector<std::string>{"kafka"}; };
        owners.around = [this](const std::string& name, const std::function<void()>& change) {
            held = name;
            change();
        };
        add_cursor_routes(routes, path(), out, owners);
    }

    void keep(const std::string& topic, const std::string& payload = "p") {
        store::dead_letter letter;
        letter.source = "kafka";
        letter.topic = topic;
        letter.event_id = "e";
        letter.event_type = "tapes.node.v1";
        letter.reason = "refused";
        letter.payload = payload;
        std::promise<void> done;
        store::keep_dead_letter(out, letter, std::nullopt, std::nullopt,
                                [&](const std::string&) { done.set_value(); });
        done.get_future().wait();
    }

    response ask(const std::string& method, const std::string& path, const std::string& query = {},
                 const std::string& body = {}) {
        std::string allowed;
        const auto* found = routes.find(method, path, allowed);
        REQUIRE(found != nullptr);
        return found->handle({method, path, query, {}, body});
    }

    route_table routes;
    int woken = 0;
    std::string held;
};

}  // namespace

TEST_CASE("dead letters are listed by a filter, and shown with payload and history") {
    fixture server;
    server.keep("a b&c", std::string("\xff\0", 2));
    server.keep("other");
    const auto listed =
        json::parse(server.ask("GET", "/v1/dead-letters", "topic=a%20b%26c&state=pending").body);
    REQUIRE(listed["dead_letters"].size() == 1);
    CHECK(listed["dead_letters"][0]["topic"] == "a b&c");
    CHECK_FALSE(listed["dead_letters"][0].contains("payload_base64"));
    const auto shown = json::parse(server.ask("GET", "/v1/dead-letters/1").body);
    CHECK(shown["payload_base64"] == "/wA=");
    CHECK(shown["history"][0]["what"] == "received");
    CHECK(json::parse(server.ask("GET", "/v1/dead-letters", "limit=1").body)["dead_letters"].size() == 1);
}

TEST_CASE("dead letters are retried and discarded, one, many or all, and the sweeper is woken") {
    fixture server;
    for (const auto* topic : {"a", "a", "b"}) {
        server.keep(topic);
    }
    CHECK(json::parse(server.ask("POST", "/v1/dead-letters/retry", "topic=a").body)["scheduled"] == 2);
    CHECK(server.woken == 1);
    const auto query = "id=3&" + reason_query("of no use & more");
    CHECK(json::parse(server.ask("POST", "/v1/dead-letters/discard", query).body)["discarded"] == 1);
    CHECK(json::parse(server.ask("GET", "/v1/dead-letters/3").body)["discard_reason"] == "of no use & more");
    const auto stats = json::parse(server.ask("GET", "/v1/dead-letters/stats").body);
    CHECK(stats["scheduled"] == 2);
    CHECK(stats["discarded"] == 1);
    CHECK(stats["topics"][0]["scheduled"] == 2);
    CHECK(json::parse(
              server.ask("POST", "/v1/dead-letters/discard", "all=true&reason=x").body)["discarded"] == 2);
}

TEST_CASE("wrong requests about dead letters say what would be right, and change nothing") {
    fixture server;
    server.keep("a");
    CHECK(server.ask("POST", "/v1/dead-letters/retry").status == 400);
    CHECK_THAT(server.ask("POST", "/v1/dead-letters/retry").body, Contains("all=true"));
    CHECK(server.ask("POST", "/v1/dead-letters/discard", "id=1").status == 400);
    CHECK_THAT(server.ask("GET", "/v1/dead-letters", "state=dead").body, Contains("pending, scheduled"));
    CHECK_THAT(server.ask("GET", "/v1/dead-letters", "topick=a").body, Contains("unknown parameter topick"));
    CHECK(server.ask("GET", "/v1/dead-letters", "limit=0").status == 400);
    CHECK(server.ask("GET", "/v1/dead-letters/x").status == 400);
    CHECK(server.ask("GET", "/v1/dead-letters/9").status == 404);
    CHECK(server.woken == 0);
}

TEST_CASE("a filter comes back from the query that it makes") {
    store::letter_filter which;
    which.ids = {1, 2};
    which.states = {store::letter_state::retried};
    which.topic = "t/ü+ %";
    which.received_from_us = 5;
    const auto back = filter_of_query(filter_query(which));
    CHECK(back.ids == which.ids);
    CHECK(back.states == which.states);
    CHECK(back.topic == which.topic);
    CHECK(back.received_from_us == 5);
}

TEST_CASE("cursors are listed and set, with their owner held; an owned one is not deleted") {
    fixture server;
    server.keep("a");
    server.keep("a");
    server.out.save_cursor("gone", 1, true);
    CHECK(json::parse(server.ask("PUT", "/v1/cursors/kafka", {}, R"({"seq":1})").body)["cursors"][0]["seq"] ==
          1);
    CHECK(server.held == "kafka");
    const auto all = json::parse(server.ask("GET", "/v1/cursors").body);
    CHECK(all["last_seq"] == 2);
    CHECK(all["cursors"].size() == 2);
    CHECK(all["cursors"][1]["lag_rows"] == 1);
    CHECK(server.ask("PUT", "/v1/cursors/kafka", {}, R"({"seq":3})").status == 400);
    CHECK(server.ask("PUT", "/v1/cursors/kafka", {}, R"({"seq":-1})").status == 400);
    CHECK(server.ask("PUT", "/v1/cursors/nobody", {}, R"({"seq":1})").status == 404);
    CHECK(server.ask("DELETE", "/v1/cursors/kafka").status == 409);
    CHECK(server.ask("DELETE", "/v1/cursors/gone").status == 200);
    CHECK(server.ask("DELETE", "/v1/cursors/gone").status == 404);
}

}  // namespace tapes::api::letter_routes_test
