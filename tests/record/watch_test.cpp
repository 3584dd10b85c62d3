#include "watch.hpp"

#include "record/support.hpp"

#include <catch2/catch.hpp>

namespace tapes::record::watch_test {

namespace tapes::record {

using namespace test;

TEST_CASE("the end of a stream is held from its event on, in every split") {
    const auto before = event("a") + event("b");
    const auto text = before + last_event + "data: [DONE]\n\n";
    for (std::size_t split = 0; split <= text.size(); ++split) {
        CAPTURE(split);
        auto running = stream(ask("x"), "");
        const auto watch = make_watch(*running);
        REQUIRE(watch);
        const auto first = watch->feed(std::string_view{text}.substr(0, split)).from;
        const auto second = watch->feed(std::string_view{text}.substr(split)).from;
        REQUIRE((first != end_mark::npos || second != end_mark::npos));
        const auto at = first != end_mark::npos ? first : split + second;
        CHECK(at >= before.size());
        CHECK(at < before.size() + last_event.size());
    }
}

TEST_CASE("with several answers asked for the end is that of the last one") {
    const auto ended = [](int index) {
        return R"(data: {"choices":[{"index":)" + std::to_string(index) +
               R"(,"delta":{},"finish_reason":"stop"}]})" + "\n\n";
    };
    const std::string request =
        R"({"model":"m","n":2,"stream":true,"messages":[{"role":"user","content":"x"}]})";
    const bool encoded = GENERATE(false, true);
    auto running = stream(encoded ? gzip(request) : request, "");
    if (encoded) {
        running->request_encoding = "gzip";
    }
    const auto watch = make_watch(*running);
    CHECK(watch->feed(ended(0)).from == end_mark::npos);
    CHECK(watch->feed(ended(1)).from == 0);
}

TEST_CASE("of an encoded stream all that brought the end is held") {
    auto running = stream(ask("x"), "");
    running->response_encoding = "gzip";
    const auto watch = make_watch(*running);
    const auto text = gzip(event("a") + last_event);
    std::size_t held_from = end_mark::npos;
    for (std::size_t i = 0; i < text.size() && held_from == end_mark::npos; ++i) {
        if (const auto at = watch->feed(std::string_view{text}.substr(i, 1)).from; at != end_mark::npos) {
            CHECK(at == 0);
            held_from = i;
        }
    }
    CHECK(held_from != end_mark::npos);
}

TEST_CASE("of a stream that is not encoded, whatever coding is named, the end is held from its event on") {
    for (const std::string coding : {"utf-8", "none", "gzip", "br"}) {
        CAPTURE(coding);
        auto running = stream(ask("x"), "");
        running->response_encoding = coding;
        const auto watch = make_watch(*running);
        CHECK(watch->feed(": hi\n\n" + event("a")).from == end_mark::npos);
        CHECK(watch->feed(event("b") + last_event).from == event("b").size());
    }
}

TEST_CASE("what is no API of ours is not watched") {
    auto running = stream(ask("x"), "");
    running->path = "/v1/models";
    CHECK_FALSE(make_watch(*running));
}

}  // namespace tapes::record

}  // namespace tapes::record::watch_test
