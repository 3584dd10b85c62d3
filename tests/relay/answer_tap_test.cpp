#include "answer_tap.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

namespace tapes::relay::test_answer_tap {

using namespace std::chrono_literals;

struct shown_text {
    void show(const record::shown_answer& answer) {
        const std::lock_guard guard{mutex};
        text.clear();
        for (const auto& one : answer.blocks) {
            text += one.text;
        }
        over = answer.over;
        changed.notify_all();
    }
    bool becomes(const std::string& wanted) {
        std::unique_lock lock{mutex};
        return changed.wait_for(lock, 60s, [&] { return text == wanted; });
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::string text;
    bool over = false;
};

struct answering {
    capture::budget room{1U << 20, 0};
    capture::spill_policy policy;
    shown_text seen;
    record::answers_in_flight answers{
        {}, std::string(32, 'k'), room, [this](const record::shown_answer& one) { seen.show(one); }};
    capture::exchange running{room, policy};
    answer_tap tap{&answers};

    answering() {
        running.method = "POST";
        running.path = running.target = "/v1/chat/completions";
        running.request_body.append(R"({"model":"m","messages":[]})");
        tap.open(running);
    }
    void say(const std::string& text) {
        const auto event = R"(data: {"choices":[{"index":0,"delta":{"content":")" + text + "\"}}]}\n\n";
        running.response_body.append(event);
        tap.take(event);
    }
};

TEST_CASE("an answer that is under way is shown from its beginning once somebody looks") {
    answering now;
    now.say("Once ");
    CHECK_FALSE(now.tap.wanted());
    now.answers.want(true);
    now.say("upon ");
    CHECK(now.seen.becomes("Once upon "));
    now.say("a ");
    CHECK(now.seen.becomes("Once upon a "));
    now.answers.want(false);
    now.say("time ");
    now.answers.want(true);
    now.say("there");
    CHECK(now.seen.becomes("Once upon a time there"));
}

TEST_CASE("a closed tap takes nothing, and neither does one that leads nowhere") {
    answering now;
    now.answers.want(true);
    now.say("Once");
    CHECK(now.seen.becomes("Once"));
    now.tap.close();
    CHECK_FALSE(now.tap.wanted());
    now.tap.take("data: nothing\n\n");
    answer_tap nowhere{nullptr};
    nowhere.open(now.running);
    CHECK_FALSE(nowhere.wanted());
    nowhere.take("data: nothing\n\n");
}

TEST_CASE("what is not shown is not tried again with each piece") {
    answering now;
    now.running.path = "/v1/models";
    now.answers.want(true);
    for (int i = 0; i < 3; ++i) {
        now.say("Once");
    }
    CHECK(now.room.memory_bytes() < 8192);
    CHECK(now.seen.text.empty());
}

}  // namespace tapes::relay::test_answer_tap
