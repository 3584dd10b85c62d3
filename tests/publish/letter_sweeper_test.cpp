#include "eventually.hpp"
#include "temporary_store.hpp"

#include <tapes/publish/letter_sweeper.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace tapes::publish::letter_sweeper_test {

using namespace tapes;
using namespace tapes::publish;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t second = 1'000'000;

/// A store of its own and a clock that stands still.
class fixture : public store::test::written_store {
public:
    fixture() {
        how.now = [this] { return now.load(); };
        how.random = [] { return 0.5; };
        now = std::chrono::duration_cast<std::chrono::microseconds>(
                  std::chrono::system_clock::now().time_since_epoch())
                  .count();
    }

    void keep(const std::string& topic) {
        store::dead_letter letter;
        letter.source = "kafka";
        letter.topic = topic;
        letter.event_type = "tapes.node.v1";
        letter.reason = "refused";
        std::promise<void> done;
        store::keep_dead_letter(out, letter, first_retry(how, letter), std::nullopt,
                                [&](const std::string&) { done.set_value(); });
        done.get_future().wait();
    }

    store::kept_letter letter(std::int64_t id) {
        store::letter_reader in{path()};
        return in.find(id).value();
    }

    sweep_settings how;
    std::atomic<std::int64_t> now{0};
};

class fake_sender : public letter_sender {
public:
    std::vector<std::string> sources() const override { return {"kafka"}; }
    bus::write_result resend(const store::kept_letter& letter, std::chrono::milliseconds) override {
        seen.push_back(letter.topic);
        if (letter.topic == "throws") {
            throw std::runtime_error{"it threw"};
        }
        if (letter.topic == "refuses") {
            return {bus::failure::invalid, "refused again"};
        }
        if (letter.topic == "away") {
            return {bus::failure::transient, "no broker"};
        }
        return {};
    }
    std::vector<std::string> seen;
};

}  // namespace

TEST_CASE("a letter is tried when it is due, not before") {
    fixture store;
    fake_sender sender;
    letter_sweeper sweeper{store.out, {&sender}, store.how};
    store.keep("good");
    CHECK(store.letter(1).due_at_us == store.now + 60 * second);
    CHECK(sweeper.sweep() == 0);
    store.now += 61 * second;
    CHECK(sweeper.sweep() == 1);
    CHECK(store.letter(1).state == store::letter_state::retried);
    CHECK(sweeper.sweep() == 0);
}

TEST_CASE("one failure does not end the sweep, and figures are kept when the sender throws") {
    fixture store;
    fake_sender sender;
    letter_sweeper sweeper{store.out, {&sender}, store.how};
    for (const auto* topic : {"throws", "refuses", "away", "good"}) {
        store.keep(topic);
    }
    store.now += 61 * second;
    CHECK(sweeper.sweep() == 4);
    CHECK(store.letter(1).state == store::letter_state::scheduled);
    CHECK(store.letter(1).reason == "it threw");
    CHECK(store.letter(1).attempts == 2);
    CHECK(store.letter(1).due_at_us == store.now + 150 * second);
    CHECK(store.letter(2).reason == "refused again");
    CHECK(store.letter(3).attempts == 1);  // nobody was reached: no attempt
    CHECK(store.letter(3).due_at_us == store.now + 10 * second);
    CHECK(store.letter(4).state == store::letter_state::retried);
    const auto status = sweeper.status();
    CHECK(status.tried == 4);
    CHECK(status.failed == 3);
    CHECK(status.errors == 1);
}

TEST_CASE("when the retries are used up a letter waits for a person") {
    fixture store;
    store.how.policies = retry_policies{[] {
        retry_policies::choice choice;
        choice.by_topic = {{"refuses", "immediate"}};
        return choice;
    }()};
    fake_sender sender;
    letter_sweeper sweeper{store.out, {&sender}, store.how};
    store.keep("refuses");
    for (int i = 0; i < 6; ++i) {
        store.now += second;
        sweeper.sweep();
    }
    CHECK(sender.seen.size() == 3);
    CHECK(store.letter(1).state == store::letter_state::pending);
    CHECK(store.letter(1).attempts == 4);
}

TEST_CASE("a letter of policy manual never goes by itself") {
    fixture store;
    retry_policies::choice choice;
    choice.fallback = "manual";
    store.how.policies = retry_policies{choice};
    fake_sender sender;
    letter_sweeper sweeper{store.out, {&sender}, store.how};
    store.keep("good");
    store.now += 3600 * second;
    CHECK(sweeper.sweep() == 0);
    CHECK(store.letter(1).state == store::letter_state::pending);
    store::schedule_letters(store.out, {}, store.now);
    CHECK(sweeper.sweep() == 1);
    CHECK(store.letter(1).state == store::letter_state::retried);
}

TEST_CASE("what is older than the retention is discarded, with that reason") {
    fixture store;
    fake_sender sender;
    letter_sweeper sweeper{store.out, {&sender}, store.how};
    store.keep("good");
    store.now += 8 * 86'400 * second;
    CHECK(sweeper.sweep() == 0);
    CHECK(sender.seen.empty());
    CHECK(store.letter(1).state == store::letter_state::discarded);
    CHECK(store.letter(1).discard_reason == "older than the retention of 7 days");
}

TEST_CASE("the sweeper's thread wakes, sweeps and stops") {
    fixture store;
    fake_sender sender;
    store.how.interval = 1h;
    store.keep("good");
    letter_sweeper sweeper{store.out, {&sender}, store.how};
    sweeper.start();
    store.now += 61 * second;
    CHECK(tapes::test::eventually([&] {
        sweeper.wake();
        return store.letter(1).state == store::letter_state::retried;
    }));
    sweeper.stop();
    CHECK(store.letter(1).state == store::letter_state::retried);
    CHECK(sender.seen.size() == 1);
}

}  // namespace tapes::publish::letter_sweeper_test
