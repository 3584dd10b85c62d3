#include <tapes/text/base64.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::text::base64_test {

TEST_CASE("base64 is undone in both alphabets, broken into lines and without padding") {
    CHECK(decoded_base64("") == "");
    CHECK(decoded_base64("Zg==") == "f");
    CHECK(decoded_base64("Zg") == "f");
    CHECK(decoded_base64("Zm9v\r\nYmE=\n") == "fooba");
    CHECK(decoded_base64("Zm9vYmFy") == "foobar");
    CHECK(decoded_base64("+/8=") == std::string{"\xfb\xff"});
    CHECK(decoded_base64("-_8") == std::string{"\xfb\xff"});
    CHECK(decoded_base64("AAA") == std::string(2, '\0'));
}

TEST_CASE("what is no base64 is not guessed at") {
    for (const auto* wrong : {"Z", "Zm9vY", "Zg==Zg==", "Zm9v!", "<svg>", "Zm\x80v"}) {
        CHECK_FALSE(decoded_base64(wrong));
    }
}

TEST_CASE("bytes in base64 are decoded to the same bytes") {
    CHECK(encoded_base64("") == "");
    CHECK(encoded_base64("f") == "Zg==");
    CHECK(encoded_base64("fo") == "Zm8=");
    CHECK(encoded_base64("foo") == "Zm9v");
    std::string all;
    for (int i = 0; i < 256; ++i) {
        all += static_cast<char>(i);
    }
    CHECK(decoded_base64(encoded_base64(all)) == all);
}

}  // namespace tapes::text::base64_test
