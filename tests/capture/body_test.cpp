#include <tapes/capture/body.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

namespace tapes::capture::body_test {

using namespace tapes::capture;

namespace {

struct temporary_directory {
    temporary_directory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tapes-body-XXXXXX").string();
        path = ::mkdtemp(pattern.data());
    }
    ~temporary_directory() { std::filesystem::remove_all(path); }
    std::string path;
};

std::string pattern_of(std::size_t bytes) {
    std::string text(bytes, '\0');
    for (std::size_t i = 0; i < bytes; ++i) {
        text[i] = static_cast<char>('a' + i % 23);
    }
    return text;
}

}  // namespace

TEST_CASE("a body gives back what was appended, in memory and spilled") {
    const temporary_directory directory;
    budget limits{64 << 20, 64 << 20};
    const spill_policy policy{directory.path, 4096};
    const auto whole = pattern_of(100'000);
    for (const std::size_t step : {1U, 7U, 4096U, 5000U, 100'000U}) {
        {
            body kept{limits, policy};
            for (std::size_t at = 0; at < whole.size(); at += step) {
                REQUIRE(kept.append(std::string_view{whole}.substr(at, step)));
                if (at % 3 == 0) {
                    CHECK(kept.view().size() == kept.size());
                }
            }
            CHECK(kept.spilled());
            CHECK(kept.view() == whole);
            CHECK(limits.spill_bytes() == whole.size());
            CHECK(limits.memory_bytes() == 0);
        }
        CHECK(limits.spill_bytes() == 0);
    }
    CHECK(std::filesystem::is_empty(directory.path));
}

TEST_CASE("a small body stays in memory and its capacity is charged") {
    budget limits{1 << 20, 0};
    const spill_policy policy{"", 1 << 20};
    body kept{limits, policy};
    kept.expect(5000);
    CHECK(limits.memory_bytes() == 5000);
    REQUIRE(kept.append(pattern_of(5000)));
    CHECK_FALSE(kept.spilled());
    CHECK(limits.memory_bytes() == 5000);
    kept.release();
    CHECK(limits.memory_bytes() == 0);
}

TEST_CASE(
    "a capture spills when the budget's memory is taken, and is given up when the spill budget is too") {
    const temporary_directory directory;
    budget limits{80'000, 30'000};
    const spill_policy policy{directory.path, 1 << 20};
    body first{limits, policy};
    REQUIRE(first.append(pattern_of(60'000)));
    body second{limits, policy};
    REQUIRE(second.append(pattern_of(20'000)));
    CHECK(second.spilled());
    CHECK_FALSE(second.append(pattern_of(20'000)));
    CHECK_FALSE(second.complete());
    CHECK(second.view().empty());
    CHECK(limits.spill_bytes() == 0);
    CHECK_FALSE(second.append("more"));
    CHECK(first.complete());
}

TEST_CASE("a body that cannot spill is given up without harm to the budget") {
    budget limits{10'000, 1 << 20};
    const spill_policy policy{"/nonexistent/directory", 1 << 20};
    body kept{limits, policy};
    CHECK_FALSE(kept.append(pattern_of(20'000)));
    CHECK_FALSE(kept.complete());
    CHECK(limits.memory_bytes() == 0);
    CHECK(limits.spill_bytes() == 0);
}

TEST_CASE("work may use the part of the budget that captures may not") {
    budget limits{8000, 0};
    CHECK(limits.reserve_capture(7000));
    CHECK_FALSE(limits.reserve_capture(1));
    CHECK(limits.reserve_work(1000));
    CHECK_FALSE(limits.reserve_work(1));
    CHECK_FALSE(limits.reserve_work(~0ULL));
}

}  // namespace tapes::capture::body_test
