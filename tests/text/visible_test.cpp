#include <tapes/text/visible.hpp>

#include <catch2/catch.hpp>

namespace tapes::text::visible_test {

namespace {

struct shown_case {
    std::string_view text;
    std::string_view line;
    std::string_view lines;
    std::string_view json;
};

// NUL apart, as literals end with it.
constexpr shown_case shown_cases[]{
    {"", "", "", ""},
    {"gpt-4o \"x\" ~\\", "gpt-4o \"x\" ~\\", "gpt-4o \"x\" ~\\", "gpt-4o \"x\" ~\\"},
    {"\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80",
     "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"},
    {"a\nb\tc\rd", "a\\nb\\tc\\rd", "a\nb\tc\\rd", "a\nb\tc\rd"},
    {"a\r\nb\r", "a\\r\\nb\\r", "a\nb\\r", "a\r\nb\r"},
    {"\x1b[2J\x07", "\\u001b[2J\\u0007", "\\u001b[2J\\u0007", "\\u001b[2J\\u0007"},
    {"\x1b]0;title\x1b\\", "\\u001b]0;title\\u001b\\", "\\u001b]0;title\\u001b\\",
     "\\u001b]0;title\\u001b\\"},
    {"\x7f", "\\u007f", "\\u007f", "\\u007f"},
    {"\xc2\x9b"
     "31m",
     "\\u009b31m", "\\u009b31m", "\\u009b31m"},
    {"\xc2\x85", "\\u0085", "\\u0085", "\\u0085"},
    {"\xc2\xa0\xc2\xad", "\xc2\xa0\\u00ad", "\xc2\xa0\\u00ad", "\xc2\xa0\\u00ad"},
    {"\xd8\x9c", "\\u061c", "\\u061c", "\\u061c"},
    {"a\xe2\x80\x8b", "a\\u200b", "a\\u200b", "a\\u200b"},
    {"\xe2\x80\x8e\xe2\x80\x8f", "\\u200e\\u200f", "\\u200e\\u200f", "\\u200e\\u200f"},
    {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029", "\\u2028\\u2029", "\\u2028\\u2029"},
    {"\xe2\x80\xaa\xe2\x80\xab\xe2\x80\xac\xe2\x80\xad\xe2\x80\xae", "\\u202a\\u202b\\u202c\\u202d\\u202e",
     "\\u202a\\u202b\\u202c\\u202d\\u202e", "\\u202a\\u202b\\u202c\\u202d\\u202e"},
    {"\xe2\x81\xa6\xe2\x81\xa7\xe2\x81\xa8\xe2\x81\xa9", "\\u2066\\u2067\\u2068\\u2069",
     "\\u2066\\u2067\\u2068\\u2069", "\\u2066\\u2067\\u2068\\u2069"},
    {"\xef\xbb\xbf", "\\ufeff", "\\ufeff", "\\ufeff"},
    {"\xf3\xa0\x81\x81", "\\u{e0041}", "\\u{e0041}", "\\udb40\\udc41"},
    {"a\xe2\x80\x8d", "a\\u200d", "a\\u200d", "a\\u200d"},
    {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb\xef\xb8\x8f",
     "\xf0\x9f\x91\xa9\\u200d\xf0\x9f\x92\xbb\\ufe0f",
     "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb\xef\xb8\x8f",
     "\xf0\x9f\x91\xa9\\u200d\xf0\x9f\x92\xbb\\ufe0f"},
    {"a\xff\xc0\x80z", "a\\xff\\xc0\\x80z", "a\\xff\\xc0\\x80z", "a\\ufffd\\ufffd\\ufffdz"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80", "\\ufffd\\ufffd\\ufffd"},
    {"a\xe2\x80", "a\\xe2\\x80", "a\\xe2\\x80", "a\\ufffd"},
    {"\xc2\x1b", "\\xc2\\u001b", "\\xc2\\u001b", "\\ufffd\\u001b"},
};

}  // namespace

TEST_CASE("what acts on a terminal instead of being seen is shown as an escape") {
    for (const auto& one : shown_cases) {
        INFO(one.line);
        CHECK(visible(one.text) == one.line);
        CHECK(visible_lines(one.text) == one.lines);
        CHECK(visible_json(one.text) == one.json);
        CHECK(is_visible(one.text) == (one.text == one.line));
        CHECK(visible(one.line) == one.line);
    }
    CHECK(visible(std::string_view{"a\0b", 3}) == "a\\u0000b");
    CHECK_FALSE(is_visible(std::string_view{"\0", 1}));
}

TEST_CASE("JSON keeps its meaning and its layout, and hides nothing in its strings") {
    CHECK(visible_json("{\n\t\"a\": \"b\\\"\\n\xe2\x80\xae\",\r\n\"c\":[1]}") ==
          "{\n\t\"a\": \"b\\\"\\n\\u202e\",\r\n\"c\":[1]}");
    CHECK(visible_json("\"a\nb\tc\"") == "\"a\\u000ab\\u0009c\"");
    CHECK(visible_json("\"\\\\\"\n\"\n\"") == "\"\\\\\"\n\"\\u000a\"");
    CHECK(visible_json("\"\\") == "\"\\");
}

}  // namespace tapes::text::visible_test
