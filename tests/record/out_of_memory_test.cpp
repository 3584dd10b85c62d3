// An exchange is accounted, whichever allocation on its way into the store fails.
// Not with the thread sanitizer, whose allocating functions cannot be replaced.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TAPES_ALLOCATES_BY_SANITIZER 1
#endif
#endif

#ifndef TAPES_ALLOCATES_BY_SANITIZER
#include "store/support.hpp"
#include "support.hpp"

#include <tapes/record/pool.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <new>
#include <string>

namespace tapes::record::out_of_memory_test {
namespace {

/// How many allocations of all threads are left until one fails; none does below 1.
std::atomic<std::int64_t> allocations_left{0};

bool fails_now() noexcept {
    return allocations_left.load(std::memory_order_relaxed) > 0 && allocations_left.fetch_sub(1) == 1;
}

void* allocated(std::size_t size) noexcept {
    return fails_now() ? nullptr : std::malloc(size > 0 ? size : 1);
}

}  // namespace
}  // namespace tapes::record::out_of_memory_test

// The whole program allocates here. What asks for no exception never fails: simdjson, which does, looks at
// only some of its outcomes where it was built with its checks for development. Not inlined: g++ takes the
// pairs of malloc and free that it sees then for mismatched.
[[gnu::noinline]] void* operator new(std::size_t size) {
    if (void* const made = tapes::record::out_of_memory_test::allocated(size); made != nullptr) {
        return made;
    }
    throw std::bad_alloc{};
}
[[gnu::noinline]] void* operator new[](std::size_t size) {
    return operator new(size);
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size > 0 ? size : 1);
}
[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size > 0 ? size : 1);
}
[[gnu::noinline]] void operator delete(void* made) noexcept {
    std::free(made);
}
[[gnu::noinline]] void operator delete[](void* made) noexcept {
    std::free(made);
}
[[gnu::noinline]] void operator delete(void* made, std::size_t) noexcept {
    std::free(made);
}
[[gnu::noinline]] void operator delete[](void* made, std::size_t) noexcept {
    std::free(made);
}
[[gnu::noinline]] void operator delete(void* made, const std::nothrow_t&) noexcept {
    std::free(made);
}
[[gnu::noinline]] void operator delete[](void* made, const std::nothrow_t&) noexcept {
    std::free(made);
}

namespace tapes::record::out_of_memory_test {

using namespace tapes;
using namespace tapes::record::test;
using namespace std::chrono_literals;

namespace {

struct told final : capture::receipt {
    using capture::receipt::receipt;
    void settled() override {}
};

struct way {
    way() : lock{{file.path(), store::synchronous::normal}}, writer{lock, account, writer_settings()} {
        recorder.emplace(settings{.workers = 2, .store_path = file.path()}, lock.redaction_key(), writer,
                         account);
    }

    static store::writer::settings writer_settings() {
        store::writer::settings made;
        made.retry = 1ms;
        return made;
    }

    /// Hands one over while the allocation of that number fails. Returns false where there were fewer.
    bool run(const std::function<std::unique_ptr<capture::exchange>()>& make, std::int64_t failing) {
        auto ended = make();
        ended->waiter = std::make_shared<told>(lane);
        account.accept();
        allocations_left = failing;
        recorder->finish(std::move(ended));
        const auto until = std::chrono::steady_clock::now() + 20s;
        while ((account.read().in_flight() > 0 || lane.told() < account.read().accepted) &&
               std::chrono::steady_clock::now() < until) {
            writer.wait_past(writer.last_seq(), 1ms);
        }
        const bool failed = allocations_left <= 0;
        allocations_left = 0;
        return failed;
    }

    store::test::temporary_store file;
    capture::ledger account;
    store::test::test_lane lane;
    store::store_lock lock;
    store::writer writer;
    std::optional<pool> recorder;
};

std::unique_ptr<capture::exchange> named_before() {
    auto made = chat(R"({"model":"gpt-4o","input":"q","previous_response_id":"resp_0"})",
                     R"({"id":"r","object":"response","status":"completed","model":"gpt-4o","output":[)"
                     R"({"type":"message","id":"i","role":"assistant","status":"completed","content":[)"
                     R"({"type":"output_text","text":"hi","annotations":[]}]}]})");
    made->path = made->target = "/v1/responses";
    return made;
}

std::unique_ptr<capture::exchange> packed() {
    auto made = chat(gzip(ask("my key is " + secret)), say("hi"));
    made->request_encoding = "gzip";
    return made;
}

}  // namespace

TEST_CASE("whichever allocation fails on its way, an exchange is accounted and its waiter told") {
    const std::vector<std::function<std::unique_ptr<capture::exchange>()>> all{
        [] { return chat(ask("hello"), say("hi")); },
        [] { return stream(ask("hello"), event("a") + event("b") + last_event); },
        named_before,
        packed,
    };
    for (const auto& make : all) {
        way on;
        (void)on.run(make, 0);  // what a library makes once, such as simdjson's choice of its code, is there
        std::int64_t failing = 1;
        while (on.run(make, failing) && on.account.read().in_flight() == 0) {
            ++failing;
        }
        CAPTURE(failing);
        CHECK(failing > 40);
        const auto now = on.account.read();
        CHECK(now.in_flight() == 0);
        CHECK(now.recorded + now.dropped_total() == now.accepted);
        CHECK(on.lane.told() == now.accepted);
        CHECK(now.recorded > 0);
        CHECK(now.dropped[static_cast<std::size_t>(capture::drop_reason::over_budget)] > 0);
        CHECK(now.dropped[static_cast<std::size_t>(capture::drop_reason::request_decode)] == 0);
        on.recorder->stop();
        on.writer.stop(std::chrono::steady_clock::now() + 60s);
    }
    CHECK(limits().memory_bytes() == 0);
}

}  // namespace tapes::record::out_of_memory_test

#endif  // TAPES_ALLOCATES_BY_SANITIZER
