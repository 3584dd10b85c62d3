// What streams make a worker and a watch hold is paid for, or not held.
#include "support.hpp"
#include "turn_maker.hpp"
#include "watch.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>

namespace tapes::record::stream_memory_test {

namespace tapes::record {

using namespace test;
using capture::drop_reason;

namespace {

std::string tool_calls(std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) {
        const auto number = std::to_string(i);
        all += R"(data: {"id":"c1","choices":[{"index":0,"delta":{"tool_calls":[{"index":)" + number +
               R"(,"id":"c)" + number + R"(","function":{"name":"f","arguments":"{}"}}]}}]})" + "\n\n";
    }
    return all + last_event;
}

}  // namespace

TEST_CASE("a stream whose parts take far more memory than its text is given up before it takes that") {
    capture::budget budget{64U << 20, 0};
    const turn_maker maker{settings{}, redaction_key};
    capture::spill_policy roomy;
    roomy.memory_bytes = 32U << 20;
    const auto streamed = [&](const std::string& events) {
        auto made = std::make_unique<capture::exchange>(budget, roomy);
        auto like = stream(ask("x"), "");
        made->method = like->method;
        made->path = made->target = like->path;
        made->status = 200;
        made->event_stream = true;
        made->request_head = like->request_head;
        made->response_head = like->response_head;
        made->request_body.append(ask("x"));
        made->response_body.append(events);
        return made;
    };
    const auto dense = tool_calls(60'000);
    {
        auto from = streamed(dense);
        REQUIRE(from->response_body.complete());
        const auto made = maker.make(std::move(from));
        CHECK(made->dropped == drop_reason::over_budget);
        CHECK(made->nodes.empty());
        CHECK(made->wire.response.bytes.empty());
    }
    CHECK(budget.memory_bytes() == 0);
    const auto made = maker.make(streamed(event(std::string(dense.size(), 'a')) + last_event));
    CHECK(made->dropped == drop_reason::none);
    CHECK(maker.make(streamed(tool_calls(1000)))->nodes.size() == 2);
}

TEST_CASE(
    "a line that does not end is paid for while it is watched, and watched no longer when it is refused") {
    capture::budget budget{8U << 20, 0};
    auto running = stream(ask("x"), "", budget);
    const bool encoded = GENERATE(false, true);
    running->response_encoding = encoded ? "gzip" : "";
    const auto captured = budget.memory_bytes();
    const auto text = "data: " + std::string(200U << 20, 'x');
    const auto coded = encoded ? gzip(text + "\n\n" + last_event) : text + "\n\n" + last_event;
    auto watch = make_watch(*running);
    std::uint64_t most = 0;
    std::size_t held_from = end_mark::npos;
    for (std::string_view rest = coded; !rest.empty();) {
        const auto part = rest.substr(0, 16 * 1024);
        held_from = std::min(held_from, watch->feed(part).from);
        most = std::max(most, budget.memory_bytes() - captured);
        rest.remove_prefix(part.size());
    }
    CHECK((encoded || most > 1U << 20));  // few coded bytes bring all of it at once
    CHECK(most <= 7U << 20);
    CHECK(held_from == end_mark::npos);  // its end is the end of the body
    CHECK(budget.memory_bytes() == captured);
}

TEST_CASE("a long line that ends is watched to its end, and given back") {
    capture::budget budget{64U << 20, 0};
    auto running = stream(ask("x"), "", budget);
    const auto captured = budget.memory_bytes();
    const auto watch = make_watch(*running);
    const auto line = event(std::string(5U << 20, 'x'));
    for (std::string_view rest = line; !rest.empty();) {
        const auto part = rest.substr(0, 16 * 1024);
        CHECK(watch->feed(part).from == end_mark::npos);
        rest.remove_prefix(part.size());
    }
    CHECK(watch->feed(event("y")).from == end_mark::npos);
    CHECK(budget.memory_bytes() == captured);
    CHECK(watch->feed(last_event).from == 0);
}

TEST_CASE("a coded stream is looked at in pieces, however much comes of few bytes") {
    capture::budget budget{8U << 20, 0};
    auto running = stream(ask("x"), "", budget);
    running->response_encoding = "gzip";
    const auto captured = budget.memory_bytes();
    std::string lines;
    while (lines.size() < (40U << 20)) {
        lines += event(std::string(1000, 'a'));
    }
    const auto watch = make_watch(*running);
    CHECK(watch->feed(gzip(lines + last_event)).from == 0);
    CHECK(budget.memory_bytes() <= captured + (1U << 20));
}

}  // namespace tapes::record

}  // namespace tapes::record::stream_memory_test
