#include <tapes/text/percent.hpp>

#include <catch2/catch.hpp>

namespace tapes::text::percent_test {

TEST_CASE("escapes are undone, and malformed ones stay") {
    CHECK(percent_decoded("a%20b%2fc%C3%bc") == "a b/c\xc3\xbc");
    CHECK(percent_decoded("%00") == std::string(1, '\0'));
    CHECK(percent_decoded("100%") == "100%");
    CHECK(percent_decoded("%4") == "%4");
    CHECK(percent_decoded("%4g%+1") == "%4g%+1");
    CHECK(percent_decoded("%%41") == "%A");
}

TEST_CASE("a plus sign is a space where a form says so") {
    CHECK(percent_decoded("a+b%2B") == "a+b+");
    CHECK(percent_decoded("a+b%2B", plus_sign::space) == "a b+");
}

TEST_CASE("what is encoded is decoded to the same") {
    CHECK(percent_encoded("aZ09-_.~") == "aZ09-_.~");
    CHECK(percent_encoded("a b/\xff") == "a%20b%2F%FF");
    std::string all;
    for (int byte = 0; byte < 256; ++byte) {
        all += static_cast<char>(byte);
    }
    CHECK(percent_decoded(percent_encoded(all), plus_sign::space) == all);
}

}  // namespace tapes::text::percent_test
