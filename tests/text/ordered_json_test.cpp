#include <tapes/text/ordered_json.hpp>

#include <catch2/catch.hpp>
#include <processor_time.hpp>

#include <string>

namespace tapes::text::ordered_json_test {

using nlohmann::ordered_json;

TEST_CASE("JSON is parsed as the library parses it") {
    for (const std::string json :
         {"null", "true", "-1", "18446744073709551615", "1.5e3", R"("a\u00e9")", "[]", "{}",
          "[1,[2,{}],\"x\"]", R"({"b":1,"a":{"c":[]},"b":2})", R"({"":{"":{}}})", "", "{", "[1,]", R"({"a"})",
          "nul", "[1]]", "1e999", "\"\xff\""}) {
        INFO(json);
        const auto expected = ordered_json::parse(json, nullptr, false);
        const auto made = parsed_json(json);
        CHECK(made.is_discarded() == expected.is_discarded());
        if (!expected.is_discarded()) {
            CHECK(made.dump() == expected.dump());
        }
    }
    std::string many = "{\"a\":0";
    for (int i = 0; i < 100; ++i) {
        many += ",\"k" + std::to_string(i % 40) + "\":" + std::to_string(i);
    }
    many += "}";
    CHECK(parsed_json(many).dump() == ordered_json::parse(many).dump());
}

TEST_CASE("300,000 members are parsed in bounded time, and what is nested without end is refused") {
    constexpr double bound_seconds = 10;  // with sanitizers; member by member it took minutes
    std::string many = "{\"a\":0";
    for (int i = 0; i < 300'000; ++i) {
        many += ",\"k" + std::to_string(i) + "\":1";
    }
    const processor_time spent;
    CHECK(parsed_json(many + "}").size() == 300'001);
    CHECK(spent.seconds() < bound_seconds);
    CHECK(parsed_json(std::string(1'000'000, '[')).is_discarded());
    CHECK(parsed_json(std::string(1024, '[') + std::string(1024, ']')).is_array());
    CHECK(parsed_json(std::string(1025, '[') + std::string(1025, ']')).is_discarded());
}

}  // namespace tapes::text::ordered_json_test
