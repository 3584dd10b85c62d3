#include <tapes/publish/retry_policy.hpp>

#include <catch2/catch.hpp>

#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace tapes::publish::retry_policy_test {

using namespace tapes::publish;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using std::chrono::milliseconds;

namespace {

/// All delays of a policy, without jitter.
std::vector<milliseconds> delays(const retry_policy& policy) {
    std::vector<milliseconds> out;
    for (unsigned attempt = 0; const auto delay = policy.next_delay(attempt, 0.5); ++attempt) {
        out.push_back(*delay);
    }
    return out;
}

}  // namespace

TEST_CASE("the built-in policies have their figures") {
    CHECK(delays(retry_policy::aggressive()) == std::vector<milliseconds>{30s, 60s, 120s, 240s, 300s});
    CHECK(delays(retry_policy::cautious()) == std::vector<milliseconds>{60s, 180s, 540s});
    CHECK(delays(retry_policy::immediate()) == std::vector<milliseconds>{0s, 0s, 0s});
    CHECK(delays(retry_policy::standard()) == std::vector<milliseconds>{60s, 150s, 375s, 937'500ms});
}

TEST_CASE("a manual policy never retries by itself") {
    CHECK(delays(retry_policy::manual()).empty());
}

TEST_CASE("retries that are used up stay used up") {
    CHECK_FALSE(retry_policy::aggressive().next_delay(5, 0.5));
    CHECK_FALSE(retry_policy::aggressive().next_delay(std::numeric_limits<unsigned>::max(), 0.5));
}

TEST_CASE("jitter spreads a delay over ten per cent to both sides, also at the cap") {
    const auto policy = retry_policy::aggressive();
    CHECK(policy.next_delay(0, 0.0) == 27s);
    CHECK(policy.next_delay(0, 1.0) == 33s);
    CHECK(policy.next_delay(4, 0.0) == 270s);
    CHECK(policy.next_delay(4, 1.0) == 330s);
    std::mt19937 random(1);
    std::uniform_real_distribution<double> any(0.0, 1.0);
    for (int i = 0; i < 1000; ++i) {
        const auto delay = *policy.next_delay(1, any(random));
        REQUIRE((delay >= 54s && delay <= 66s));
    }
}

TEST_CASE("the same arguments give the same delay") {
    const auto policy = retry_policy::standard();
    CHECK(policy.next_delay(2, 0.25) == policy.next_delay(2, 0.25));
}

TEST_CASE("a delay never overflows, whatever the figures") {
    const retry_policy wild({4000, 1h, 0s, 1000.0});
    const auto delay = wild.next_delay(3999, 1.0);
    REQUIRE(delay);
    CHECK(*delay > 0s);
    CHECK(*delay <= std::chrono::hours(24 * 365) * 2);
    const retry_policy nothing({4000, 0s, 0s, 1000.0});
    CHECK(nothing.next_delay(3999, 1.0) == 0s);
}

TEST_CASE("a fixed interval is a multiplier of one") {
    CHECK(delays(retry_policy({3, 5s, 0s, 1.0})) == std::vector<milliseconds>{5s, 5s, 5s});
}

TEST_CASE("figures that make no sense are refused") {
    CHECK_THROWS_AS(retry_policy({1, -1s, 0s, 1.0}), std::invalid_argument);
    CHECK_THROWS_WITH(retry_policy({1, 10s, 5s, 1.0}), Contains("cap"));
    CHECK_THROWS_WITH(retry_policy({1, 10s, 0s, 0.5}), Contains("multiplier"));
    CHECK_THROWS_AS(retry_policy({1, 1s, 0s, std::numeric_limits<double>::quiet_NaN()}),
                    std::invalid_argument);
}

TEST_CASE("a topic's policy wins over the event type's, and that over the default") {
    retry_policies::choice what;
    what.custom["slow"] = {2, 600s, 0s, 1.0};
    what.fallback = "cautious";
    what.by_event_type["tapes.node.v1"] = "aggressive";
    what.by_topic["orders"] = "slow";
    const retry_policies all(what);
    CHECK(delays(all.find("orders", "tapes.node.v1")) == std::vector<milliseconds>{600s, 600s});
    CHECK(all.find("other", "tapes.node.v1").values().max_retries == 5);
    CHECK(all.find("other", "tapes.exchange.v1").next_delay(0, 0.5) == 60s);
    CHECK(all.find("other", "tapes.exchange.v1").next_delay(1, 0.5) == 180s);
}

TEST_CASE("without a choice the default policy is everyone's") {
    const retry_policies all;
    CHECK(delays(all.find("any", "thing")) == delays(retry_policy::standard()));
}

TEST_CASE("a custom policy may take a built-in name") {
    retry_policies::choice what;
    what.custom["default"] = {1, 7s, 0s, 1.0};
    CHECK(delays(retry_policies(what).find("", "")) == std::vector<milliseconds>{7s});
}

TEST_CASE("a policy that does not exist, or is wrong, is an error that names it") {
    retry_policies::choice what;
    what.by_topic["t"] = "agressive";
    CHECK_THROWS_WITH(retry_policies(what), Contains("\"agressive\""));
    retry_policies::choice wrong;
    wrong.custom["mine"] = {1, 1s, 0s, 0.0};
    CHECK_THROWS_WITH(retry_policies(wrong), Contains("\"mine\"") && Contains("multiplier"));
}

}  // namespace tapes::publish::retry_policy_test
