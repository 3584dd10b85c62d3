#include <tapes/publish/replay.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <sstream>
#include <stdexcept>

namespace tapes::publish::replay_test {

using namespace tapes::publish;
using namespace std::chrono_literals;
using std::chrono::microseconds;
using tapes::store::replay_position;

namespace {

constexpr std::int64_t second = 1'000'000;

/// Events with nothing but a number, recorded at given times.
class numbers : public replay_source {
public:
    explicit numbers(std::vector<std::int64_t> recorded_us) : recorded_{std::move(recorded_us)} {}

    std::optional<replay_step> next() override {
        if (at_ == recorded_.size()) {
            return std::nullopt;
        }
        const auto i = at_++;
        return replay_step{replay_step::kind::node, static_cast<std::int64_t>(i) + 1, 10 + i, recorded_[i]};
    }
    void make(event::event_record& out, const replay_step& of, std::uint64_t) override {
        out.restart("tapes.node.v1", of.at_us);
        out.id = std::to_string(of.ref);
    }

private:
    std::vector<std::int64_t> recorded_;
    std::size_t at_ = 0;
};

class list : public replay_target {
public:
    std::uint64_t most_bytes() const override { return 0; }
    void send(const event::event_record& what) override {
        if (refuses == what.id) {
            throw std::runtime_error{"refused"};
        }
        sent.push_back(what);
        bytes_ += bytes_of_one;
    }
    bool settle(std::chrono::milliseconds) override {
        if (stuck > 0) {
            --stuck;
            return false;
        }
        settled = sent.size();
        return true;
    }
    std::uint64_t bytes() const override { return bytes_; }

    std::vector<std::string> ids() const {
        std::vector<std::string> all;
        for (const auto& one : sent) {
            all.push_back(one.id);
        }
        return all;
    }

    std::vector<event::event_record> sent;
    std::string refuses;
    std::size_t settled = 0;
    int stuck = 0;  ///< so many times what was sent is not safe yet
    std::uint64_t bytes_of_one = 10;

private:
    std::uint64_t bytes_ = 0;
};

/// Time that passes only by waiting.
class world : public replay_world {
public:
    explicit world(list& target) : target_{target} {}

    std::chrono::steady_clock::time_point now() override {
        return std::chrono::steady_clock::time_point{passed};
    }
    replay_wish wait(microseconds time) override {
        ++waits;
        longest = std::max(longest, time);
        passed += time;
        return wishes(*this);
    }
    replay_wish save(const replay_position& at) override {
        CHECK(target_.settled == target_.sent.size());
        saved.push_back(at);
        return wishes(*this);
    }

