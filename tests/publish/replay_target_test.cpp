#include <tapes/bus/memory.hpp>
#include <tapes/publish/replay_target.hpp>

#include <catch2/catch.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace tapes::publish::replay_target_test {

using namespace tapes;
using namespace tapes::publish;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

event::event_record event(const std::string& id) {
    event::event_record made;
    made.restart("tapes.node.v1", 1'700'000'000'123'456);
    made.id = id;
    made.key = "key";
    made.value = R"({"schema":"tapes.node.v1"})";
    made.provider = "openai";
    made.agent_name = "a \"b\"";
    made.extra = {{"replay", "again"}, {"replay_seq", "7"}};
    return made;
}

class directory {
public:
    directory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "tapes-replay-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;

    std::string file() const { return (path / "out.jsonl").string(); }
    std::string content() const {
        std::ifstream in{file()};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    std::filesystem::path path;
};

std::string line_of(const std::string& id) {
    std::string line;
    append_event_line(line, event(id));
    return line + "\n";
}

}  // namespace

TEST_CASE("a line shows type, id, key, time, headers and the event itself") {
    std::string line;
    append_event_line(line, event("1"));
    CHECK(line ==
          R"({"type":"tapes.node.v1","id":"1","key":"key","timestamp_ms":1700000000123,"headers":{)"
          R"("event_id":"1","event_type":"tapes.node.v1","schema":"tapes.node.v1","provider":"openai",)"
          R"("agent_name":"a \"b\"","project":"","content-type":"application/json","replay":"again",)"
          R"("replay_seq":"7"},"value":{"schema":"tapes.node.v1"}})");
}

TEST_CASE("a stream gets lines, and counts on from earlier runs") {
    std::ostringstream out;
    const auto to = make_stream_target(out, 100);
    to->send(event("1"));
    to->send(event("2"));
    CHECK(to->settle(0ms));
    CHECK(out.str() == line_of("1") + line_of("2"));
    CHECK(to->bytes() == 100 + out.str().size());
    out.setstate(std::ios::badbit);
    CHECK_THROWS_WITH(to->settle(0ms), Contains("cannot be written"));
}

TEST_CASE("a file is made for this user alone, and never over another") {
    const directory here;
    {
        const auto to = make_file_target(here.file(), file_start::fresh, 0);
        to->send(event("1"));
        CHECK(to->settle(0ms));
        CHECK(to->bytes() == line_of("1").size());
    }
    CHECK(here.content() == line_of("1"));
    struct stat about {};
    REQUIRE(::stat(here.file().c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    CHECK_THROWS_WITH(make_file_target(here.file(), file_start::fresh, 0), Contains("exists already"));
    CHECK_THROWS_WITH(make_file_target(here.file() + "/x", file_start::fresh, 0),
                      Contains("cannot be opened"));
}

TEST_CASE("a file is gone on with behind what was safe: no line twice, none torn") {
    const directory here;
    std::uint64_t safe = 0;
    {
        const auto to = make_file_target(here.file(), file_start::fresh, 0);
        to->send(event("1"));
        to->settle(0ms);
        safe = to->bytes();
        to->send(event("2"));
        to->settle(0ms);
    }
    std::ofstream{here.file(), std::ios::app} << "{\"type\":\"torn";
    {
        const auto to = make_file_target(here.file(), file_start::again, safe);
        to->send(event("2"));
        to->send(event("3"));
        to->settle(0ms);
    }
    CHECK(here.content() == line_of("1") + line_of("2") + line_of("3"));
    CHECK_THROWS_WITH(make_file_target(here.file(), file_start::again, 1'000'000), Contains("shorter"));
    make_file_target(here.file(), file_start::again, 0)->settle(0ms);
    CHECK(here.content().empty());
}

TEST_CASE("a topic gets records with every header, in order") {
    bus::memory_bus where;
    where.make_admin()->create_topic({"elsewhere", 1, {}, 1000}, 1s);
    const auto to = make_topic_target(where, "elsewhere", 1'000'000, 5, {});
    to->send(event("1"));
    to->send(event("2"));
    CHECK(to->settle(60s));
    const auto records = where.records("elsewhere");
    REQUIRE(records.size() == 2);
    CHECK(records[0].key == "key");
    CHECK(records[0].value == event("1").value);
    CHECK(records[0].timestamp_ms == 1'700'000'000'123);
    REQUIRE(records[1].headers.size() == 9);
    CHECK(records[1].headers[0].second == "2");
    CHECK(records[1].headers[7].first == "replay");
    CHECK(records[1].headers[8].second == "7");
    CHECK(to->bytes() == 5 + 2 * (3 + event("1").value.size()));
}

TEST_CASE("a broker that is away only delays, what it refuses is told") {
    bus::memory_bus where;
    where.make_admin()->create_topic({"elsewhere", 1, {}, 1000}, 1s);
    const auto to = make_topic_target(where, "elsewhere", 1'000'000, 0, {});
    where.hold(true);
    to->send(event("1"));
    CHECK_FALSE(to->settle(10ms));
    where.hold(false);
    CHECK(to->settle(60s));
    where.decide([](const bus::stored_record&) {
        return bus::memory_bus::fate{bus::failure::invalid, false, false};
    });
    to->send(event("2"));
    CHECK_THROWS_WITH(
        [&] {
            while (!to->settle(100ms)) {
            }
        }(),
        Contains("topic elsewhere"));
}

TEST_CASE("a full queue is waited for") {
    bus::memory_bus where;
    where.make_admin()->create_topic({"elsewhere", 1, {}, 1000}, 1s);
    where.limit_queue(2);
    const auto to = make_topic_target(where, "elsewhere", 1'000'000, 0, {});
    for (int i = 0; i < 50; ++i) {
        to->send(event(std::to_string(i)));
    }
    CHECK(to->settle(60s));
    CHECK(where.records("elsewhere").size() == 50);
}

}  // namespace tapes::publish::replay_target_test
