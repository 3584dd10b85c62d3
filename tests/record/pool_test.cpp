#include "record/support.hpp"

#include <tapes/record/pool.hpp>
#include <tapes/store/reader.hpp>

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

namespace tapes::record::pool_test {

namespace tapes::record {

using namespace test;
using namespace std::chrono_literals;
using capture::drop_reason;

namespace {

struct temporary_directory {
    temporary_directory() {
        path = (std::filesystem::temp_directory_path() / "tapes-record-XXXXXX").string();
        if (::mkdtemp(path.data()) == nullptr) {
            throw std::runtime_error{"no temporary directory"};
        }
    }
    ~temporary_directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;
    std::string path;
};

class counting_lane final : public capture::lane {
public:
    void deliver(std::vector<std::shared_ptr<capture::receipt>> settled) override {
        const std::lock_guard lock{mutex_};
        told_ += settled.size();
        changed_.notify_all();
    }
    bool wait_for(std::size_t wanted, std::chrono::milliseconds within = 60s) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, within, [&] { return told_ >= wanted; });
    }
    std::size_t told() {
        const std::lock_guard lock{mutex_};
        return told_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t told_ = 0;
};

struct receipt final : capture::receipt {
    using capture::receipt::receipt;
    void settled() override {}
};

store::writer::settings quick() {
    store::writer::settings options;
    options.retry = 20ms;
    return options;
}

/// Waits for `done`, which is looked at after every commit and at least every millisecond.
bool eventually(const store::writer& writer, const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!done() && std::chrono::steady_clock::now() < deadline) {
        writer.wait_past(writer.last_seq(), 1ms);
    }
    return done();
}

/// A pool and its store.
struct recording {
    explicit recording(unsigned workers = 2)
        : lock{{directory.path + "/tapes.sqlite", store::synchronous::normal}},
          writer{lock, account, quick()},
          recorder{{workers, wire_policy::turns, {}, path()}, lock.redaction_key(), writer, account} {}

    std::string path() const { return lock.options().path; }
    /// As the relay does.
    void finish(std::unique_ptr<capture::exchange> ended) {
        account.accept();
        ended->waiter = std::make_shared<receipt>(lane);
        recorder.finish(std::move(ended));
    }
    void stop() {
        recorder.stop();
        writer.stop(std::chrono::steady_clock::now() + 60s);
    }