    microseconds passed{0};
    microseconds longest{0};
    int waits = 0;
    std::vector<replay_position> saved;
    std::function<replay_wish(const world&)> wishes = [](const world&) { return replay_wish::go_on; };

private:
    list& target_;
};

replay_settings fast(std::uint64_t batch) {
    return {"again", 0, batch, {}};
}

}  // namespace

TEST_CASE("at speed 2 what was recorded over ten seconds takes five") {
    replay_pace pace{2};
    CHECK(pace.due(100 * second) == 0s);
    CHECK(pace.due(101 * second) == 500ms);
    CHECK(pace.due(110 * second) == 5s);
    CHECK(pace.due(105 * second) == 5s);  // never back
    CHECK(pace.due(112 * second) == 6s);
}

TEST_CASE("at speed 0.1 a second takes ten, as fast as it goes takes no time") {
    replay_pace slow{0.1};
    CHECK(slow.due(0) == 0s);
    CHECK(slow.due(second) == 10s);
    replay_pace fast{0};
    CHECK(fast.due(0) == 0s);
    CHECK(fast.due(1000 * second) == 0s);
}

TEST_CASE("a position is saved after each batch, when it is safe at the target") {
    numbers from{{0, 0, 0, 0, 0}};
    list to;
    world in{to};
    to.stuck = 3;
    CHECK(run_replay(from, to, in, fast(2)) == replay_wish::go_on);
    CHECK(to.ids() == std::vector<std::string>{"1", "2", "3", "4", "5"});
    CHECK(in.saved == std::vector<replay_position>{{11, 2, 20}, {13, 4, 40}, {14, 5, 50}});
}

TEST_CASE("records say which replay they are of, and their number in it") {
    numbers from{{0, 0}};
    list to;
    world in{to};
    run_replay(from, to, in, fast(10));
    REQUIRE(to.sent.size() == 2);
    using pairs = std::vector<std::pair<std::string, std::string>>;
    CHECK(to.sent[0].extra == pairs{{"replay", "again"}, {"replay_seq", "1"}});
    CHECK(to.sent[1].extra == pairs{{"replay", "again"}, {"replay_seq", "2"}});
}

TEST_CASE("a replay goes on behind its position, with the numbers that follow") {
    numbers from{{0, 0, 0}};
    list to;
    world in{to};
    auto how = fast(10);
    how.from = {11, 2, 0};
    run_replay(from, to, in, how);
    REQUIRE(to.ids() == std::vector<std::string>{"3"});
    CHECK(to.sent[0].extra[1].second == "3");
    CHECK(in.saved.back().events == 3);
}

TEST_CASE("a replay that has sent all has nothing more to send") {
    numbers from{{0, 0}};
    list to;
    world in{to};
    auto how = fast(10);
    how.from = {11, 2, 0};
    CHECK(run_replay(from, to, in, how) == replay_wish::go_on);
    CHECK(to.sent.empty());
    CHECK(in.saved.empty());
}

TEST_CASE("a batch ends at eight megabytes too") {
    numbers from{{0, 0, 0, 0}};
    list to;
    to.bytes_of_one = 5U << 20;
    world in{to};
    run_replay(from, to, in, fast(1000));
    CHECK(in.saved.size() == 2);
}

TEST_CASE("events wait for their time, and what came before them is safe and saved meanwhile") {
    numbers from{{0, 3 * second, 3 * second + 5000}};
    list to;
    world in{to};
    CHECK(run_replay(from, to, in, {"again", 1, 100, {}}) == replay_wish::go_on);
    CHECK(in.passed == 3005ms);
    CHECK(in.longest <= 500ms);
    REQUIRE(in.saved.size() == 2);
    CHECK(in.saved[0].events == 1);
    CHECK(in.saved[1].events == 3);
}

TEST_CASE("time in which a replay was paused is not made up for") {
    numbers from{{0, 1000 * second, 1001 * second}};
    list to;
    world in{to};
    replay_settings how{"again", 1, 100, {10, 1, 10}};
    run_replay(from, to, in, how);
    CHECK(in.passed == 1s);
}

TEST_CASE("a pause in a long wait is seen within half a second") {
    numbers from{{0, 3600 * second}};
    list to;
    world in{to};
    in.wishes = [](const world& now) { return now.passed >= 10s ? replay_wish::pause : replay_wish::go_on; };
    CHECK(run_replay(from, to, in, {"again", 1, 100, {}}) == replay_wish::pause);
    CHECK(in.passed <= 10500ms);
    CHECK(to.sent.size() == 1);
    CHECK(in.saved.back().events == 1);
}

TEST_CASE("a wish that comes with a saved batch ends the replay there") {
    numbers from{{0, 0, 0, 0}};
    list to;
    world in{to};
    in.wishes = [](const world& now) { return now.saved.empty() ? replay_wish::go_on : replay_wish::cancel; };
    CHECK(run_replay(from, to, in, fast(2)) == replay_wish::cancel);
    CHECK(to.sent.size() == 2);
}

TEST_CASE("a target that does not settle can be paused, and its batch is not saved") {
    numbers from{{0, 0}};
    list to;
    to.stuck = 1000;
    world in{to};
    in.wishes = [](const world& now) { return now.waits > 3 ? replay_wish::pause : replay_wish::go_on; };
    CHECK(run_replay(from, to, in, fast(2)) == replay_wish::pause);
    CHECK(in.saved.empty());
}

TEST_CASE("what the target refuses is told, and what was saved before stays") {
    numbers from{{0, 0, 0}};
    list to;
    to.refuses = "3";
    world in{to};
    CHECK_THROWS_WITH(run_replay(from, to, in, fast(2)), "refused");
    CHECK(in.saved.back().events == 2);
}

}  // namespace tapes::publish::replay_test
