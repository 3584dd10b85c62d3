#include "redaction/search.hpp"

#include <tapes/http/redaction.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace tapes::http::redaction_search_test {

namespace http = tapes::http;

namespace {
using strings = std::vector<std::string>;

/// What each value alone says, by comparing it at each place.
std::vector<std::pair<std::size_t, std::size_t>> expected_in(const std::string& text, const strings& values) {
    std::vector<http::occurrence> all;
    for (std::uint32_t which = 0; which < values.size(); ++which) {
        for (auto at = text.find(values[which]); at != std::string::npos;
             at = text.find(values[which], at + 1)) {
            all.push_back({at, static_cast<std::uint32_t>(values[which].size()), which});
        }
    }
    http::merge_occurrences(all);
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (const auto& one : all) {
        places.emplace_back(one.at, one.size);
    }
    return places;
}

std::vector<std::pair<std::size_t, std::size_t>> found_in(const std::string& text, const strings& values) {
    std::vector<http::occurrence> all;
    http::credential_search{values}.find(text, all);
    std::vector<std::pair<std::size_t, std::size_t>> places;
    for (const auto& one : all) {
        places.emplace_back(one.at, one.size);
    }
    return places;
}

strings many_values(std::size_t count, const std::string& start) {
    strings values;
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(start + "-value-number-" + std::to_string(100'000 + i));
    }
    return values;
}
}  // namespace

TEST_CASE("one value, few and many are found at every offset") {
    for (const std::size_t count : {1U, 3U, 4U, 60U}) {
        for (const std::string start : {"sk", "a/b+c", "\"q\\", "////////////"}) {
            const auto values = many_values(count, start);
            for (std::size_t before = 0; before < 40; ++before) {
                const auto text =
                    std::string(before, 'x') + values.front() + values.back() + "--" + values.front();
                CAPTURE(count, start, before);
                CHECK(found_in(text, values) == expected_in(text, values));
            }
        }
    }
}

TEST_CASE("what is found does not depend on how it is looked for") {
    std::mt19937 random{7};
    const auto letter = [&] { return static_cast<char>('a' + random() % 2); };
    for (int round = 0; round < 400; ++round) {
        strings values;
        for (std::size_t i = 0, count = 1 + random() % 8; i < count; ++i) {
            std::string value;
            for (std::size_t size = 1 + random() % 20; size > 0; --size) {
                value += letter();
            }
            values.push_back(value);
        }
        std::string text;
        for (std::size_t size = random() % 400; size > 0; --size) {
            text += letter();
        }
        CHECK(found_in(text, values) == expected_in(text, values));
    }
}

TEST_CASE("values with escapes are found, by all ways of looking") {
    const std::string value = "se/cret\"with\\quotes+0123456789";
    for (const std::size_t others : {0U, 10U}) {
        auto values = many_values(others, "other");
        values.push_back(value);
        for (const std::string form : {R"(se\/cret\"with\\quotes+0123456789)",
                                       R"(se\u002fcret\u0022with\u005Cquotes\u002B0123456789)"}) {
            const auto text = "{\"x\":\"" + form + "\"}";
            CHECK(found_in(text, values) ==
                  std::vector<std::pair<std::size_t, std::size_t>>{{6, form.size()}});
        }
    }
}

TEST_CASE("the work grows with the text, whatever text and values were made of") {
    // Cookies that begin alike, in a text of their beginnings.
    const auto work = [](const strings& values, const std::string& piece, std::size_t size) {
        std::string text;
        while (text.size() < size) {
            text += piece;
        }
        std::vector<http::occurrence> found;
        return static_cast<double>(http::credential_search{values}.find(text, found)) /
               static_cast<double>(text.size());
    };
    strings alike;
    for (int i = 0; i < 240; ++i) {
        alike.push_back(std::string(100, 'a') + std::to_string(1000 + i) + "\"");
    }
    strings quoted;
    for (int i = 0; i < 240; ++i) {
        quoted.push_back(std::string(120, '"') + "abcdefgh" + std::string(120, '"') +
                         std::to_string(1000 + i));
    }
    strings short_parts;
    for (int i = 0; i < 240; ++i) {
        short_parts.push_back("a\"b\"a\"b\"a\"b\"a\"b\"" + std::to_string(i));
    }
    for (const auto& values : {alike, quoted, short_parts, strings{quoted[0]}, strings{alike[0]}}) {
        for (const std::string piece :
             {"a", "abcdefgh", "\"\"\"\"abcdefgh\"\"\"\"", "a\"b\"", "\\\"a", "aaaaaaa\""}) {
            CAPTURE(values.size(), values[0], piece);
            CHECK(work(values, piece, 100'000) < 16);
            CHECK(work(values, piece, 400'000) < 16);
        }
    }
    CHECK(work(many_values(60, "sk-ant-api03"), "The quick brown fox jumps over the lazy dog. ", 400'000) <
          1);
}

TEST_CASE("what overlaps is one occurrence, so that they take no more memory than the text") {
    const strings values{std::string(16, 'a'), std::string(17, 'a')};
    std::vector<http::occurrence> found;
    http::credential_search{values}.find(std::string(1'000'000, 'a'), found);
    CHECK(found.size() == 1);
    found.clear();
    std::string apart;
    while (apart.size() < 4'000'000) {
        apart += values[0] + "-";
    }
    http::credential_search{values}.find(apart, found);
    CHECK(found.size() == apart.size() / 17);
    CHECK(found.capacity() <= 2 * found.size() + 200'000);
}

}  // namespace tapes::http::redaction_search_test
