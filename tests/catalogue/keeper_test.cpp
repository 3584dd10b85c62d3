#include "catalogue_support.hpp"
#include "file/lock.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <functional>
#include <thread>

namespace tapes::catalogue::test {
namespace keeper_test {

namespace {

namespace fs = std::filesystem;

const said helper{"system", "You help."};

bool wait_until(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (!done()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

std::uint64_t done_of(const keeper& kept) {
    return kept.now().value_or(progress{}).done;
}

std::uint64_t last_of(const keeper& kept) {
    return kept.now().value_or(progress{}).last;
}

std::size_t sessions_in(const std::string& path) {
    try {
        return reader{path}.sessions({}, 100).size();
    } catch (const std::runtime_error&) {
        return 0;
    }
}

void fill(const store::test::temporary_store& where, int sessions) {
    open_store store{where};
    recorder to{store};
    for (int i = 0; i < sessions; ++i) {
        REQUIRE(to.record("s" + std::to_string(i),
                          {helper, {"user", "Q"}, {"assistant", "A" + std::to_string(i)}}));
    }
    store.out.stop(store::test::soon());
}

}  // namespace

TEST_CASE("a keeper follows the log, also where its file is taken away") {
    const store::test::temporary_store where;
    open_store store{where};
    recorder to{store};
    const keeper kept{{where.path(), true}, [&] { return store.out.last_seq(); }};
    const auto path = path_of(where.path());
    REQUIRE(to.record("one", {helper, {"user", "Q"}, {"assistant", "A"}}));
    REQUIRE(wait_until([&] { return done_of(kept) == 1; }));
    CHECK(sessions_in(path) == 1);
    fs::remove(path);
    REQUIRE(wait_until([&] { return sessions_in(path) == 1; }));
    REQUIRE(to.record("two", {helper, {"user", "Q"}, {"assistant", "B"}}));
    CHECK(wait_until([&] { return sessions_in(path) == 2; }));
}

TEST_CASE("a keeper waits in the background for who has the lock, and is gone at once") {
    const store::test::temporary_store where;
    fill(where, 3);
    const auto path = path_of(where.path());
    auto lock = file_lock::take(path);
    REQUIRE(lock);
    {
        const keeper waiting{{where.path(), true}};
        REQUIRE(wait_until([&] { return last_of(waiting) == 3; }));
        CHECK(done_of(waiting) == 0);
    }
    const keeper kept{{where.path(), true}};
    lock.reset();
    CHECK(wait_until([&] { return done_of(kept) == 3; }));
}

TEST_CASE("a keeper follows to another store at the same path") {
    const store::test::temporary_store where;
    const store::test::temporary_store other;
    fill(where, 3);
    fill(other, 5);
    const keeper kept{{where.path(), true}};
    const auto path = path_of(where.path());
    REQUIRE(wait_until([&] { return sessions_in(path) == 3; }));
    fs::rename(other.path(), where.path());
    CHECK(wait_until([&] { return sessions_in(path) == 5; }));
}

TEST_CASE("a reader that finds damage has the catalogue made anew") {
    const store::test::temporary_store where;
    fill(where, 3);
    bring_up(where.path());
    const auto path = path_of(where.path());
    reader from{path};
    {
        std::fstream file{path, std::ios::in | std::ios::out | std::ios::binary};
        for (std::streamoff at = 8192; at < static_cast<std::streamoff>(fs::file_size(path)); at += 8192) {
            file.seekp(at);
            file << std::string(16, '\xff');
        }
    }
    reader damaged{path};
    CHECK_THROWS_AS(damaged.sessions({}, 10), open_error);
    bring_up(where.path());
    CHECK(damaged.sessions({}, 10).size() == 3);
    CHECK(from.sessions({}, 10).size() == 3);
}

TEST_CASE("contents that no client of ours makes do no harm") {
    const std::string deep(20'000, '[');
    const auto content = GENERATE_COPY(
        std::string{"nothing of JSON"}, std::string{"[{"}, std::string{R"([{"type":"text","text":)"},
        "[" + deep, R"([{"type":"tool_use","tool_name":"x","tool_input":)" + deep + "}]",
        R"([{"type":"tool_use","tool_name":"\u0000\ud800","tool_input":{"a":"\ud800\n\n\n aaaaaaaaaaa"}}])",
        R"([{"type":"tool_result","tool_result_id":"","tool_output":"x"}])",
        R"([{"type":"_call"},{"type":"x_call"}])");
    const store::test::temporary_store where;
    {
        open_store store{where};
        recorder to{store};
        auto turn = to.turn("s", {helper, {"user", "Q"}, {"assistant", "A"}});
        for (auto& node : turn->nodes) {
            node.node.content = content;
        }
        REQUIRE(store.commit(std::move(turn)));
        store.out.stop(store::test::soon());
    }
    bring_up(where.path());
    reader from{path_of(where.path())};
    CHECK(from.sessions({}, 10).size() == 1);
    (void)from.tools(false, {});
}

}  // namespace keeper_test
}  // namespace tapes::catalogue::test
