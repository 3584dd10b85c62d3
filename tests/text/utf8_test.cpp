#include <tapes/text/utf8.hpp>

#include <catch2/catch.hpp>

#include <string_view>
#include <vector>

namespace tapes::text::utf8_test {

namespace {

std::string repaired(std::string_view text) {
    std::string out;
    append_utf8(out, text);
    return out;
}

}  // namespace

TEST_CASE("well-formed UTF-8 is known, and nothing else") {
    CHECK(valid_utf8("a\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"));
    CHECK_FALSE(valid_utf8("\xc0\x80"));
    CHECK_FALSE(valid_utf8("\xed\xa0\x80"));
    CHECK_FALSE(valid_utf8("\xf4\x90\x80\x80"));
    CHECK_FALSE(valid_utf8("\xe2\x82"));
}

TEST_CASE("each maximal invalid subpart becomes one U+FFFD") {
    CHECK(repaired("a\xc3\xbc") == "a\xc3\xbc");
    CHECK(repaired("a\xe2\x82z") == "a\xef\xbf\xbdz");
    CHECK(repaired("\xc0\x80") == "\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(repaired("\xf0\x9f\x98") == "\xef\xbf\xbd");
    CHECK(repaired(std::string("a\0b", 3)) == std::string("a\0b", 3));
}

TEST_CASE("code points are encoded, surrogates as U+FFFD") {
    std::string out;
    for (const char32_t point : {0x24U, 0xfcU, 0x20acU, 0x1f600U, 0xd800U}) {
        append_code_point(out, point);
    }
    CHECK(out == "$\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbd");
}

TEST_CASE("a text can be cut where a character begins") {
    const std::string_view text = "a\u00e9\u20ac\U0001f600";  // 1, 2, 3 and 4 bytes
    const std::vector<std::size_t> starts{0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
    for (std::size_t at = 0; at <= text.size(); ++at) {
        CAPTURE(at);
        CHECK(character_start(text, at) == starts[at]);
    }
    CHECK(character_start("\x80\x80\x80\x80\x80", 4) == 1);  // no character: not far back
    CHECK(character_start("", 0) == 0);
}

}  // namespace tapes::text::utf8_test
