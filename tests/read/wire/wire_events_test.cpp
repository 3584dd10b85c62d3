#include "read/told_store.hpp"
#include "wire/event_cutter.hpp"

#include <tapes/llm/aws_events.hpp>
#include <tapes/read/wire_events.hpp>

#include <catch2/catch.hpp>
#include <zlib.h>

#include <string>
#include <vector>

namespace tapes::read::wire_events_test {

namespace {

using namespace test;

/// "offset+bytes type id: data", a line for each event.
std::vector<std::string> outline(const wire_listing& from) {
    std::vector<std::string> lines;
    for (const auto& one : from.events) {
        lines.push_back(std::to_string(one.offset) + "+" + std::to_string(one.bytes) + " " + one.type +
                        (one.id.empty() ? "" : " " + one.id) + ": " + one.data.text +
                        (one.data.cut() ? "…" : "") + (one.whole ? "" : " (broken off)"));
    }
    return lines;
}

std::vector<std::string> cut(wire_form form, std::string_view body, std::size_t data_bytes = 100) {
    wire_listing made;
    made.form = form;
    wire_request request;
    request.data_bytes = data_bytes;
    cut_events(body, request, made);
    std::uint64_t at = 0;
    for (const auto& one : made.events) {
        CHECK(one.offset == at);
        at += one.bytes;
    }
    CHECK(at == body.size());
    return outline(made);
}

using lines = std::vector<std::string>;

std::string gzipped(const std::string& text, int flush, std::vector<std::size_t>& ends,
                    const std::vector<std::size_t>& parts) {
    z_stream at{};
    REQUIRE(deflateInit2(&at, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(text.size() + 4096, '\0');
    at.next_out = reinterpret_cast<Bytef*>(out.data());
    at.avail_out = static_cast<uInt>(out.size());
    auto rest = text;
    std::size_t done = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        at.next_in = reinterpret_cast<Bytef*>(rest.data() + done);
        at.avail_in = static_cast<uInt>(parts[i]);
        done += parts[i];
        deflate(&at, i + 1 == parts.size() ? Z_FINISH : flush);
        ends.push_back(at.total_out);
    }
    out.resize(at.total_out);
    deflateEnd(&at);
    return out;
}

std::optional<wire_listing> listed(const told_store& store, const wire_request& request) {
    static const price_table no_prices;
    sources from{store.path(), "", no_prices};
    return list_wire_events(from, request);
}

}  // namespace

TEST_CASE("the events of a stream are cut where WHATWG HTML ends them") {
    CHECK(cut(wire_form::sse, "").empty());
    CHECK(cut(wire_form::sse, "data: {\"type\":\"ping\"}\n\ndata: [DONE]\n\n") ==
          lines{"0+23 ping: {\"type\":\"ping\"}", "23+14 : [DONE]"});
    CHECK(cut(wire_form::sse, "event: a\r\ndata:1\r\ndata:  2\r\nid: 7\r\n\r\n\r\n: beat\n\ndata: x") ==
          lines{"0+39 a 7: 1\n 2", "39+8 : : beat", "47+7 : x (broken off)"});
    CHECK(cut(wire_form::sse,
              "\xEF\xBB\xBF"
              "event: b\rdata\r\r") == lines{"0+18 b: "});
    CHECK(cut(wire_form::sse, "data: abc\xC3\xA9z\n\n", 4) == lines{"0+14 : abc…"});
}

TEST_CASE("lines and whole bodies are events, too") {
    CHECK(cut(wire_form::ndjson, "{\"a\":1}\r\n{\"type\":\"x\"}\n\nrest") ==
          lines{"0+9 : {\"a\":1}", "9+13 x: {\"type\":\"x\"}", "22+1 : ", "23+4 : rest (broken off)"});
    CHECK(cut(wire_form::body, "{\"type\":\"error\"}") == lines{"0+16 error: {\"type\":\"error\"}"});
    CHECK(cut(wire_form::body, "").empty());
}

TEST_CASE("messages of an AWS event stream are events, and chunks are what they hold") {
    std::string body;
    llm::append_aws_event(body, "event", "messageStart", R"({"role":"assistant"})");
    const auto first = body.size();
    llm::append_aws_event(body, "event", "chunk", R"({"bytes":"eyJ0eXBlIjoicGluZyJ9"})");
    const auto second = body.size() - first;
    llm::append_aws_event(body, "exception", "throttlingException", R"({"message":"slow"})");
    const auto third = body.size() - second - first;
    const auto place = [](std::size_t offset, std::size_t bytes) {
        return std::to_string(offset) + "+" + std::to_string(bytes);
    };
    CHECK(cut(wire_form::aws_events, body + std::string(5, '\0')) ==
          lines{place(0, first) + R"( messageStart: {"role":"assistant"})",
                place(first, second) + R"( ping: {"type":"ping"})",
                place(first + second, third) + R"( throttlingException: {"message":"slow"})",
                place(body.size(), 5) + " :  (broken off)"});
}

TEST_CASE("the elements of an array that came one after the other are events") {
    CHECK(cut(wire_form::array, "[{\"a\":[1,2]}\n,\r\n{\"type\":\"x\"}\n]\n") ==
          lines{"0+12 : {\"a\":[1,2]}", "12+19 x: {\"type\":\"x\"}"});
    CHECK(cut(wire_form::array, " [ {\"a\":1},{\"b\":") ==
          lines{"0+10 : {\"a\":1}", "10+6 : {\"b\": (broken off)"});
    CHECK(cut(wire_form::array, "[]\n") == lines{"0+3 : []\n"});
}

TEST_CASE("events have the time at which their last byte came") {
    told_store store;
    turn_options options;
    options.response_head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n";
    options.response = "data: one\n\ndata: two\n\ndata: three\n\n";
    options.times.add(5'000'000, 15);  // all of the first and the beginning of the second
    options.times.add(5'300'000, 8);   // the rest of it and a byte
    options.times.add(5'800'000, 12);
    store.tell({said("user", "hi")}, said("assistant", "hello"), options);
    const auto all = listed(store, {1, 0, 10, 100});
    REQUIRE(all);
    CHECK(all->form == wire_form::sse);
    CHECK(all->timed);
    CHECK_FALSE(all->next);
    // The last byte came 1.5 s behind the request.
    const auto end = 1'751'284'810'000'000 + 1'500'000;
    REQUIRE(all->events.size() == 3);
    CHECK(all->events[0].at_us == end - 800'000);
    CHECK(all->events[1].at_us == end - 500'000);
    CHECK(all->events[2].at_us == end);
    const auto page = listed(store, {1, 0, 2, 100});
    REQUIRE(page->next == 22U);
    const auto rest = listed(store, {1, *page->next, 2, 100});
    CHECK(outline(*rest) == lines{"22+13 : three"});
    CHECK(rest->events[0].at_us == end);
    CHECK_FALSE(listed(store, {2, 0, 1, 1}));
}

TEST_CASE("an encoded answer is told decoded, with the times of the pieces that brought it") {
    told_store store;
    turn_options options;
    const std::string text = "data: one\n\ndata: two\n\n";
    std::vector<std::size_t> ends;
    options.response = gzipped(text, Z_SYNC_FLUSH, ends, {11, 11});
    options.response_head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n";
    options.times.add(0, ends[0]);
    options.times.add(700'000, ends[1] - ends[0]);
    store.tell({said("user", "hi")}, said("assistant", "hello"), options);
    const auto all = listed(store, {1, 0, 10, 100});
    CHECK(all->coding == "gzip");
    CHECK(all->fault.empty());
    CHECK(outline(*all) == lines{"0+11 : one", "11+11 : two"});
    CHECK(all->events[1].at_us - all->events[0].at_us == 700'000);
    options.response.resize(options.response.size() - 6);
    options.times = {};
    store.tell({said("user", "hi")}, said("assistant", "ho"), options);
    const auto cut_off = listed(store, {2, 0, 10, 100});
    CHECK(cut_off->fault == "truncated");
    CHECK(outline(*cut_off) == outline(*all));
}

TEST_CASE("where times cannot be placed there are none") {
    told_store store;
    turn_options options;
    options.response_head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n";
    options.response = "{}\n{}\n";
    options.times.add(0, 3);
    options.times.add(10, 30);  // of the rest something was redacted
    store.tell({said("user", "hi")}, said("assistant", "hello"), options);
    auto all = listed(store, {1, 0, 10, 100});
    CHECK(all->form == wire_form::ndjson);
    CHECK_FALSE(all->timed);
    CHECK(all->events.at(1).at_us == 0);
    options.method = "GET";
    options.times = {};
    options.response_head = "HTTP/1.1 101 Switching Protocols\r\n";
    options.response = "data: {\"type\":\"response.created\"}\n\n";
    store.tell({said("user", "hi")}, said("assistant", "ho"), options);
    all = listed(store, {2, 0, 10, 100});
    CHECK(all->form == wire_form::websocket);
    CHECK_FALSE(all->timed);
    CHECK(all->events.at(0).type == "response.created");
}

}  // namespace tapes::read::wire_events_test
