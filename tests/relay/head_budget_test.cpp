#include "head_budget.hpp"

#include "support.hpp"

#include <catch2/catch.hpp>

#include <memory>

namespace tapes::relay::head_budget_test {

namespace {

constexpr auto free_bytes = head_budget::free_bytes;

struct counted final : head_budget::holder {
    explicit counted(head_budget& home) : holder{home} {}
    void yield_head() noexcept override { ++yields; }
    int yields = 0;
};

std::string partial_head(std::size_t bytes) {
    return "GET /x HTTP/1.1\r\nHost: h\r\nX: " + std::string(bytes, 'x');
}

}  // namespace

TEST_CASE("what is small is not counted, and what is held is given back") {
    head_budget budget{1000};
    {
        counted one{budget};
        CHECK(one.hold(free_bytes));
        CHECK(budget.bytes() == 0);
        CHECK(one.hold(free_bytes + 600));
        CHECK(budget.bytes() == 600);
        CHECK(one.hold(free_bytes + 200));
        CHECK(budget.bytes() == 200);
        CHECK_FALSE(one.hold(free_bytes + 1001));
        CHECK(budget.bytes() == 200);
    }
    CHECK(budget.bytes() == 0);
}

TEST_CASE("the heads that have waited longest make room, and no more of them than are needed") {
    head_budget budget{1000};
    counted busy{budget};
    counted first{budget};
    counted second{budget};
    counted third{budget};
    CHECK(busy.hold(free_bytes + 100));
    for (auto* const one : {&first, &second, &third}) {
        CHECK(one->hold(free_bytes + 300));
        one->wait_for_rest(true);
    }
    counted next{budget};
    CHECK(next.hold(free_bytes + 200));
    CHECK((first.yields == 1 && second.yields == 0 && third.yields == 0));
    CHECK(budget.bytes() == 900);
    CHECK(second.hold(free_bytes + 400));  // there is room
    CHECK((second.yields == 0 && third.yields == 0));
    second.wait_for_rest(false);
    CHECK(next.hold(free_bytes + 500));
    CHECK((second.yields == 0 && third.yields == 1));
    CHECK_FALSE(third.hold(free_bytes + 1));  // nobody waits any more
    CHECK((busy.yields == 0 && second.yields == 0 && next.yields == 0));
    CHECK(budget.bytes() == 1000);
}

TEST_CASE("nobody is given up in vain") {
    head_budget budget{1000};
    counted busy{budget};
    counted waiting{budget};
    CHECK(busy.hold(free_bytes + 500));
    CHECK(waiting.hold(free_bytes + 400));
    waiting.wait_for_rest(true);
    counted next{budget};
    CHECK_FALSE(next.hold(free_bytes + 600));
    CHECK(waiting.yields == 0);
    CHECK_FALSE(waiting.hold(free_bytes + 501));  // not even by itself
    CHECK(waiting.yields == 0);
    CHECK(budget.bytes() == 900);
}

using namespace test;

TEST_CASE("unfinished heads beyond their room get 503, the oldest first, and others are served") {
    running_relay relay;
    std::vector<peer> many;
    for (int i = 0; i < 200; ++i) {  // 12 MB; there is room for an eighth of 64 MB
        many.push_back(relay.connect());
        many.back().send(partial_head(60'000));
    }
    CHECK_THAT(many.front().read_all(), Catch::StartsWith("HTTP/1.1 503") &&
                                            Catch::Contains("Connection: close") &&
                                            Catch::Contains("too many heads"));
    for (const auto place : {std::size_t{199}, std::size_t{150}}) {
        many[place].send("\r\n\r\n");
        auto up = relay.up.accept();
        up.read_until("\r\n\r\n");
        up.send(answer_with("x"));
        CHECK(many[place].read_until("\r\n\r\nx") == answer_with("x"));
        up.close();
    }
    auto other = relay.connect();
    other.send(get_request);
    auto up = relay.up.accept();
    CHECK_THAT(up.read_until("\r\n\r\n"), Catch::StartsWith("GET /x"));
    CHECK(relay.account.read().accepted == 3);  // what was no head is no exchange
}

TEST_CASE("large heads of exchanges under way are limited, too, and small ones are not") {
    running_relay relay;
    std::vector<peer> many;
    for (int i = 0; i < 120; ++i) {  // each is held twice
        many.push_back(relay.connect());
        many.back().send(partial_head(60'000) + "\r\n\r\n");
    }
    CHECK_THAT(many.back().read_all(), Catch::StartsWith("HTTP/1.1 503"));
    auto small = relay.connect();
    small.send("GET /small HTTP/1.1\r\nHost: h\r\n\r\n");
    std::vector<peer> ups;
    bool served = false;
    while (!served) {
        ups.push_back(relay.up.accept());
        served = ups.back().read_until("\r\n\r\n").starts_with("GET /small");
    }
    ups.back().send(answer_with("x"));
    CHECK(small.read_until("\r\n\r\nx") == answer_with("x"));
    CHECK(ups.size() < 80);
    const auto refused = relay.account.read().accepted - ups.size();
    CHECK(refused > 40);
    CHECK(relay.recorder.get(0).ended == capture::end_reason::protocol_error);
    ups.clear();
    many.clear();
    small.close();
    CHECK(relay.idle());
}

TEST_CASE(
    "a large head is charged to the record's budget, and one that it has no room for is relayed alone") {
    running_relay relay;
    const auto serve = [&](const std::string& request) {
        auto client = relay.connect();
        client.send(request);
        auto up = relay.up.accept();
        up.read_until("\r\n\r\n");
        const auto charged = relay.budget.memory_bytes();
        up.send(answer_with("x"));
        CHECK(client.read_until("\r\n\r\nx") == answer_with("x"));
        return charged;
    };
    CHECK(serve(partial_head(30'000) + "\r\n\r\n") >= 30'000);
    CHECK(relay.recorder.get(0).whole);
    CHECK(relay.budget.memory_bytes() == 0);
    const auto left = relay.budget.memory_limit() - 20'000;
    REQUIRE(relay.budget.reserve_work(left));
    serve(partial_head(30'000) + "\r\n\r\n");
    CHECK_FALSE(relay.recorder.get(1).whole);
    CHECK(relay.recorder.get(1).request_head.empty());
    serve(partial_head(1'000) + "\r\n\r\n");
    CHECK_FALSE(relay.recorder.get(2).request_head.empty());
    relay.budget.release_memory(left);
    CHECK(relay.budget.memory_bytes() == 0);
}

}  // namespace tapes::relay::head_budget_test
