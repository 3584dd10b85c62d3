#include "difference/sequence_diff.hpp"
#include "difference/text_tokens.hpp"
#include "processor_time.hpp"

#include <tapes/read/text_difference.hpp>
#include <tapes/text/work_meter.hpp>

#include <catch2/catch.hpp>

#include <random>
#include <string>
#include <vector>

namespace tapes::read::text_difference_test {

namespace {

using lines = std::vector<std::string>;

/// "a [b -> c] d": what is the same, and what became of the rest.
std::string outline(std::string_view left, std::string_view right, text_unit unit = text_unit::words) {
    std::string made;
    for (const auto& one : compare_texts(left, right, unit).spans) {
        switch (one.kind) {
            case change::removed:
                made += "[-" + std::string{left.substr(one.left, one.left_bytes)} + "]";
                break;
            case change::added:
                made += "[+" + std::string{right.substr(one.right, one.right_bytes)} + "]";
                break;
            default:
                made += left.substr(one.left, one.left_bytes);
                break;
        }
    }
    return made;
}

/// Checks that the spans lead from one text to the other, and back.
text_comparison checked(std::string_view left, std::string_view right, text_unit unit) {
    const auto made = compare_texts(left, right, unit);
    std::string before;
    std::string after;
    change last = change::changed;
    for (const auto& one : made.spans) {
        REQUIRE(one.left == before.size());
        REQUIRE(one.right == after.size());
        REQUIRE(one.kind != last);
        REQUIRE_FALSE((last == change::added && one.kind == change::removed));
        last = one.kind;
        before += left.substr(one.left, one.left_bytes);
        after += right.substr(one.right, one.right_bytes);
        if (one.kind == change::same) {
            REQUIRE(left.substr(one.left, one.left_bytes) == right.substr(one.right, one.right_bytes));
        } else {
            REQUIRE((one.kind == change::removed ? one.right_bytes : one.left_bytes) == 0);
        }
    }
    REQUIRE(before == left);
    REQUIRE(after == right);
    return made;
}

/// The same the other way round.
text_comparison mirrored(text_comparison from) {
    for (auto& one : from.spans) {
        std::swap(one.left, one.right);
        std::swap(one.left_bytes, one.right_bytes);
        one.kind = one.kind == change::removed ? change::added
                   : one.kind == change::added ? change::removed
                                               : one.kind;
    }
    for (std::size_t i = 1; i < from.spans.size(); ++i) {
        if (from.spans[i].kind == change::removed && from.spans[i - 1].kind == change::added) {
            std::swap(from.spans[i], from.spans[i - 1]);
        }
    }
    std::size_t left = 0;
    std::size_t right = 0;
    for (auto& one : from.spans) {
        one.left = left;
        one.right = right;
        left += one.left_bytes;
        right += one.right_bytes;
    }
    return from;
}

}  // namespace

TEST_CASE("texts are cut into words, characters of scripts without spaces, and what stands between") {
    const auto cut = [](std::string_view text) {
        lines made;
        for (const auto one : text_tokens(text, text_unit::words)) {
            made.emplace_back(one);
        }
        return made;
    };
    CHECK(cut("").empty());
    CHECK(cut("int main_2();  x\n\n") == lines{"int", " ", "main_2", "(", ")", ";", "  ", "x", "\n", "\n"});
    CHECK(cut("修复 the 解") == lines{"修", "复", " ", "the", " ", "解"});
    CHECK(cut("naïve Ω‑x") == lines{"naïve", " ", "Ω", "‑", "x"});
    CHECK(cut("e\xCC\x81\xCC\xA3x") == lines{"e\xCC\x81\xCC\xA3x"});
    CHECK(cut("か\xE3\x82\x99き") == lines{"か\xE3\x82\x99", "き"});
    CHECK(cut("ที่นี่") == lines{"ที่", "นี่"});
    CHECK(cut("👩\xE2\x80\x8D💻!") == lines{"👩\xE2\x80\x8D💻", "!"});
    CHECK(cut("\xCC\x81 a") == lines{"\xCC\x81", " ", "a"});
    CHECK(cut("\xFF\xFE") == lines{"\xFF\xFE"});
}

TEST_CASE("texts are compared by words, as their table says") {
    struct text_case {
        const char* left;
        const char* right;
        const char* expected;
    };
    const std::vector<text_case> cases{
        {"", "", ""},
        {"a", "a", "a"},
        {"", "a", "[+a]"},
        {"a", "", "[-a]"},
        {"a", "b", "[-a][+b]"},
        {"fix the parser", "fix a parser", "fix [-the][+a] parser"},
        {"one two three four", "one 2 3 four", "one [-two three][+2 3] four"},
        {"one two", "one two three", "one two[+ three]"},
        {"f(a, b)", "f(a, c)", "f(a, [-b][+c])"},
        {"修复解析器", "修复了解析机", "修复[+了]解析[-器][+机]"},
        {"a\nb\nc\n", "a\nx\nc\n", "a\n[-b][+x]\nc\n"},
        {"a\nb\nc\n", "a\nc\n", "a\n[-b\n]c\n"},
        {"a\nc\n", "a\nb\nc\n", "a\n[+b\n]c\n"},
        {"caf\xC3\xA9", "cafe\xCC\x81", "[-caf\xC3\xA9][+cafe\xCC\x81]"},
        {"x e\xCC\x81 y", "x e\xCC\x80 y", "x [-e\xCC\x81][+e\xCC\x80] y"},
        {"no newline", "no newline\n", "no newline[+\n]"},
    };
    for (const auto& one : cases) {
        INFO(one.left << " | " << one.right);
        CHECK(outline(one.left, one.right) == one.expected);
    }
    CHECK(outline("a b\nc d\n", "a b\nc e\n", text_unit::lines) == "a b\n[-c d\n][+c e\n]");
}

TEST_CASE("what differs leads from one text to the other, and back, of random texts") {
    std::mt19937 dice{7};
    const std::vector<std::string> parts{"a",         "b",    " ",  "\n", "word", "修",
                                         "e\xCC\x81", "\xFF", "  ", ".",  "the"};
    const auto random_text = [&](std::size_t most) {
        std::string made;
        for (auto left = dice() % (most + 1); left > 0; --left) {
            made += parts[dice() % parts.size()];
        }
        return made;
    };
    for (int round = 0; round < 600; ++round) {
        const auto left = random_text(1 + static_cast<std::size_t>(round) / 8);
        auto right = round % 2 == 0 ? random_text(40) : left;
        for (int edits = 0; edits < round % 5 && !right.empty(); ++edits) {
            right.insert(dice() % right.size(), parts[dice() % parts.size()]);
        }
        for (const auto unit : {text_unit::words, text_unit::lines}) {
            const auto made = checked(left, right, unit);
            CHECK(mirrored(made).spans == compare_texts(right, left, unit).spans);
            const auto none = checked(left, left, unit);
            CHECK(none.spans.size() == (left.empty() ? 0 : 1));
        }
    }
}

TEST_CASE("texts that are made to take long are compared in bounded time") {
    constexpr std::size_t bytes = std::size_t{1} << 20;
    const auto repeated = [](std::string_view part, std::size_t size) {
        std::string made;
        while (made.size() < size) {
            made += part;
        }
        return made;
    };
    std::string numbers;
    std::string others;
    std::string shuffled;
    std::mt19937 dice{1};
    for (int i = 0; i < 500'000; ++i) {
        numbers += std::to_string(i) + " ";
        others += std::to_string(i + 1'000'000) + " ";
        shuffled += std::to_string(dice() % 500'000) + " ";
    }
    std::string coins;
    std::string tosses;
    for (std::size_t i = 0; i < bytes / 8; ++i) {
        coins += dice() % 2 == 0 ? "a " : "b ";
        tosses += dice() % 2 == 0 ? "a\n" : "b\n";
    }
    const std::vector<std::pair<std::string, std::string>> pairs{
        {std::string(4 * bytes, 'a'), std::string(4 * bytes + 1, 'a')},
        {repeated("a ", bytes), repeated("a ", bytes - 2)},
        {repeated("a b ", bytes), repeated("b a c ", bytes)},
        {numbers, others},
        {numbers, shuffled},
        {coins, repeated("b a a ", bytes / 4)},
        {tosses, coins},
        {repeated("修", bytes), repeated("复修", bytes)},
        {repeated("\xCC\x81", bytes), repeated("\xCC\x80", bytes)},
        {std::string(bytes, '\n'), std::string(bytes / 2, '\n')},
    };
    for (const auto& [left, right] : pairs) {
        const processor_time clock;
        const auto made = compare_texts(left, right, text_unit::words);
        INFO(left.substr(0, 12) << " | " << right.substr(0, 12));
        CHECK(clock.seconds() < 20);  // unoptimized, under sanitizers
        std::size_t left_bytes = 0;
        std::size_t right_bytes = 0;
        for (const auto& one : made.spans) {
            left_bytes += one.left_bytes;
            right_bytes += one.right_bytes;
        }
        CHECK(left_bytes == left.size());
        CHECK(right_bytes == right.size());
    }
}

TEST_CASE("what is shown of a difference is its changes with some of what is around them") {
    const auto text = std::string(1000, 'a') + " x " + std::string(1000, 'b') + "\n";
    auto changed = text;
    changed[1001] = 'y';
    const auto shown = show_difference(text, changed, text_unit::words, {8, 100, 10});
    REQUIRE(shown.pieces.size() == 5);
    CHECK(shown.pieces[0].text.empty());
    CHECK(shown.pieces[0].omitted == 993);
    CHECK(shown.pieces[1].text == std::string(7, 'a') + " ");
    CHECK(shown.pieces[2].text == "x");
    CHECK(shown.pieces[2].kind == change::removed);
    CHECK(shown.pieces[3].text == "y");
    CHECK(shown.pieces[4].text == " " + std::string(7, 'b'));
    CHECK(shown.pieces[4].omitted == 994);
    CHECK(shown.removed_bytes == 1);
    const auto cut = show_difference("", std::string(500, '.'), text_unit::words, {8, 100, 10});
    CHECK(cut.pieces.at(0).text.size() == 100);
    CHECK(cut.pieces.at(0).omitted == 400);
    CHECK(cut.added_bytes == 500);
    CHECK(show_difference("a b c d", "1 b 2 d", text_unit::words, {8, 100, 2}).more != 0);
}

TEST_CASE("JSON is compared value by value") {
    const auto outline_of = [](std::string_view left, std::string_view right) {
        const auto made = compare_json(left, right, text_unit::words);
        lines told;
        for (const auto& one : made.values) {
            auto line = one.path + " " + std::string{to_string(one.kind)} + ": " + one.left.text + " -> " +
                        one.right.text;
            for (const auto& piece : one.text.pieces) {
                line += std::string{to_string(piece.kind)}.substr(0, 1) + "(" + piece.text + ")";
            }
            told.push_back(line);
        }
        if (!made.compared) {
            told.emplace_back("not compared");
        }
        return told;
    };
    CHECK(outline_of(R"({"a":1,"b":[1,2,3]})", R"({ "b": [1,2,3], "a": 1 })").empty());
    CHECK(outline_of(R"({"a":1,"c":null})", R"({"a":2,"b/~":{}})") ==
          lines{"/a changed: 1 -> 2", "/b~1~0 added:  -> {}", "/c removed: null -> "});
    CHECK(outline_of(R"({"cmd":"make test"})", R"({"cmd":"make all"})") ==
          lines{"/cmd changed:  -> s(make )r(test)a(all)"});
    CHECK(outline_of(R"([1,2,3,4])", R"([1,3,{"x":5},4])") ==
          lines{"/1 removed: 2 -> ", "/2 added:  -> {\"x\":5}"});
    CHECK(outline_of(R"([{"x":1}])", R"([{"x":2},7])") == lines{"/0/x changed: 1 -> 2", "/1 added:  -> 7"});
    CHECK(outline_of("{", "{}") == lines{"not compared"});
    CHECK(outline_of("\"a\"", "\"b\"") == lines{"not compared"});
    CHECK(outline_of(std::string(100'000, '['), std::string(100'000, '[')) == lines{"not compared"});
    CHECK(outline_of("{\"a\":\"\xFF\"}", "{\"a\":\"b\"}") == lines{"not compared"});
    std::string many{"{"};
    for (int i = 0; i < 1000; ++i) {
        many += "\"" + std::to_string(i) + "\":0,";
    }
    many.back() = '}';
    const auto cut = compare_json("{}", many, text_unit::words);
    CHECK(cut.values.size() == 512);
    CHECK(cut.more == 488);
}

TEST_CASE("a comparison can be stopped") {
    text::work_meter meter{1, [](std::uint64_t) { return false; }};
    const text::metered here{meter};
    CHECK_THROWS_AS(compare_texts("a b", "a c", text_unit::words), text::work_stopped);
    CHECK_THROWS_AS(compare_json("{}", "[]", text_unit::words), text::work_stopped);
}

}  // namespace tapes::read::text_difference_test
