#include "early_work.hpp"

#include "record/support.hpp"

#include <catch2/catch.hpp>

#include <future>

namespace tapes::record::early_work_test {

namespace tapes::record {

using namespace test;
using namespace std::chrono_literals;

namespace {

const volatile_patterns no_patterns;

struct running {
    std::unique_ptr<capture::exchange> exchange = chat(ask("hello"), "");
    std::shared_ptr<early_work> work = std::make_shared<early_work>(*exchange, exchange->request_body.view());

    std::unique_ptr<request_work> made() const {
        return std::make_unique<request_work>(work->exchange(), work->body(), no_patterns);
    }
};

}  // namespace

TEST_CASE("work that nobody has begun is withdrawn, and cannot be begun any more") {
    running one;
    CHECK_FALSE(one.work->is_running());
    CHECK(one.work->take() == nullptr);
    CHECK_FALSE(one.work->begin());
}

TEST_CASE("work is begun once, and what it has made is taken once") {
    running one;
    CHECK(one.work->begin());
    CHECK_FALSE(one.work->begin());
    CHECK(one.work->is_running());
    one.work->end(one.made());
    CHECK_FALSE(one.work->is_running());
    CHECK(one.work->take() != nullptr);
    CHECK(one.work->take() == nullptr);
}

TEST_CASE("whoever takes running work waits for its end") {
    running one;
    REQUIRE(one.work->begin());
    auto taken = std::async(std::launch::async, [&] { return one.work->take() != nullptr; });
    CHECK(taken.wait_for(20ms) == std::future_status::timeout);
    one.work->end(one.made());
    CHECK(taken.get());
}

TEST_CASE("an exchange is not destroyed while its request is worked on") {
    running one;
    one.exchange->prepared = one.work;
    REQUIRE(one.work->begin());
    auto destroyed = std::async(std::launch::async, [&] { one.exchange.reset(); });
    CHECK(destroyed.wait_for(20ms) == std::future_status::timeout);
    CHECK(one.work->exchange().method == "POST");
    one.work->end(one.made());
    CHECK(destroyed.wait_for(60s) == std::future_status::ready);
}

}  // namespace tapes::record

}  // namespace tapes::record::early_work_test
