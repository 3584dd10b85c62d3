// What is refused memory, and made again once others have given some back.
#include "turns.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace tapes::record::room_test {

using namespace tapes;
using namespace tapes::record::test;

TEST_CASE("what is made again is what would have been made at once, at whatever step it was refused") {
    recording on;
    std::string events = event("the key is " + secret);
    for (int i = 0; i < 40; ++i) {
        events += R"(data: {"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":)" +
                  std::to_string(i) + R"(,"id":"c","function":{"name":"f","arguments":"{}"}}]}}]})" + "\n\n";
    }
    events += last_event;
    constexpr std::uint64_t all = 256U << 10;
    capture::budget budget{all, 0};
    const auto exchange = [&] { return stream(ask("my key is " + secret), events, budget); };
    const auto texts = [](const store::entry& entry) {
        return entry.target + "\n" + entry.wire.request_head + "\n" + entry.wire.response_head + "\n" +
               raw(entry.wire.request) + "\n" + raw(entry.wire.response);
    };
    const auto at_once = on.maker.make(exchange(), &*on.earlier);
    REQUIRE(at_once->dropped == capture::drop_reason::none);
    REQUIRE(texts(*at_once).find(secret) == std::string::npos);
    int retries = 0;
    for (std::uint64_t free = 8U << 10; free < all / 2; free += 512) {
        auto from = exchange();
        auto taken = all - budget.memory_bytes() - free;
        REQUIRE(budget.reserve_work(taken));
        on.earlier->await_room = [&] {
            retries += taken > 0 ? 1 : 0;
            budget.release_memory(taken);
            return std::exchange(taken, 0) > 0;
        };
        const auto made = on.maker.make(std::move(from), &*on.earlier);
        on.earlier->await_room = nullptr;
        budget.release_memory(taken);
        INFO(free);
        REQUIRE(made->dropped == capture::drop_reason::none);
        REQUIRE(recording::head_of(*made) == recording::head_of(*at_once));
        REQUIRE(texts(*made) == texts(*at_once));
        REQUIRE(made->target == at_once->target);
    }
    CHECK(retries > 10);
}

TEST_CASE("what asks for more memory than there is waits for nobody") {
    recording on;
    capture::budget budget{256U << 10, 0};
    int asked = 0;
    on.earlier->await_room = [&] { return ++asked < 100; };
    SECTION("to read its request") {
        auto from = chat(ask(std::string(150'000, 'x')), say("b"), budget);
        REQUIRE(from->request_body.complete());
        CHECK(on.maker.make(std::move(from), &*on.earlier)->dropped == capture::drop_reason::over_budget);
    }
    SECTION("for what was made of it") {
        auto from = chat(ask("a"), say("b"), budget);
        from->request_head += "X-Long: " + std::string(300'000, 'x') + "\r\n";
        CHECK(on.maker.make(std::move(from), &*on.earlier)->dropped == capture::drop_reason::over_budget);
    }
    CHECK(asked == 0);
    on.earlier->await_room = nullptr;
    CHECK(budget.memory_bytes() == 0);
}

}  // namespace tapes::record::room_test
