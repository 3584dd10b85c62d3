#include <tapes/merkle/digest.hpp>

#include <catch2/catch.hpp>

namespace tapes::merkle::digest_test {

using namespace tapes;

TEST_CASE("sha256 gives the digests of FIPS 180-4's examples") {
    CHECK(merkle::to_hex(merkle::sha256("abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(merkle::to_hex(merkle::sha256("")) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a digest survives its hexadecimal form, and nothing else is one") {
    const auto digest = merkle::sha256("x");
    std::string hex = merkle::to_hex(digest);
    CHECK(merkle::from_hex(hex) == digest);
    for (char& c : hex) {
        c = static_cast<char>(c >= 'a' ? c - 32 : c);
    }
    CHECK(merkle::from_hex(hex) == digest);
    CHECK_FALSE(merkle::from_hex(hex.substr(1)));
    CHECK_FALSE(merkle::from_hex(hex + "0"));
    hex[10] = 'g';
    CHECK_FALSE(merkle::from_hex(hex));
}

}  // namespace tapes::merkle::digest_test
