#include "temporary_store.hpp"

#include <tapes/api/replay_routes.hpp>

#include <catch2/catch.hpp>

namespace tapes::api::replay_routes_test {

using namespace tapes;
using Catch::Matchers::Contains;

namespace {

store::replay wanted() {
    store::replay made;
    made.choice.session = "s \"1\"";
    made.choice.since_us = 5;
    made.choice.event_types = {"tapes.node.v1"};
    made.to = "topic:elsewhere";
    made.speed = 2.5;
    made.batch = 10;
    made.last_seq = 7;
    return made;
}

/// A store that is open for writing, and the routes over it.
class served : public store::test::written_store {
public:
    served() { api::add_replay_routes(routes, path(), out); }

    api::response ask(const std::string& method, const std::string& path, std::string body = "") const {
        std::string allowed;
        const auto* const route = routes.find(method, path, allowed);
        REQUIRE(route != nullptr);
        return route->handle({method, path, "", {}, std::move(body)});
    }

    api::route_table routes;
};

}  // namespace

TEST_CASE("a replay that is made by a PUT is listed with all that it was asked for") {
    const served here;
    const auto made = here.ask("PUT", "/v1/replays/again", api::creation_json(wanted()));
    CHECK(made.status == 200);
    const auto row = api::read_replay(made.body);
    REQUIRE(row);
    CHECK(row->name == "again");
    CHECK(row->state == store::replay_state::running);
    CHECK(row->choice == wanted().choice);
    CHECK(row->speed == 2.5);
    CHECK(row->batch == 10);
    CHECK(row->last_seq == 7);
    CHECK(row->created_us == row->changed_us);
    CHECK_THAT(here.ask("GET", "/v1/replays").body,
               Contains(R"({"replays":[{)") && Contains(R"("name":"again")") && Contains(R"("alive":false)"));
}

TEST_CASE("a PUT moves a replay and changes its state where it may") {
    const served here;
    here.ask("PUT", "/v1/replays/again", api::creation_json(wanted()));
    const auto put = [&](const store::replay_change& change) {
        return api::read_replay(here.ask("PUT", "/v1/replays/again", api::change_json(change)).body).value();
    };
    const auto moved = put({std::nullopt, store::replay_position{3, 20, 400}, ""});
    CHECK(moved.at == store::replay_position{3, 20, 400});
    CHECK(moved.state == store::replay_state::running);
    CHECK(put({store::replay_state::failed, std::nullopt, "away"}).error == "away");
    CHECK(put({store::replay_state::done, std::nullopt, ""}).state == store::replay_state::failed);
}

TEST_CASE("orders that cannot be are refused, and say why") {
    const served here;
    here.ask("PUT", "/v1/replays/again", api::creation_json(wanted()));
    const auto status = [&](const std::string& name, const std::string& body) {
        return here.ask("PUT", "/v1/replays/" + name, body).status;
    };
    CHECK(status("again", api::creation_json(wanted())) == 409);
    CHECK(status("other", "{\"state\":\"paused\"}") == 404);
    for (const auto* const body : {"", "[]", "{\"state\":1}", "{\"state\":\"gone\"}", "{\"at\":{\"seq\":1}}",
                                   "{\"create\":{}}", "{\"create\":7}"}) {
        CHECK(status("again", body) == 400);
    }
    CHECK(status("a%20b", api::creation_json(wanted())) == 400);
    auto wrong = wanted();
    wrong.choice.root = "abc";
    CHECK(status("other", api::creation_json(wrong)) == 400);
}

}  // namespace tapes::api::replay_routes_test
