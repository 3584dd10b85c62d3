#include "read/told_store.hpp"

#include <tapes/read/exchange_details.hpp>

#include <catch2/catch.hpp>

namespace tapes::read::exchange_details_test {

namespace {

using namespace test;

std::optional<exchange_details> details_of(const told_store& store, std::int64_t seq, std::size_t most = 64) {
    static const price_table no_prices;
    sources from{store.path(), "", no_prices};
    return find_exchange_details(from, seq, most);
}

}  // namespace

TEST_CASE("an exchange is told with its times, pieces and new nodes") {
    told_store store;
    turn_options options;
    options.response_head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
    options.response = "data: one\n\ndata: two\n\n";
    options.times.add(7'000'000, 11);
    options.times.add(7'800'000, 11);
    store.tell({said("user", "hi")}, said("assistant", "hello"), options);
    const auto told = details_of(store, 1);
    REQUIRE(told);
    CHECK(told->last_byte_at_us - told->first_byte_at_us == 1'000'000);
    CHECK(told->committed_at_us != 0);
    // The last byte came 1.5 s behind the request's head.
    CHECK(told->pieces == std::vector<answer_piece>{{700'000, 11}, {1'500'000, 11}});
    REQUIRE(told->new_nodes.size() == 2);
    CHECK(told->new_nodes[0].role == "user");
    CHECK(told->new_nodes[0].text.text == "hi");
    CHECK(told->new_nodes[1].hash == store.head());
    CHECK_FALSE(told->more_new_nodes);
    CHECK(told->session.empty());
    CHECK_FALSE(details_of(store, 2));
}

TEST_CASE("only nodes that were new with an exchange are told, and at most so many") {
    told_store store;
    store.tell({said("user", "hi")}, said("assistant", "hello"));
    store.tell({said("user", "hi"), said("assistant", "hello"), said("user", "more")},
               said("assistant", "yes"));
    const auto told = details_of(store, 2);
    REQUIRE(told->new_nodes.size() == 2);
    CHECK(told->new_nodes[0].text.text == "more");
    CHECK(told->pieces.empty());
    const auto first = details_of(store, 1, 1);
    REQUIRE(first->new_nodes.size() == 1);
    CHECK(first->more_new_nodes);
}

TEST_CASE("an exchange that gave no turn has no new nodes") {
    told_store store;
    turn_options options;
    options.dropped = capture::drop_reason::upstream_status;
    options.status = 500;
    store.tell({said("user", "hi")}, std::nullopt, options);
    CHECK(details_of(store, 1)->new_nodes.empty());
}

}  // namespace tapes::read::exchange_details_test
