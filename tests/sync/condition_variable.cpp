#include "tapes/sync/condition_variable.hpp"

#include "tapes/sync/mutex.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <thread>

namespace tapes::sync::condition_variable_test {

namespace {

struct turnstile {
    mutex guard;
    condition_variable changed;
    int passed TAPES_GUARDED_BY(guard) = 0;
};

}  // namespace

TEST_CASE("a waiting thread wakes when it is notified, and holds the lock again") {
    turnstile state;
    std::thread passer{[&] {
        const lock_guard lock{state.guard};
        state.passed = 1;
        state.changed.notify_all();
    }};
    {
        unique_lock lock{state.guard};
        while (state.passed == 0)
            state.changed.wait(lock);
        CHECK(state.passed == 1);
    }
    passer.join();
}

TEST_CASE("a wait says when its time is over") {
    turnstile state;
    const auto deadline = condition_variable::clock::now() + std::chrono::milliseconds{1};
    unique_lock lock{state.guard};
    while (state.changed.wait_until(lock, deadline)) {
    }
    CHECK(condition_variable::clock::now() >= deadline);
    while (state.changed.wait_for(lock, std::chrono::milliseconds{1})) {
    }
    CHECK(state.passed == 0);
}

TEST_CASE("a lock that was let go of can be taken by others, and again") {
    turnstile state;
    unique_lock lock{state.guard};
    lock.unlock();
    std::thread{[&] {
        const lock_guard other{state.guard};
        ++state.passed;
    }}.join();
    lock.lock();
    CHECK(state.passed == 1);
}

}  // namespace tapes::sync::condition_variable_test
