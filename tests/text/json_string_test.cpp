#include <tapes/text/json_string.hpp>

#include <catch2/catch.hpp>

namespace tapes::text::json_string_test {

namespace {

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

}  // namespace

TEST_CASE("a text becomes a JSON string and comes back") {
    const std::string text("a\"\\/\b\f\n\r\t\x01\x1f\x7f\xc3\xbc\0z", 16);
    CHECK(quoted(text) == "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\xc3\xbc\\u0000z\"");
    std::string back;
    CHECK(decode_json_string(quoted(text) + ",1", back) == quoted(text).size());
    CHECK(back == text);
    CHECK(quoted("a\xff") == "\"a\xef\xbf\xbd\"");
}

TEST_CASE("what is no JSON string is not decoded") {
    for (const auto* const bad : {"", "a", "\"a", "\"a\\", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\""}) {
        INFO(bad);
        std::string out;
        CHECK(decode_json_string(bad, out) == 0);
    }
}

TEST_CASE("escapes are undone, of malformed ones only the backslash goes") {
    CHECK(json_unescaped(R"(a\"\\\/\n\u00fc\ud83d\ude00z)") == "a\"\\/\n\xc3\xbc\xf0\x9f\x98\x80z");
    CHECK(json_unescaped(R"(\x\u12g4)") == "xu12g4");
    CHECK(json_unescaped("a\\") == "a\\");
    CHECK(json_unescaped(R"(\ud83d!)") == "\xef\xbf\xbd!");
    CHECK(json_unescaped("").empty());
}

}  // namespace tapes::text::json_string_test
