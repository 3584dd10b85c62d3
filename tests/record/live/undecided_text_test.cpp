#include "live/undecided_text.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace tapes::record::test_undecided_text {

TEST_CASE("a text may be shown up to what may be the beginning of a credential") {
    const std::vector<std::string> credentials{"sk-secret/0123456789", "other-value-abcdefgh"};
    struct {
        const char* text;
        std::size_t decided;
    } const cases[]{
        {"", 0},
        {"nothing of it", 13},
        {"it is sk-", 6},
        {"it is sk-secret", 6},
        {"it is sk-sec and so on", 22},
        {"it is s", 6},
        {"it is sk-secret/01234567", 6},
        {R"(it is sk-secret\/0123)", 6},
        {R"(it is sk-secret\\/0123)", 6},
        {R"(it is sk-secret\u002f0123)", 6},
        {R"(it is sk-secret\u002)", 6},
        {R"(it is sk-secret\u0041)", 21},
        {R"(it is sk-secret\)", 6},
        {R"(it is \u0073k-secret)", 6},
        {"sk-sk-other-val", 6},
        {"other-value-abcdefgX", 20},
    };
    for (const auto& one : cases) {
        INFO(one.text);
        CHECK(decided_bytes(one.text, credentials) == one.decided);
    }
    CHECK(decided_bytes("sk-", {}) == 3);
}

TEST_CASE("texts made to take long are held back, not compared for ever") {
    const std::vector<std::string> credentials{std::string(20'000, 'a') + "b"};
    const auto text = std::string(60'000, 'a') + "c";
    CHECK(decided_bytes(text, credentials) <= text.size());
    std::string many;
    for (int i = 0; i < 3000; ++i) {
        many += std::string(19, 'a') + "c";
    }
    CHECK(decided_bytes(many, credentials) <= many.size());
}

}  // namespace tapes::record::test_undecided_text
