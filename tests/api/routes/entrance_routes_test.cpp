#include <tapes/api/entrance_routes.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <utility>
#include <vector>

namespace tapes::api::entrance_routes_test {

namespace {

/// The routes over one entrance, and what they asked for.
struct proxy {
    proxy() {
        add_entrance_routes(table, {[this](const entrance_order& order) {
                                        if (order.agent == "ended") {
                                            throw std::runtime_error{"the proxy is about to end"};
                                        }
                                        if (order.agent == "refused") {
                                            throw std::invalid_argument{"not here"};
                                        }
                                        opened.push_back(order);
                                        return opened_entrance{"0123", "http://127.0.0.1:1/runs/0123", true};
                                    },
                                    [](const std::string& id) { return state_of(id); },
                                    [this](const std::string& id) {
                                        closed.push_back(id);
                                        return state_of(id);
                                    }});
    }

    static std::optional<entrance_state> state_of(const std::string& id) {
        return id == "0123" ? std::optional{entrance_state{3, 2, 1}} : std::nullopt;
    }

    response send(const request& asked) const {
        std::string allowed;
        const auto* const found = table.find(asked.method, asked.path, allowed);
        return found == nullptr ? error_response(404, "no such path") : found->handle(asked);
    }

    entrance_client client() const {
        return entrance_client{[this](const request& asked) {
            auto answer = send(asked);
            if (answer.status / 100 != 2) {
                throw std::runtime_error{answer.body};
            }
            return std::move(answer.body);
        }};
    }

    route_table table;
    std::vector<entrance_order> opened;
    std::vector<std::string> closed;
};

}  // namespace

TEST_CASE("an entrance is opened, read and closed by way of the routes") {
    proxy here;
    const auto opened = here.client().open(
        {7, "claude", "pro\"ject", {{"anthropic", {"https://api.anthropic.com/v1", "anthropic", true}}}});
    CHECK(opened.id == "0123");
    CHECK(opened.url == "http://127.0.0.1:1/runs/0123");
    CHECK(opened.for_runs);
    REQUIRE(here.opened.size() == 1);
    const auto& order = here.opened.front();
    CHECK(order.pid == 7);
    CHECK(order.agent == "claude");
    CHECK(order.project == "pro\"ject");
    REQUIRE(order.upstreams.contains("anthropic"));
    CHECK(order.upstreams.at("anthropic").url == "https://api.anthropic.com/v1");
    CHECK(order.upstreams.at("anthropic").provider == "anthropic");
    CHECK(order.upstreams.at("anthropic").version_once);
    const auto state = here.client().read("0123");
    CHECK(state.accepted == 3);
    CHECK(state.settled == 2);
    CHECK(state.turns == 1);
    CHECK(here.client().close("0123").turns == 1);
    CHECK(here.closed == std::vector<std::string>{"0123"});
    CHECK(here.send({"GET", "/v1/entrances/4567", ""}).status == 404);
    CHECK(here.send({"DELETE", "/v1/entrances/", ""}).status == 404);
}

TEST_CASE("an order for an entrance that is wrong or comes too late is refused") {
    proxy here;
    const char* const bodies[] = {
        "",
        "[]",
        "{",
        R"({"pid":1})",
        R"({"pid":"1","agent":"a","project":"p","upstreams":{}})",
        R"({"pid":1,"agent":2,"project":"p","upstreams":{}})",
        R"({"pid":1,"agent":"a","project":"p","upstreams":{"k":"https://x"}})",
        R"({"pid":1,"agent":"a","project":"p","upstreams":{"k":{"url":"https://x","provider":"openai"}}})",
    };
    for (const auto* const body : bodies) {
        CAPTURE(body);
        CHECK(here.send({"POST", "/v1/entrances", "", {}, body}).status == 400);
    }
    const auto with_agent = [&here](const std::string& agent) {
        return here
            .send({"POST",
                   "/v1/entrances",
                   "",
                   {},
                   R"({"pid":1,"agent":")" + agent + R"(","project":"p","upstreams":{}})"})
            .status;
    };
    CHECK(with_agent("a") == 201);
    CHECK(with_agent("refused") == 400);
    CHECK(with_agent("ended") == 503);
    CHECK(here.opened.size() == 1);
}

}  // namespace tapes::api::entrance_routes_test
