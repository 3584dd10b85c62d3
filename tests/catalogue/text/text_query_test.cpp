#include <tapes/catalogue/text_query.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace tapes::catalogue::text_query_test {

TEST_CASE("a query is read as a person means it") {
    struct row {
        std::string typed;
        const char* match;
    };
    for (const auto& [typed, match] : {
             row{"error", R"(("error"))"},
             row{"two words", R"(("two" "words"))"},
             row{R"("two words" more)", R"(("two words" "more"))"},
             row{R"("not closed)", R"(("not closed"))"},
             row{"multi-agent", R"(("multi-agent"))"},
             row{"std::move", R"(("std::move"))"},
             row{"don't", R"(("don't"))"},
             row{"a.b", R"(("a.b"))"},
             row{R"(a"b)", R"(("a""b"))"},
             row{"error -test", R"((("error") NOT "test"))"},
             row{R"(error -"two words" -x)", R"(((("error") NOT "two words") NOT "x"))"},
             row{"-test error", R"((("error") NOT "test"))"},
             row{"--no-verify", R"(("--no-verify"))"},
             row{"err*", R"(("err" *))"},
             row{R"("two wor"*)", R"(("two wor" *))"},
             row{"a b OR c -d", R"(("a" "b") OR (("c") NOT "d"))"},
             row{"OR a OR OR b OR", R"(("a") OR ("b"))"},
             row{R"(a "OR" b or)", R"(("a" "OR" "b" "or"))"},
             row{"AND NOT NEAR(a)", R"_(("AND" "NOT" "NEAR(a)"))_"},
             row{"text:x ^y {z} + w", R"(("text:x" "^y" "{z}" "w"))"},
             row{"a -", R"(("a"))"},
             row{"日本語", R"((" 日本 本語"))"},
             row{"語", R"((" 語" *))"},
             row{std::string{"a\0b", 3}, R"(("a b"))"},
             row{"\xff", "(\"\ufffd\")"},
         }) {
        CAPTURE(typed);
        const auto query = read_text_query(typed);
        CHECK(query.match == match);
        CHECK(query.problem == "");
    }
}

TEST_CASE("a query that looks for nothing says what would be right") {
    for (const auto* typed : {"", "  ", "-error", "OR", "\"\"", "*", "--", "...", "a OR -b"}) {
        CAPTURE(typed);
        const auto query = read_text_query(typed);
        CHECK(query.match == "");
        CHECK_THAT(query.problem, Catch::Matchers::Contains("names no word"));
    }
    CHECK_THAT(read_text_query(std::string(20'000, 'a')).problem, Catch::Matchers::Contains("16384 bytes"));
    std::string many;
    for (std::size_t i = 0; i < 65; ++i) {
        many += "a ";
    }
    CHECK_THAT(read_text_query(many).problem, Catch::Matchers::Contains("64 terms"));
}

}  // namespace tapes::catalogue::text_query_test
