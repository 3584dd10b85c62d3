#include <tapes/text/hex.hpp>

#include <catch2/catch.hpp>

#include <vector>

namespace tapes::text::hex_test {

TEST_CASE("bytes survive their hexadecimal form, and nothing else is one") {
    std::vector<std::uint8_t> bytes;
    for (int i = 0; i < 256; ++i) {
        bytes.push_back(static_cast<std::uint8_t>(i));
    }
    auto digits = to_hex(bytes);
    CHECK(digits.substr(0, 6) == "000102");
    CHECK(digits.substr(digits.size() - 6) == "fdfeff");
    std::string appended = "x";
    append_hex(appended, bytes);
    CHECK(appended == "x" + digits);

    std::vector<std::uint8_t> read(256);
    CHECK(read_hex(digits, read));
    CHECK(read == bytes);
    CHECK_FALSE(read_hex(digits.substr(1), read));
    CHECK_FALSE(read_hex(digits + "00", read));
    digits[3] = 'g';
    CHECK_FALSE(read_hex(digits, read));
    CHECK(read_hex("", {}));
}

TEST_CASE("digits have either case, and every other byte is none") {
    int digits = 0;
    for (int byte = 0; byte < 256; ++byte) {
        digits += hex_value(static_cast<char>(byte)) >= 0 ? 1 : 0;
    }
    CHECK(digits == 22);
    CHECK(hex_value('0') == 0);
    CHECK(hex_value('9') == 9);
    CHECK(hex_value('a') == 10);
    CHECK(hex_value('F') == 15);
    CHECK(is_lower_hex("0af9"));
    CHECK_FALSE(is_lower_hex("0AF9"));
}

TEST_CASE("a number has all of its 16 digits") {
    CHECK(to_hex(std::uint64_t{0}) == "0000000000000000");
    CHECK(to_hex(std::uint64_t{0x0123456789abcdef}) == "0123456789abcdef");
}

}  // namespace tapes::text::hex_test
