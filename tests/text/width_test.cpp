#include <tapes/text/width.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::text::width_test {

TEST_CASE("the width of a text is that of its columns") {
    struct width_case {
        std::string_view text;
        std::size_t width;
    };
    const width_case cases[]{
        {"", 0},
        {"a\xc3\xbc\xe2\x82\xac", 3},
        {"\xe6\xbc\xa2\xe5\xad\x97", 4},              // CJK
        {"\xed\x95\x9c\xea\xb8\x80", 4},              // Hangul syllables
        {"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2},  // one of them, taken apart
        {"\xef\xbc\xa1\xef\xbd\xb1", 3},              // full-width, half-width
        {"\xf0\x9f\x98\x80", 2},                      // emoji
        {"e\xcc\x81", 1},                             // a combining accent
        {"\xe2\x80\x8d\xef\xb8\x8f", 0},              // joiner, selector
        {"\xc2\xad", 0},                              // soft hyphen
        {"\xff", 1},
    };
    for (const auto& one : cases) {
        CAPTURE(one.text);
        CHECK(width_of(one.text) == one.width);
    }
}

TEST_CASE("text is cut in no character, and with its marks") {
    CHECK(fitting("abc", 2) == 2);
    CHECK(fitting("abc", 9) == 3);
    CHECK(fitting("\xe6\xbc\xa2\xe5\xad\x97", 3) == 3);
    CHECK(fitting("\xe6\xbc\xa2\xe5\xad\x97", 1) == 0);
    CHECK(fitting("e\xcc\x81x", 1) == 3);
    CHECK(fitting("", 0) == 0);
}

}  // namespace tapes::text::width_test