    temporary_directory directory;
    capture::ledger account;
    counting_lane lane;
    store::store_lock lock;
    store::writer writer;
    pool recorder;
};

/// Holds the database's write lock, so that nobody else can commit.
class blocked_store {
public:
    explicit blocked_store(const std::string& path) {
        sqlite3_open(path.c_str(), &db_);
        sqlite3_busy_timeout(db_, 10'000);
        REQUIRE(sqlite3_exec(db_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    }
    ~blocked_store() { sqlite3_close(db_); }
    blocked_store(const blocked_store&) = delete;
    blocked_store& operator=(const blocked_store&) = delete;

private:
    sqlite3* db_ = nullptr;
};

/// Records `count` exchanges with compressed answers of this size within a small budget.
void check_all_recorded(const store::writer::settings& writing, unsigned workers, std::uint64_t memory_bytes,
                        std::uint64_t count, std::size_t answer_bytes) {
    temporary_directory directory;
    capture::ledger account;
    store::store_lock lock{{directory.path + "/tapes.sqlite", store::synchronous::normal}};
    store::writer writer{lock, account, writing};
    pool recorder{
        {workers, wire_policy::turns, {}, lock.options().path}, lock.redaction_key(), writer, account};
    capture::budget small{memory_bytes, 0};
    std::vector<std::unique_ptr<capture::exchange>> all;
    for (std::uint64_t i = 0; i < count; ++i) {
        all.push_back(chat(ask(std::to_string(i)), gzip(say(std::string(answer_bytes, 'x'))), small));
        all.back()->response_encoding = "gzip";
        account.accept();
    }
    recorder.finish_all(std::move(all));
    CHECK(eventually(writer, [&] { return account.read().in_flight() == 0; }));
    CHECK(account.read().recorded == count);
    recorder.stop();
    writer.stop(std::chrono::steady_clock::now() + 60s);
    CHECK(small.memory_bytes() == 0);
}

}  // namespace

TEST_CASE("a turn is recorded, its waiter told and the account settled") {
    recording on;
    on.finish(chat(ask("hello"), say("hi")));
    REQUIRE(on.lane.wait_for(1));
    const auto now = on.account.read();
    CHECK((now.accepted == 1 && now.recorded == 1 && now.in_flight() == 0));
    store::reader from{on.path()};
    const auto rows = from.read_log(0, 1 << 20);
    REQUIRE(rows.size() == 1);
    REQUIRE(rows[0].nodes.size() == 2);
    CHECK(rows[0].nodes[1].role == "assistant");
    CHECK(rows[0].nodes[1].stop_reason == "stop");
    CHECK(rows[0].nodes[1].parent == rows[0].nodes[0].hash);
    on.stop();
    CHECK(limits().memory_bytes() == 0);
}

TEST_CASE("whatever comes, from however many threads, is accounted once and every waiter is told once") {
    recording on{3};
    constexpr std::size_t each = 60;
    std::vector<std::thread> relays;
    for (int i = 0; i < 3; ++i) {
        relays.emplace_back([&, i] {
            for (std::size_t j = 0; j < each; ++j) {
                const auto text = std::to_string(i) + "-" + std::to_string(j);
                auto made = chat(j % 3 == 1 ? "{" : ask(text), say("re " + text));
                if (j % 3 == 2) {
                    made->status = 500;
                }
                on.finish(std::move(made));
            }
        });
    }
    for (auto& one : relays) {
        one.join();
    }
    on.stop();
    CHECK(on.lane.told() == 3 * each);
    const auto now = on.account.read();
    CHECK(now.accepted == 3 * each);
    CHECK(now.recorded == each);
    CHECK(now.dropped[static_cast<std::size_t>(drop_reason::request_decode)] == each);
    CHECK(now.dropped[static_cast<std::size_t>(drop_reason::upstream_status)] == each);
    CHECK(now.in_flight() == 0);
    store::reader from{on.path()};
    CHECK(from.totals().recorded == each);
    CHECK(from.totals().in_flight() == 0);
    CHECK(limits().memory_bytes() == 0);
}

TEST_CASE("while the store cannot commit it says so, nobody is told, and all is made good later") {
    recording on;
    {
        const blocked_store blocked{on.path()};
        on.finish(chat(ask("hello"), say("hi")));
        CHECK(eventually(on.writer, [&] { return on.recorder.store_failing(); }));
        CHECK(on.lane.told() == 0);
        CHECK(on.account.read().in_flight() == 1);
    }
    REQUIRE(on.lane.wait_for(1, 60s));
    CHECK(on.account.read().recorded == 1);
    on.stop();
    CHECK_FALSE(on.recorder.store_failing());
}

TEST_CASE("what clients drop forks no chain, even where the turn before is not committed yet") {
    const auto think = [](const std::string& thought, const std::string& text) {
        return R"({"id":"c1","model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":")" +
               text + R"(","reasoning_content":")" + thought + R"("},"finish_reason":"stop"}]})";
    };
    const auto user = [](const std::string& text) {
        return R"({"role":"user","content":")" + text + R"("})";
    };
    const auto answer = [](const std::string& text) {
        return R"({"role":"assistant","content":")" + text + R"("})";
    };
    const auto ask_all = [](const std::string& messages) {
        return R"({"model":"gpt-4o","messages":[)" + messages + "]}";
    };
    recording on;
    // As their clients do, these go on from what was answered, which is made by then, but not committed.
    std::uint64_t made = 0;
    const auto finish = [&](std::unique_ptr<capture::exchange> ended) {
        on.finish(std::move(ended));
        ++made;
        REQUIRE(eventually(on.writer, [&] { return on.writer.status().queued == made; }));
    };
    {
        const blocked_store blocked{on.path()};
        finish(chat(ask_all(user("a")), think("hm", "b")));
        finish(chat(ask_all(user("a") + "," + answer("b") + "," + user("c")), think("oh", "d")));
        finish(chat(
            ask_all(user("a") + "," + answer("b") + "," + user("c") + "," + answer("d") + "," + user("e")),
            say("f")));
        // Who brings back another thought means another answer.
        finish(chat(ask_all(user("a") + R"(,{"role":"assistant","content":"b","reasoning_content":"no"},)" +
                            user("c")),
                    say("g")));
    }
    REQUIRE(on.lane.wait_for(4, 60s));
    on.finish(chat(ask_all(user("a") + "," + answer("b") + "," + user("c") + "," + answer("d") + "," +
                           user("e") + "," + answer("f") + "," + user("h")),
                   say("i")));
    REQUIRE(on.lane.wait_for(5, 60s));
    std::vector<std::size_t> added;
    std::size_t roots = 0;
    for (const auto& row : store::reader{on.path()}.read_log(0, 1 << 20)) {
        added.push_back(row.nodes.size());
        roots += static_cast<std::size_t>(
            std::ranges::count_if(row.nodes, [](const auto& one) { return !one.parent; }));
    }
    CHECK(added == std::vector<std::size_t>{2, 2, 2, 3, 2});
    CHECK(roots == 1);
    on.stop();
    CHECK(limits().memory_bytes() == 0);
}

