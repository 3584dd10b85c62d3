#include "support.hpp"

#include <catch2/catch.hpp>

namespace tapes::relay::hold_test {

using namespace test;
using capture::end_reason;

namespace {

const std::string stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// A client that has asked, and the upstream's side of it.
struct conversation {
    explicit conversation(running_relay& relay) : client{relay.connect()}, up{ask(relay, client)} {}
    static peer ask(running_relay& relay, peer& client) {
        client.send(post_request("/chat", "question"));
        auto made = relay.up.accept();
        made.read_until("question");
        return made;
    }
    peer client;
    peer up;
};

}  // namespace

TEST_CASE("the end of an answer goes to the client when its turn is committed") {
    running_relay relay{ack_options(record::ack_mode::bounded, 20s)};
    relay.recorder.settles_at_once = false;
    conversation one{relay};
    SECTION("of a length: the bytes of the last read") {
        one.up.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nans");
        one.client.read_until("ans");
        one.up.send("wer");
        CHECK(relay.recorder.get(0).response == "answer");
        CHECK(one.client.read_for(100ms).empty());
        relay.recorder.settle();
        CHECK(one.client.read_until("wer") == "wer");
    }
    SECTION("in one read: all of it") {
        one.up.send(answer_with("answer"));
        relay.recorder.get(0);
        CHECK(one.client.read_for(100ms).empty());
        relay.recorder.settle();
        CHECK(one.client.read_until("answer") == answer_with("answer"));
    }
    SECTION("of chunks: the last chunk") {
        one.up.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nans\r\n0\r\n\r\n");
        CHECK(relay.recorder.get(0).response == "ans");
        CHECK_THAT(one.client.read_until("ans\r\n"), Catch::EndsWith("3\r\nans\r\n"));
        CHECK(one.client.read_for(100ms).empty());
        relay.recorder.settle();
        CHECK(one.client.read_until("0\r\n\r\n") == "0\r\n\r\n");
    }
    SECTION("of a stream that ends at the close: the close") {
        one.up.send("HTTP/1.1 200 OK\r\n\r\nanswer");
        one.up.close();
        relay.recorder.get(0);
        CHECK_THAT(one.client.read_for(100ms), Catch::EndsWith("answer"));
        CHECK_FALSE(one.client.ended());
        relay.recorder.settle();
        CHECK(one.client.read_all().empty());
        CHECK(one.client.ended());
    }
    CHECK(relay.ack_timeouts == 0);
}

TEST_CASE("a stream is held from its strong end on, sealed soon after that, and what comes later is kept") {
    running_relay relay{ack_options(record::ack_mode::bounded, 20s)};
    relay.recorder.settles_at_once = false;
    conversation one{relay};
    one.up.send(stream_head + "9\r\ndata: a\n\n\r\n");
    CHECK_THAT(one.client.read_until("data: a\n\n\r\n"), Catch::StartsWith(stream_head));
    one.up.send("b\r\ndata: END\n\n\r\n");
    const auto seen = relay.recorder.get(0);  // without another byte from the upstream
    CHECK(seen.response == "data: a\n\ndata: END\n\n");
    CHECK(seen.ended == end_reason::complete);
    CHECK(one.client.read_for(100ms).empty());
    relay.recorder.settle();
    CHECK(one.client.read_until("END\n\n\r\n") == "b\r\ndata: END\n\n\r\n");
    one.up.send("c\r\ndata: late\n\n\r\n");  // what comes now passes, but for what it is
    CHECK_THAT(one.client.read_until("late\n\n\r\n"), Catch::EndsWith("late\n\n\r\n"));
    one.up.send("0\r\n\r\n");
    CHECK(one.client.read_until("0\r\n\r\n") == "0\r\n\r\n");
    const auto rest = relay.recorder.get_rest(0);
    CHECK(rest.bytes == "data: late\n\n");
    CHECK(rest.ended == end_reason::complete);
    CHECK(rest.received == seen.response.size() + rest.bytes.size());
    CHECK(relay.recorder.count() == 1);
}

TEST_CASE("a stream that breaks off behind its strong end tells its rest how it ended") {
    running_relay relay{ack_options(record::ack_mode::bounded, 20s)};
    conversation one{relay};
    one.up.send(stream_head + "b\r\ndata: END\n\n\r\n");
    one.client.read_until("END\n\n\r\n");
    one.up.send("c\r\ndata: late\n\n\r\n");
    one.client.read_until("late\n\n\r\n");
    one.up.close();
    const auto rest = relay.recorder.get_rest(0);
    CHECK(rest.bytes == "data: late\n\n");
    CHECK(rest.ended == end_reason::upstream_closed);
    CHECK(relay.recorder.get(0).ended == end_reason::complete);
}

TEST_CASE("a weak end waits for the strong one, but not long, and the capture goes on") {
    const auto ack = GENERATE(record::ack_mode::bounded, record::ack_mode::wait, record::ack_mode::none);
    running_relay relay{ack_options(ack, 20s)};
    relay.recorder.settles_at_once = false;
    conversation one{relay};
    one.up.send(stream_head + "c\r\ndata: WEAK\n\n\r\n");
    CHECK_THAT(one.client.read_until("WEAK\n\n\r\n"), Catch::EndsWith("data: WEAK\n\n\r\n"));  // not settled
    CHECK(relay.recorder.count() == 0);
    one.up.send("d\r\ndata: usage\n\n\r\n");
    CHECK(one.client.read_until("usage\n\n\r\n") == "d\r\ndata: usage\n\n\r\n");
    one.up.send("b\r\ndata: END\n\n\r\n0\r\n\r\n");
    const auto seen = relay.recorder.get(0);
    CHECK(seen.response == "data: WEAK\n\ndata: usage\n\ndata: END\n\n");
    CHECK(seen.response_received == seen.response.size());
    CHECK(seen.request_received == seen.request.size());
    CHECK(seen.chunks == 3);
    CHECK(seen.ended == end_reason::complete);
    CHECK(seen.waits == (ack != record::ack_mode::none));
    if (seen.waits) {
        CHECK(one.client.read_for(100ms).empty());
        relay.recorder.settle();
    }
    CHECK_THAT(one.client.read_until("0\r\n\r\n"), Catch::EndsWith("data: END\n\n\r\n0\r\n\r\n"));
    CHECK(relay.ack_timeouts == 0);
}

TEST_CASE("a weak end and the strong one that follows at once are held together") {
    running_relay relay{ack_options(record::ack_mode::wait, 20s)};
    relay.recorder.settles_at_once = false;
    conversation one{relay};
    one.up.send(stream_head + "9\r\ndata: a\n\n\r\n");
    one.client.read_until("data: a\n\n\r\n");
    one.up.send("c\r\ndata: WEAK\n\n\r\nb\r\ndata: END\n\n\r\n0\r\n\r\n");
    CHECK(relay.recorder.get(0).response == "data: a\n\ndata: WEAK\n\ndata: END\n\n");
    CHECK(one.client.read_for(100ms).empty());
    relay.recorder.settle();
    CHECK_THAT(one.client.read_until("0\r\n\r\n"), Catch::StartsWith("c\r\ndata: WEAK"));
}

TEST_CASE("an end that something said follows was none: all of it passes and is captured") {
    running_relay relay{[](options& made) {
        made.ack = record::ack_mode::wait;
        made.ack_timeout = made.timeouts.after_end = 20s;
    }};
    relay.recorder.settles_at_once = false;
    const std::string mark = GENERATE("WEAK", "END-");
    conversation one{relay};
    one.up.send(stream_head);
    std::string all;
    for (int i = 0; i < 20; ++i) {
        one.up.send("b\r\ndata: say\n\n\r\nc\r\ndata: " + mark + "\n\n\r\n");
        all += "data: say\n\ndata: " + mark + "\n\n";
        one.client.read_until("data: say\n\n\r\n");
    }
    one.up.send("b\r\ndata: say\n\n\r\n");
    one.client.read_until("data: say\n\n\r\n");
    CHECK(relay.recorder.count() == 0);
    one.up.send("0\r\n\r\n");
    CHECK(relay.recorder.get(0).response == all + "data: say\n\n");
    relay.recorder.settle();
    one.client.read_until("0\r\n\r\n");
}

TEST_CASE("a stream that ends behind a weak end is complete, unless it has said more") {
    struct sample {
        std::string events;
        end_reason ended;
    };
    const auto one_sample =
        GENERATE(sample{"c\r\ndata: WEAK\n\n\r\n", end_reason::complete},
                 sample{"c\r\ndata: WEAK\n\n\r\nb\r\ndata: say\n\n\r\n", end_reason::upstream_closed});
    running_relay relay{ack_options(record::ack_mode::bounded, 20s)};
    conversation one{relay};
    one.up.send(stream_head + one_sample.events);
    SECTION("by the upstream's close") {
        one.up.close();
    }
    SECTION("by its close after a while") {
        one.client.read_until(one_sample.events);
        one.up.close();
    }
    one.client.read_all();
    CHECK(one.client.broken());
    CHECK(relay.recorder.get(0).ended == one_sample.ended);
}

TEST_CASE("a client that leaves behind a weak end has had all of it") {
    running_relay relay{ack_options(record::ack_mode::bounded, 20s)};
    conversation one{relay};
    one.up.send(stream_head + "c\r\ndata: WEAK\n\n\r\n");
    one.client.read_until("WEAK\n\n\r\n");
    one.client.reset();
    one.up.try_send("d\r\ndata: usage\n\n\r\n");
    const auto seen = relay.recorder.get(0);
    CHECK(seen.ended == end_reason::complete);
}

TEST_CASE("an upstream that falls silent behind a weak end has ended its answer") {
    running_relay relay{[](options& made) { made.timeouts.between_bytes = 300ms; }};
    conversation one{relay};
    one.up.send(stream_head + "c\r\ndata: WEAK\n\n\r\n");
    CHECK(relay.recorder.get(0).ended == end_reason::complete);
}

TEST_CASE("a stream whose rest comes at once is sealed with it") {
    running_relay relay{ack_options(record::ack_mode::bounded, 20s)};
    conversation one{relay};
    one.up.send(stream_head + "b\r\ndata: END\n\n\r\n8\r\n[DONE]\n\n\r\n0\r\n\r\n");
    CHECK_THAT(one.client.read_until("0\r\n\r\n"), Catch::EndsWith("[DONE]\n\n\r\n0\r\n\r\n"));
    CHECK(relay.recorder.get(0).response == "data: END\n\n[DONE]\n\n");
}

TEST_CASE("a client that closes after the event that ends the answer has had all of it") {
    running_relay relay{ack_options(record::ack_mode::none, 20s)};
    conversation one{relay};
    one.up.send(stream_head + "b\r\ndata: END\n\n\r\n");
    one.client.read_until("END\n\n\r\n");
    one.client.reset();
    one.up.try_send("c\r\ndata: late\n\n\r\n");
    const auto seen = relay.recorder.get(0);
    CHECK(seen.ended == end_reason::complete);
    CHECK_FALSE(seen.waits);
}

TEST_CASE("an upstream that breaks off after the end event has said all, and the client gets all of it") {
    running_relay relay{ack_options(record::ack_mode::bounded, 20s)};
    conversation one{relay};
    one.up.send(stream_head + "b\r\ndata: END\n\n\r\n");
    one.up.close();
    CHECK_THAT(one.client.read_all(), Catch::EndsWith("data: END\n\n\r\n"));
    CHECK(one.client.broken());
    CHECK(relay.recorder.get(0).ended == end_reason::complete);
}

TEST_CASE("a bounded hold ends at its time-out, which is counted, and not before") {
    running_relay relay{ack_options(record::ack_mode::bounded, 200ms)};
    relay.recorder.settles_at_once = false;
    conversation one{relay};
    const auto began = steady::now();
    one.up.send(answer_with("answer"));
    CHECK(one.client.read_until("answer") == answer_with("answer"));
    CHECK(steady::now() - began >= 200ms);
    CHECK(steady::now() - began < 10s);
    CHECK(relay.ack_timeouts == 1);
    relay.recorder.settle();  // late, and of no use to anybody
    one.client.send(post_request("/chat", "more"));
    one.up.read_until("more");
}

TEST_CASE("while the store is failing nothing waits in bounded") {
    running_relay relay{ack_options(record::ack_mode::bounded, 20s)};
    relay.recorder.settles_at_once = false;
    relay.recorder.failing = true;
    conversation one{relay};
    one.up.send(answer_with("answer"));
    CHECK(one.client.read_until("answer", 10s) == answer_with("answer"));
    CHECK(relay.ack_timeouts == 0);
}

TEST_CASE("wait holds although the store fails and the time is up") {
    running_relay relay{ack_options(record::ack_mode::wait, 10ms)};
    relay.recorder.settles_at_once = false;
    relay.recorder.failing = true;
    conversation one{relay};
    one.up.send(answer_with("answer"));
    relay.recorder.get(0);
    CHECK(one.client.read_for(300ms).empty());
    CHECK_FALSE(one.client.ended());
    relay.recorder.settle();
    CHECK(one.client.read_until("answer") == answer_with("answer"));
    CHECK(relay.ack_timeouts == 0);
}

TEST_CASE("none holds nothing") {
    running_relay relay{ack_options(record::ack_mode::none, 20s)};
    relay.recorder.settles_at_once = false;
    conversation one{relay};
    one.up.send(answer_with("answer"));
    CHECK(one.client.read_until("answer") == answer_with("answer"));
    CHECK_FALSE(relay.recorder.get(0).waits);
}

TEST_CASE("an answer that cannot be a turn is not held") {
    running_relay relay{ack_options(record::ack_mode::wait, 20s)};
    relay.recorder.settles_at_once = false;
    auto client = relay.connect();
    client.send(post_request("/other", "x") + post_request("/chat", "y"));
    auto up = relay.up.accept();
    up.read_until("\r\n\r\nx");
    up.send(answer_with("answer"));
    CHECK(client.read_until("answer") == answer_with("answer"));
    up.read_until("\r\n\r\ny");
    const std::string failed = "HTTP/1.1 429 Slow down\r\nContent-Length: 2\r\n\r\nno";
    up.send(failed);
    CHECK(client.read_until("no") == failed);
}

TEST_CASE("a cut in wait gives the client no end that is not committed") {
    const char* const answer =
        GENERATE("HTTP/1.1 200 OK\r\n\r\nanswer",
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nanswer\r\n0\r\n\r\n");
    running_relay relay{ack_options(record::ack_mode::wait, 20s)};
    relay.recorder.settles_at_once = false;
    conversation one{relay};
    one.up.send(answer);
    one.up.finish();
    relay.recorder.get(0);
    one.client.read_until("answer");
    relay.served->cut();
    CHECK(one.client.read_all().find("0\r\n\r\n") == std::string::npos);
    CHECK(one.client.broken());
}

TEST_CASE("a turn may be committed when the relay has stopped already") {
    running_relay relay{ack_options(record::ack_mode::wait, 20s)};
    relay.recorder.settles_at_once = false;
    conversation one{relay};
    one.up.send(answer_with("answer"));
    relay.recorder.get(0);
    relay.served->stop();
    relay.recorder.settle();
    CHECK(relay.account.read().in_flight() == 0);
}

TEST_CASE("an end event is followed by its seal although the client takes its time") {
    running_relay relay{ack_options(record::ack_mode::none, 250ms)};
    conversation one{relay};
    // More than the sockets between hold, so that the relay waits for the client when the seal is due.
    const std::string more(12U << 20, 'x');
    one.up.send(stream_head);
    std::thread writing{[&] {
        one.up.try_send("b\r\ndata: END\n\n\r\n");
        one.up.try_send("c00000\r\n" + more + "\r\n");
    }};
    while (!one.up.stalls_for(100ms)) {  // longer than the seal waits for what belongs to the end
    }
    const auto got = one.client.read_until("xx\r\n");
    writing.join();
    CHECK(got.find("data: END") != std::string::npos);
    // The upstream is silent now, and its connection stays open.
    CHECK(relay.recorder.get(0).ended == end_reason::complete);
}

}  // namespace tapes::relay::hold_test
