#include <tapes/text/ascii.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::text::ascii_test {

TEST_CASE("names are equal whatever the case of their letters, and of letters only") {
    CHECK(equal_ignoring_case("Content-Type", "cONTENT-tYPE"));
    CHECK_FALSE(equal_ignoring_case("Content-Type", "Content-Typ"));
    CHECK_FALSE(equal_ignoring_case("a@", "a`"));
    CHECK_FALSE(equal_ignoring_case("[", "{"));
    CHECK_FALSE(equal_ignoring_case("\xc4", "\xe4"));
    CHECK(starts_ignoring_case("Bearer x", "bearer"));
    CHECK_FALSE(starts_ignoring_case("Bear", "bearer"));
    CHECK(ends_ignoring_case("X-Api-Key", "api-key"));
    CHECK_FALSE(ends_ignoring_case("key", "api-key"));
}

TEST_CASE("only letters become lower case") {
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CHECK(to_lower(c) == (byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : c));
    }
}

TEST_CASE("a text is trimmed at its two ends") {
    CHECK(trimmed(" \t a b\t ") == "a b");
    CHECK(trimmed(" \t ").empty());
    CHECK(trimmed("").empty());
    CHECK(trimmed("a\r\n") == "a\r\n");
    CHECK(trimmed("\r\na\r\n", " \t\r\n") == "a");
}

}  // namespace tapes::text::ascii_test
