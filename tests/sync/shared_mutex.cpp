#include "tapes/sync/shared_mutex.hpp"

#include <catch2/catch.hpp>

#include <thread>

namespace tapes::sync::shared_mutex_test {

TEST_CASE("readers hold a shared mutex together") {
    shared_mutex mutex;
    const read_lock first{mutex};
    std::thread{[&] { const read_lock second{mutex}; }}.join();
    SUCCEED("the second reader did not wait for the first");
}

TEST_CASE("a writer's change is seen by the readers after it") {
    struct {
        shared_mutex mutex;
        int value TAPES_GUARDED_BY(mutex) = 0;
    } state;
    std::thread{[&] {
        const write_lock lock{state.mutex};
        state.value = 7;
    }}.join();
    const read_lock lock{state.mutex};
    CHECK(state.value == 7);
}

}  // namespace tapes::sync::shared_mutex_test
