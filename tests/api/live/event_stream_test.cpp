#include "live/event_stream.hpp"

#include "read/told_store.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace tapes::api::event_stream_test {

using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

struct streaming {
    read::test::told_store store;
    read::price_table prices;
    live::hub events{options()};
    std::atomic<int> woken{0};
    std::unique_ptr<event_stream> open(const std::string& last_id = "") {
        auto made = event_stream::open(events, {}, last_id);
        if (made) {
            made->start([this] {
                ++woken;
                woken.notify_all();
            });
        }
        return made;
    }

private:
    live::hub_options options() const {
        live::hub_options made;
        made.source = {store.path(), "", &prices};
        made.poll_interval = 2ms;
        made.readers = 1;
        return made;
    }
};

/// Pulls until `text` has come.
std::string pulled(event_stream& from, streaming& now, const std::string& text) {
    std::string out;
    const auto until = std::chrono::steady_clock::now() + 60s;
    while (out.find(text) == std::string::npos && std::chrono::steady_clock::now() < until) {
        const int before = now.woken;
        if (from.pull(out, 65'536) == stream::state::idle && out.find(text) == std::string::npos) {
            now.woken.wait(before);
        }
    }
    return out;
}

}  // namespace

TEST_CASE("a message is an event of one line, with an id where it has one") {
    std::string out;
    append_event(out, {live::event_kind::exchange, "12-0123abcd", R"({"a":1})"});
    append_event(out, {live::event_kind::heartbeat, "", "{}"});
    CHECK(out == "event: exchange\nid: 12-0123abcd\ndata: {\"a\":1}\n\nevent: heartbeat\ndata: {}\n\n");
}

TEST_CASE("a stream begins with the state, and tells what is committed") {
    streaming now;
    const auto one = now.open();
    REQUIRE(one);
    const auto begun = pulled(*one, now, "event: state");
    CHECK_THAT(begun, StartsWith("retry: 1000\n\nevent: state\nid: 0\ndata: {"));
    now.store.tell({read::test::said("user", "hi\r\ndata: forged")}, read::test::said("assistant", "hello"));
    const auto told = pulled(*one, now, "event: exchange");
    CHECK_THAT(told, Contains("event: node\nid: 1.1-"));
    CHECK_THAT(told, Contains(R"(hi\r\ndata: forged)"));
    CHECK(told.find("\ndata: forged") == std::string::npos);
}

TEST_CASE("there is no stream where too many read, and the last words of one say why it ends") {
    streaming now;
    auto one = now.open();
    REQUIRE(one);
    CHECK_FALSE(now.open());
    pulled(*one, now, "event: state");
    one->finish();
    std::string out;
    CHECK(one->pull(out, 65'536) == stream::state::ended);
    CHECK_THAT(out, EndsWith(": the process is about to end; go on with Last-Event-ID\n\n"));
    one.reset();
    CHECK(now.open());
    now.events.stop();
    CHECK_FALSE(now.open());
}

}  // namespace tapes::api::event_stream_test
