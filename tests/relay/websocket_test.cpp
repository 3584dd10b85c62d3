#include "support.hpp"

#include <catch2/catch.hpp>
#include <zlib.h>

namespace tapes::relay::websocket_test {

using namespace test;
using capture::end_reason;
using namespace std::string_literals;

namespace {

/// One frame; a client's is masked.
std::string frame(int first, std::string_view payload, bool masked) {
    std::string out(1, static_cast<char>(first));
    const int mask = masked ? 0x80 : 0;
    if (payload.size() < 126) {
        out += static_cast<char>(mask | static_cast<int>(payload.size()));
    } else {
        const int bytes = payload.size() < 65536 ? 2 : 8;
        out += static_cast<char>(mask | (bytes == 2 ? 126 : 127));
        for (int i = bytes - 1; i >= 0; --i) {
            out += static_cast<char>(payload.size() >> static_cast<unsigned>(8 * i) & 0xffU);
        }
    }
    if (!masked) {
        return out.append(payload);
    }
    const std::string key = "\x37\xfa\x21\x3d";
    out += key;
    for (std::size_t i = 0; i < payload.size(); ++i) {
        out += static_cast<char>(payload[i] ^ key[i % 4]);
    }
    return out;
}
std::string asks(std::string_view text) {
    return frame(0x81, text, true);
}
std::string says(std::string_view text) {
    return frame(0x81, text, false);
}

/// As a sender compresses its first message.
std::string squeezed(std::string text) {
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
    std::string out(text.size() + 100, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(text.data());
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_SYNC_FLUSH);
    out.resize(out.size() - stream.avail_out - 4);
    deflateEnd(&stream);
    return out;
}

const std::string create_one = R"({"type":"response.create","model":"m","input":"one"})";
const std::string create_two = R"({"type":"response.create","model":"m","input":"two"})";
const std::string delta = R"({"type":"response.output_text.delta","delta":"x"})";
const std::string completed = R"({"type":"response.completed","response":{"id":"r"}})";

std::string events(std::initializer_list<std::string> messages) {
    std::string out;
    for (const auto& one : messages) {
        out += "data: " + one + "\n\n";
    }
    return out;
}

/// A WebSocket that the upstream has agreed to. "/chat" is a path whose turns the fake recorder holds.
struct agreed {
    explicit agreed(running_relay& relay, const std::string& extensions = {},
                    const std::string& path = "/v1/responses/chat")
        : client{relay.connect()}, up{open(relay, client, extensions, path)} {}
    static peer open(running_relay& relay, peer& client, const std::string& extensions,
                     const std::string& path) {
        client.send("GET " + path +
                    " HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                    "Authorization: Bearer key\r\n\r\n");
        auto made = relay.up.accept();
        CHECK_THAT(made.read_until("\r\n\r\n"), Catch::Contains("Sec-WebSocket-Key: AAAA"));
        made.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n" +
                  (extensions.empty() ? "" : "Sec-WebSocket-Extensions: " + extensions + "\r\n") + "\r\n");
        client.read_until("\r\n\r\n");
        return made;
    }
    /// Sends to the upstream, and sees it arrive unchanged.
    void ask(const std::string& bytes) {
        client.send(bytes);
        std::string got;
        while (got.size() < bytes.size() && !up.ended()) {
            got += up.read_until(bytes.substr(got.size()));
        }
        CHECK(got == bytes);
    }
    void say(const std::string& bytes) {
        up.send(bytes);
        CHECK(client.read_until(bytes) == bytes);
    }
    peer client;
    peer up;
};

void check_balance(running_relay& relay, std::uint64_t accepted) {
    CHECK(relay.idle());
    const auto now = relay.account.read();
    CHECK(now.accepted == accepted);
    CHECK(now.in_flight() == 0);
    CHECK(relay.recorder.count() == accepted);
    CHECK(relay.budget.memory_bytes() == 0);
}

}  // namespace

TEST_CASE("each answer asked for on a WebSocket is an exchange of its own") {
    running_relay relay;
    {
        agreed socket{relay};
        socket.ask(asks(create_one));
        socket.say(says(delta) + says(completed));
        socket.ask(asks(R"({"type":"response.processed","response_id":"r"})"));
        socket.ask(asks(create_two));
        socket.say(says(completed));
        const auto first = relay.recorder.get(0);
        CHECK(first.method == "GET");
        CHECK(first.path == "/v1/responses/chat");
        CHECK_THAT(first.request_head, Catch::Contains("Authorization: Bearer key"));
        CHECK(first.request == create_one);
        CHECK(first.response == events({delta, completed}));
        CHECK(first.status == 200);
        CHECK(first.websocket);
        CHECK(first.event_stream);
        CHECK_FALSE(first.tunnel);
        CHECK(first.ended == end_reason::complete);
        const auto second = relay.recorder.get(1);
        CHECK(second.request == create_two);
        CHECK(second.response == events({completed}));
        CHECK(relay.account.read().accepted == 2);
    }
    check_balance(relay, 2);
}

TEST_CASE("fragments, pings between them and compressed messages pass byte for byte and are understood") {
    running_relay relay;
    agreed socket{relay, "permessage-deflate; server_no_context_takeover"};
    const auto small = squeezed(create_one);
    socket.ask(frame(0x41, small.substr(0, 7), true) + frame(0x89, "ping", true) +
               frame(0x80, small.substr(7), true));
    std::string text = delta;
    text.replace(text.find("\"x\""), 3, "\"" + std::string(70000, 'x') + "\"");
    const auto large = squeezed(text);
    const auto stream = frame(0x41, large.substr(0, 10), false) + frame(0x8a, "ping", false) +
                        frame(0x00, large.substr(10, 20), false) + frame(0x80, large.substr(30), false) +
                        says("{\n\"type\":\r\n\"response.failed\"}");
    socket.say(stream);
    const auto seen = relay.recorder.get(0);
    CHECK(seen.request == create_one);
    CHECK(seen.response == events({text}) + "data: {\ndata: \"type\":\ndata: \"response.failed\"}\n\n");
    CHECK(seen.ended == end_reason::complete);
}

TEST_CASE(
    "the last message of an answer is held until its turn is committed, and what follows waits behind") {
    running_relay relay{ack_options(record::ack_mode::bounded, 20s)};
    relay.recorder.settles_at_once = false;
    agreed socket{relay};
    socket.ask(asks(create_one));
    const auto end = says(completed) + frame(0x89, "ping", false);
    socket.up.send(says(delta) + end);
    CHECK(socket.client.read_until(says(delta)) == says(delta));
    CHECK(relay.recorder.get(0).waits);
    CHECK(socket.client.read_for(100ms).empty());
    socket.ask(frame(0x8a, "pong", true));  // the other direction goes on
    relay.recorder.settle();
    CHECK(socket.client.read_until(end) == end);
    CHECK(relay.ack_timeouts == 0);
}

TEST_CASE("messages behind the last one of an answer are added to it, until the next is asked for") {
    running_relay relay;
    agreed socket{relay};
    socket.ask(asks(create_one));
    socket.say(says(completed) + says(delta));  // in one read
    CHECK(relay.recorder.get(0).response == events({completed, delta}));
    CHECK(relay.recorder.get(0).response_received == relay.recorder.get(0).response.size());
    socket.say(says(delta));
    socket.say(says(completed));
    socket.ask(asks(create_two));
    const auto rest = relay.recorder.get_rest(0);
    CHECK(rest.bytes == events({delta, completed}));
    CHECK(rest.received == events({completed, delta, delta, completed}).size());
    socket.say(says(completed));
    CHECK(relay.recorder.get(1).response == events({completed}));
    CHECK(relay.recorder.get_rest(1).bytes.empty());  // it is not waited for without end
}

TEST_CASE("a hold ends after its time") {
    running_relay relay{ack_options(record::ack_mode::bounded, 30ms)};
    relay.recorder.settles_at_once = false;
    agreed socket{relay};
    socket.ask(asks(create_one));
    socket.say(says(completed));
    CHECK(relay.ack_timeouts == 1);
    socket.ask(asks(create_two));
    socket.say(says(completed));
    relay.recorder.settle();
}

TEST_CASE("nothing is held where nothing may become a turn, or the configuration says so") {
    const bool none = GENERATE(true, false);
    running_relay relay{ack_options(none ? record::ack_mode::none : record::ack_mode::wait, 20s)};
    relay.recorder.settles_at_once = false;
    agreed socket{relay, "", none ? "/v1/responses/chat" : "/v1/responses"};
    socket.ask(asks(create_one));
    socket.say(says(completed));
    CHECK_FALSE(relay.recorder.get(0).waits);
    relay.recorder.settle();
}

TEST_CASE("answers of several lanes on one WebSocket are told apart") {
    running_relay relay;
    agreed socket{relay};
    const auto lane = [](std::string text, const std::string& name) {
        return text.insert(1, "\"stream_id\":\"" + name + "\",");
    };
    socket.ask(asks(lane(create_one, "a")) + asks(lane(create_two, "b")) + asks(lane(create_two, "a")));
    socket.say(says(lane(delta, "b")) + says(lane(completed, "b")));
    socket.say(says(lane(completed, "a")));
    socket.say(says(lane(delta, "a")) + says(lane(completed, "a")));
    CHECK(relay.recorder.get(0).response == events({lane(delta, "b"), lane(completed, "b")}));
    CHECK(relay.recorder.get(1).request == lane(create_one, "a"));
    CHECK(relay.recorder.get(1).response == events({lane(completed, "a")}));
    CHECK(relay.recorder.get(2).request == lane(create_two, "a"));
    CHECK(relay.recorder.get(2).response == events({lane(delta, "a"), lane(completed, "a")}));
}

TEST_CASE("an answer that breaks off is recorded as far as it came, with what ended it") {
    running_relay relay{[](options& settings) { settings.timeouts.tunnel_idle = 300ms; }};
    {
        agreed socket{relay};
        socket.ask(asks(create_one));
        socket.say(says(delta));
        SECTION("the client is reset") {
            socket.client.reset();
            CHECK(relay.recorder.get(0).ended == end_reason::client_closed);
        }
        SECTION("the client ends its stream") {
            socket.client.finish();
            CHECK(socket.up.read_all().empty());
            socket.up.close();
            CHECK(relay.recorder.get(0).ended == end_reason::client_closed);
        }
        SECTION("the upstream closes") {
            socket.up.close();
            CHECK(socket.client.read_all().empty());
            socket.client.close();
            CHECK(relay.recorder.get(0).ended == end_reason::upstream_closed);
        }
        SECTION("nothing passes for too long") {
            CHECK(relay.recorder.get(0).ended == end_reason::timeout);
            CHECK(socket.client.read_all().empty());
        }
        SECTION("the relay is cut") {
            relay.served->drain();
            relay.served->cut();
            CHECK(relay.recorder.get(0).ended == end_reason::shutdown);
        }
        SECTION("the relay is stopped") {
            relay.served->stop();
            CHECK(relay.recorder.get(0).ended == end_reason::shutdown);
        }
        CHECK(relay.recorder.get(0).response == events({delta}));
    }
    check_balance(relay, 1);
}

TEST_CASE("with `drain` an answer is read to its end although its client has gone") {
    running_relay relay{[](options& settings) { settings.on_client_disconnect = disconnect_policy::drain; }};
    {
        agreed socket{relay};
        socket.ask(asks(create_one));
        socket.say(says(delta));
        socket.client.reset();
        socket.up.send(says(delta));
        CHECK(socket.up.read_for(50ms).empty());
        CHECK_FALSE(socket.up.ended());
        socket.up.send(says(completed));
        const auto seen = relay.recorder.get(0);
        CHECK(seen.response == events({delta, delta, completed}));
        CHECK(seen.ended == end_reason::client_closed);
        socket.up.read_all();
        CHECK(socket.up.ended());
    }
    check_balance(relay, 1);
}

TEST_CASE("a drain closes an idle WebSocket at once, and waits for an answer that is awaited") {
    running_relay relay;
    agreed idle{relay};
    agreed busy{relay};
    busy.ask(asks(create_one));
    relay.served->drain();
    CHECK(idle.client.read_all().empty());
    CHECK(idle.client.ended());
    CHECK(relay.recorder.get(0).tunnel);  // nothing was asked for on it
    busy.say(says(delta));
    busy.say(says(completed));
    CHECK(busy.client.read_all().empty());
    CHECK(busy.client.ended());
    check_balance(relay, 2);
}

TEST_CASE("what is no WebSocket of a known API stays a tunnel") {
    running_relay relay;
    {
        agreed socket{relay, "", "/v1/realtime"};
        socket.ask(asks(create_one));
        socket.say(says(completed));
        socket.up.close();
        socket.client.close();
        const auto seen = relay.recorder.get(0);
        CHECK(seen.tunnel);
        CHECK(seen.request.empty());
        CHECK(seen.ended == end_reason::complete);
    }
    check_balance(relay, 1);
}

TEST_CASE("what cannot be followed is relayed unchanged and accounted for as a tunnel") {
    const auto hostile = GENERATE("\xf1\x03"s + "abc", "\x83\x01x"s, "\x81\x81"s + "abcdx",
                                  "\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff"s, "\x80\x01x"s, "\x09\x01x"s,
                                  "\xc1\x03\xff\xff\xff"s);
    running_relay relay;
    std::uint64_t accepted = 1;
    {
        agreed socket{relay, GENERATE("", "permessage-deflate", "x-other")};
        SECTION("before anything was asked for") {
            socket.say(hostile);
            socket.ask(hostile);
        }
        SECTION("in mid-answer") {
            accepted = 2;
            socket.ask(asks(create_one));
            socket.say(says(delta));
            socket.say(hostile + says(completed));
        }
        socket.ask(asks(create_two));
        socket.say(says(completed));
        socket.up.close();
        socket.client.close();
    }
    CHECK(relay.idle());
    const auto last = relay.recorder.get(relay.recorder.count() - 1);
    CHECK(last.tunnel);
    if (relay.recorder.count() == 2) {
        const auto first = relay.recorder.get(0);
        CHECK(first.ended == end_reason::protocol_error);
        CHECK(first.response == events({delta}));
        check_balance(relay, accepted);
    } else {
        check_balance(relay, 1);  // an extension that is not known: nothing was followed at all
    }
}

TEST_CASE("a message over the limit is relayed, and its exchange is given up") {
    running_relay relay;
    {
        agreed socket{relay};
        std::string text = R"({"type":"response.create","model":")" + std::string(60U << 20U, 'm') + "\"}";
        const auto sent = asks(text);
        std::thread sending{[&] { socket.client.send(sent); }};
        std::size_t got = 0;
        while (got < sent.size()) {
            got += socket.up.read_for(20ms).size();
        }
        sending.join();
        CHECK(got == sent.size());
        socket.say(says(completed));
        CHECK_FALSE(relay.recorder.get(0).whole);
        socket.ask(asks(create_two));
        socket.say(says(completed));
        CHECK(relay.recorder.get(1).whole);
    }
    check_balance(relay, 2);
}

}  // namespace tapes::relay::websocket_test