TEST_CASE("what takes more memory than it was captured in waits for a slow writer, and is not lost") {
    auto slow = quick();
    slow.test_delay = 500ms;
    check_all_recorded(slow, 2, 32U << 20, 200, 300'000);
}

TEST_CASE("memory is waited for until it is given back, which is later than the commit") {
    auto slow = quick();
    std::promise<void> never;
    const auto pause = never.get_future().share();
    slow.on_settled = [&](const store::entry&) { pause.wait_for(50ms); };
    // One turn and the work on another do not fit.
    check_all_recorded(slow, 1, 8U << 20, 10, 1'000'000);
}

TEST_CASE("names that are not known are not waited for while the store fails") {
    recording on{1};
    const auto follow = [](const std::string& id) {
        auto made =
            chat(R"({"model":"gpt-4o","input":"q","previous_response_id":")" + id + R"("})",
                 R"({"id":"r","object":"response","status":"completed","model":"gpt-4o","output":[]})");
        made->path = made->target = "/v1/responses";
        return made;
    };
    const blocked_store blocked{on.path()};
    on.finish(chat(ask("hello"), say("hi")));
    CHECK(eventually(on.writer, [&] { return on.recorder.store_failing(); }));
    for (int i = 0; i < 20; ++i) {
        on.finish(follow("resp_" + std::to_string(i)));
    }
    const auto begin = std::chrono::steady_clock::now();
    on.recorder.stop();
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    on.writer.stop(std::chrono::steady_clock::now());
}

TEST_CASE("what cannot be committed before the end is store_error, and its waiter is told") {
    recording on;
    const blocked_store blocked{on.path()};
    on.finish(chat(ask("hello"), say("hi")));
    on.recorder.stop();
    on.writer.stop(std::chrono::steady_clock::now());
    CHECK(on.lane.told() == 1);
    const auto now = on.account.read();
    CHECK(now.dropped[static_cast<std::size_t>(drop_reason::store_error)] == 1);
    CHECK(now.in_flight() == 0);
}

TEST_CASE("what not even a row can be paid for is accounted, and its waiter is told") {
    capture::budget none{4'000, 0};
    recording on;
    on.finish(chat(ask("hello"), say("hi"), none));
    REQUIRE(on.lane.wait_for(1));
    CHECK(on.account.read().dropped[static_cast<std::size_t>(drop_reason::over_budget)] == 1);
    on.stop();  // who is told need not find the memory given back
    CHECK(none.memory_bytes() == 0);
}

TEST_CASE("a stop works off what was handed over") {
    recording on{1};
    for (int i = 0; i < 50; ++i) {
        on.finish(chat(ask(std::to_string(i)), say("x")));
    }
    on.stop();
    on.stop();
    CHECK(on.account.read().recorded == 50);
}

TEST_CASE("only what may become a turn needs its end held") {
    recording on;
    CHECK(on.recorder.may_be_turn("POST", "/v1/chat/completions"));
    CHECK_FALSE(on.recorder.may_be_turn("GET", "/v1/chat/completions"));
    CHECK_FALSE(on.recorder.may_be_turn("POST", "/v1/models"));
}

TEST_CASE("the work on a large request begins before its answer has ended") {
    recording on{1};
    auto running = chat(ask(std::string(200'000, 'q')), "");
    const auto captured = limits().memory_bytes();
    on.recorder.request_complete(*running);
    on.recorder.request_complete(*running);
    REQUIRE(running->prepared);
    // The memory is that of what the request was parsed to.
    CHECK(eventually(on.writer, [&] { return limits().memory_bytes() >= captured + 200'000; }));
    CHECK(on.lane.told() == 0);
    running->response_body.append(say("hi"));
    on.finish(std::move(running));
    REQUIRE(on.lane.wait_for(1));
    CHECK(on.account.read().recorded == 1);
    on.stop();
    CHECK(limits().memory_bytes() == 0);
}

TEST_CASE("what is no turn's request is left alone until its exchange has ended") {
    recording on{1};
    auto running = chat(std::string(100'000, 'q'), "");
    running->path = "/v1/models";
    on.recorder.request_complete(*running);
    CHECK_FALSE(running->prepared);
}

TEST_CASE("exchanges may end, or go, whether the work on their requests waits, runs or is done") {
    recording on{2};
    constexpr std::size_t each = 40;
    std::atomic<std::size_t> gone{0};
    std::vector<std::thread> relays;
    for (std::size_t i = 0; i < 3; ++i) {
        relays.emplace_back([&, i] {
            std::vector<std::unique_ptr<capture::exchange>> waiting;
            for (std::size_t j = 0; j < each; ++j) {
                auto made =
                    chat(ask(std::to_string(i) + "-" + std::to_string(j) + std::string(70'000, 'q')), "");
                on.recorder.request_complete(*made);
                // The relay goes on with its part.
                made->response_body.append(say("hi"));
                made->last_byte_at = made->first_byte_at;
                if (j % 4 == 3) {
                    made.reset();
                    ++gone;
                } else if (j % 4 == 2) {
                    waiting.push_back(std::move(made));
                } else {
                    on.finish(std::move(made));
                }
            }
            for (auto& one : waiting) {
                on.finish(std::move(one));
            }
        });
    }
    for (auto& one : relays) {
        one.join();
    }
    on.stop();
    CHECK(on.account.read().recorded == 3 * each - gone);
    CHECK(on.account.read().in_flight() == 0);
    CHECK(limits().memory_bytes() == 0);
}

TEST_CASE("a stop does not wait for requests whose answers are still to come") {
    recording on{1};
    std::vector<std::unique_ptr<capture::exchange>> running;
    for (int i = 0; i < 30; ++i) {
        running.push_back(chat(ask(std::string(70'000, 'q')), say("hi")));
        on.recorder.request_complete(*running.back());
    }
    on.recorder.stop();
    on.finish(std::move(running.back()));
    running.clear();
    CHECK(on.account.read().dropped[static_cast<std::size_t>(drop_reason::store_error)] == 1);
    CHECK(on.account.read().in_flight() == 0);
    auto late = chat(ask(std::string(70'000, 'q')), say("hi"));
    on.recorder.request_complete(*late);
    CHECK_FALSE(late->prepared);
    late.reset();
    CHECK(limits().memory_bytes() == 0);
}

TEST_CASE("a pattern that does not compile stops the start") {
    recording on;
    CHECK_THROWS_AS((pool{{1, wire_policy::turns, {"["}}, "k", on.writer, on.account}),
                    std::invalid_argument);
}

}  // namespace tapes::record

}  // namespace tapes::record::pool_test
