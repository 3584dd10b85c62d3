#include <tapes/text/json_cursor.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::text::json_cursor_test {

namespace {

/// What is left behind the first value of `json`, or "failed".
std::string behind_value(std::string_view json) {
    json_cursor at{json};
    at.skip_value();
    return at.failed() ? "failed" : std::string{json.substr(at.offset())};
}

std::string marks_of(std::string_view json) {
    std::string marks;
    visit_json_marks(json, [&](char c) {
        marks += c;
        return marks.size() < 8;
    });
    return marks;
}

}  // namespace

TEST_CASE("the cursor moves over members") {
    json_cursor at{R"( { "a\"b" : [1, {"c":"]}"}] , "d":true} )"};
    CHECK(at.take('{'));
    CHECK(at.string() == R"(a\"b)");
    CHECK(at.take(':'));
    at.skip_value();
    CHECK_FALSE(at.take('}'));
    CHECK(at.take(','));
    CHECK(at.string() == "d");
    CHECK(at.take(':'));
    at.skip_value();
    CHECK(at.take('}'));
    CHECK(at.peek() == '\0');
    CHECK_FALSE(at.failed());
}

TEST_CASE("values end where they end, of any depth") {
    CHECK(behind_value(R"("a\\" ,)") == " ,");
    CHECK(behind_value(R"("a\\\"" ,)") == " ,");
    CHECK(behind_value("-1.5e3}") == "}");
    CHECK(behind_value("null\n]") == "\n]");
    CHECK(behind_value(" [[]],") == ",");
    CHECK(behind_value(R"({"a":"}"}x)") == "x");
    CHECK(behind_value("17").empty());
    const std::string deep(1'000'000, '[');
    CHECK(behind_value(deep + std::string(1'000'000, ']') + "!") == "!");
    CHECK(behind_value(deep) == "failed");
}

TEST_CASE("what is broken off or no value fails") {
    for (const auto bad : {"", " ", "\"a", "\"a\\\"", "{", "[\"]", ",", "}", ":1"}) {
        INFO(bad);
        CHECK(behind_value(bad) == "failed");
    }
    json_cursor at{"x"};
    CHECK(at.string().empty());
    CHECK(at.failed());
}

TEST_CASE("brackets and commas are visited, but not within strings") {
    CHECK(marks_of(R"({"a,[":[1,"\",{"],"b":{}})") == "{[,],{}}");
    CHECK(marks_of(R"([1,"],)") == "[,");
    CHECK(marks_of("[[[[[[[[[[").size() == 8);
    CHECK(marks_of("").empty());
}

}  // namespace tapes::text::json_cursor_test
