#include <tapes/capture/exchange.hpp>
#include <tapes/capture/ledger.hpp>

#include <catch2/catch.hpp>

namespace tapes::capture::exchange_test {

using namespace tapes::capture;

TEST_CASE("a UUIDv7 carries its version, variant and time, and increases") {
    const timestamp now{std::chrono::microseconds{1'700'000'000'123'456}};
    auto before = make_uuid(now);
    CHECK(to_string(before).substr(0, 14) == "018bcfe5-687b-");
    for (int i = 0; i < 10'000; ++i) {
        const auto next = make_uuid(now);
        REQUIRE(before < next);
        REQUIRE((next[6] >> 4) == 7);
        REQUIRE((next[8] >> 6) == 2);
        before = next;
    }
}

TEST_CASE("a UUID's text form reads back, and nothing else does") {
    const auto id = make_uuid(timestamp{std::chrono::microseconds{1'700'000'000'000'000}});
    CHECK(uuid_from_string(to_string(id)) == id);
    CHECK_FALSE(uuid_from_string(""));
    CHECK_FALSE(uuid_from_string(to_string(id) + "0"));
    auto text = to_string(id);
    text[8] = 'x';
    CHECK_FALSE(uuid_from_string(text));
    text = to_string(id);
    text[0] = 'g';
    CHECK_FALSE(uuid_from_string(text));
}

TEST_CASE("the ledger's account always adds up") {
    ledger account;
    account.accept();
    account.accept();
    account.accept();
    account.settle(drop_reason::none);
    account.settle(drop_reason::tunnel);
    const auto now = account.read();
    CHECK(now.accepted == 3);
    CHECK(now.recorded == 1);
    CHECK(now.dropped_total() == 1);
    CHECK(now.in_flight() == 1);
}

TEST_CASE("an exchange counts as accepted at once, and as settled when it is gone") {
    budget limits{1024, 0};
    const spill_policy policy{".", 1024};
    const auto counts = std::make_shared<tally>();
    {
        exchange one{limits, policy};
        one.count_in(counts);
        exchange other{limits, policy};
        other.count_in(nullptr);
        CHECK(one.counts() == counts);
        CHECK(other.counts() == nullptr);
        CHECK(counts->accepted == 1);
        CHECK(counts->settled == 0);
    }
    CHECK(counts->accepted == 1);
    CHECK(counts->settled == 1);
    CHECK(counts->turns == 0);
}

}  // namespace tapes::capture::exchange_test
