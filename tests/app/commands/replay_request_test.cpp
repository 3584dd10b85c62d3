#include "commands/replay_request.hpp"

#include <catch2/catch.hpp>

namespace tapes::app::replay_request_test {

using Catch::Matchers::Contains;

namespace {

replay_request typed() {
    replay_request made;
    made.name = "again";
    made.to = "-";
    return made;
}

}  // namespace

TEST_CASE("what is typed becomes a replay, with defaults for what is not") {
    const auto plain = read_request(typed());
    CHECK(plain.name == "again");
    CHECK(plain.speed == 0);
    CHECK(plain.batch == 500);
    CHECK(plain.to == "-");
    CHECK(plain.choice.event_types == std::vector<std::string>{"tapes.node.v1"});
    auto all = typed();
    all.root = std::string(64, 'A');
    all.since = "2026-01-31";
    all.until = "2026-01-31T12:00:00Z";
    all.event_types = {"tapes.exchange.v1", "tapes.node.v1", "tapes.exchange.v1"};
    all.speed = "0.1";
    all.to = "file:/tmp/out";
    const auto made = read_request(all);
    CHECK(made.choice.root == std::string(64, 'a'));
    CHECK(*made.choice.until_us - *made.choice.since_us == 12 * 3600 * 1'000'000LL);
    CHECK(made.choice.event_types == std::vector<std::string>{"tapes.exchange.v1", "tapes.node.v1"});
    CHECK(made.speed == 0.1);
    CHECK(made.to == "file:/tmp/out");
}

TEST_CASE("a file is named so that the replay finds it from anywhere") {
    auto there = typed();
    there.to = "file:out.jsonl";
    CHECK_THAT(read_request(there).to,
               Catch::Matchers::StartsWith("file:/") && Catch::Matchers::EndsWith("/out.jsonl"));
}

TEST_CASE("a replay without a name gets one that tells when it began") {
    auto nameless = typed();
    nameless.name = "";
    const auto name = read_request(nameless).name;
    CHECK(name.size() == std::string{"replay-20260131-120000"}.size());
    CHECK_THAT(name, Catch::Matchers::StartsWith("replay-20"));
}

TEST_CASE("wrong use is refused with the flag's name and what would be right") {
    const auto refused = [](auto change, const std::string& told) {
        auto wrong = typed();
        change(wrong);
        CHECK_THROWS_AS(read_request(wrong), usage_error);
        CHECK_THROWS_WITH(read_request(wrong), Contains(told));
    };
    for (const auto* const speed : {"0.09", "100.1", "0", "-1", "nan", "1x", "", "fast"}) {
        refused([&](auto& in) { in.speed = speed; }, "0.1 to 100");
    }
    refused([](auto& in) { in.event_types = {"tapes.nodes.v1"}; }, "did you mean tapes.node.v1?");
    refused([](auto& in) { in.event_types = {"something else altogether"}; },
            "there are tapes.node.v1, tapes.ex");
    refused([](auto& in) { in.root = std::string(63, 'a'); }, "--root");
    refused([](auto& in) { in.since = "soon"; }, "--since \"soon\"");
    refused([](auto& in) { in.until = "2026-02-30"; }, "--until");
    refused([](auto& in) { in.since = "1h", in.until = "2h"; }, "not before");
    refused([](auto& in) { in.batch = 0; }, "--batch 0");
    refused([](auto& in) { in.batch = 100'001; }, "1 to 100000");
    refused([](auto& in) { in.name = "a/b"; }, "not a valid name of a replay");
    refused([](auto& in) { in.to = ""; }, "--to is required");
    refused([](auto& in) { in.to = "file:"; }, "must be topic:NAME");
    refused([](auto& in) { in.to = "topic:"; }, "not a valid name of a topic");
    refused([](auto& in) { in.event_types = {"tapes.dead_letter.retried.v1"}, in.project = "x"; }, "alone");
}

TEST_CASE("a dry run needs no target, and checks one that is given") {
    auto dry = typed();
    dry.dry_run = true;
    dry.to = "";
    CHECK(read_request(dry).to.empty());
    dry.to = "kafka:x";
    CHECK_THROWS_AS(read_request(dry), usage_error);
}

}  // namespace tapes::app::replay_request_test
