#include "routes/import_json.hpp"

#include "sanitized.hpp"

#include <catch2/catch.hpp>
#include <sys/resource.h>

#include <string>

namespace tapes::api::import_json_test {

namespace {

std::string repeated(std::string_view part, std::size_t bytes) {
    std::string all;
    all.reserve(bytes + part.size());
    while (all.size() < bytes) {
        all += part;
    }
    all.pop_back();  // the last comma
    return all;
}

long peak_kilobytes() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return used.ru_maxrss;
}

const std::string hash(64, 'a');

}  // namespace

TEST_CASE("a body of millions of small values is refused without being held") {
    constexpr std::size_t bytes = 24 << 20;
    const auto element = GENERATE(as<std::string>{}, "{},", "[],", "0,", "\"\",", "null,", "{\"a\":0},");
    CAPTURE(element);
    const auto list = "[" + repeated(element, bytes) + "]";
    const auto before = peak_kilobytes();
    CHECK(!read_hashes("{\"hashes\":" + list + "}"));
    CHECK(!read_known("{\"known\":" + list + "}"));
    CHECK(!read_import_order("{\"announce\":false,\"nodes\":" + list + "}"));
    CHECK(!read_hashes("{\"other\":" + list + ",\"hashes\":[]}"));
    CHECK(!read_import_order("{\"announce\":" + list + ",\"nodes\":[]}"));
    CHECK(!read_import_order("{\"announce\":true,\"nodes\":[{\"usage\":" + list + "}]}"));
    // With a sanitizer memory that was freed is held for a while.
    const long allowed = (tapes::test::sanitized ? 20 : 3) * static_cast<long>(bytes >> 10);
    CHECK(peak_kilobytes() - before < allowed);
}

TEST_CASE("more than is ever sent at once is refused") {
    const auto hashes = [](std::size_t count) {
        return "{\"hashes\":[" + repeated("\"" + hash + "\",", count * (hash.size() + 3)) + "]}";
    };
    REQUIRE(read_hashes(hashes(65536)));
    CHECK(read_hashes(hashes(65536))->size() == 65536);
    CHECK(!read_hashes(hashes(65537)));
    std::string members;
    for (int i = 0; i < 100; ++i) {
        members += ",\"m" + std::to_string(i) + "\":0";
    }
    CHECK(!read_import_order("{\"announce\":true,\"nodes\":[{\"hash\":\"" + hash + "\"" + members + "}]}"));
}

TEST_CASE("what is nested, repeated, cut off or of another kind is no body of an import") {
    const auto* const body = GENERATE("", "{", "[]", "null", "{}", "{\"hashes\":[]", "{\"hashes\":{}}",
                                      "{\"hashes\":[[]]}", "{\"hashes\":[],\"hashes\":[]}",
                                      "{\"x\":{\"hashes\":[]}}", "{\"hashes\":[\"ab\"]}", "{\"hashes\":[]}x");
    CAPTURE(body);
    CHECK(!read_hashes(body));
    CHECK(read_hashes("{\"hashes\":[]}"));
    CHECK(read_hashes("{\"more\":1,\"hashes\":[\"" + hash + "\"]}")->size() == 1);
}

}  // namespace tapes::api::import_json_test
