#include "text/index_words.hpp"

#include <catch2/catch.hpp>

namespace tapes::catalogue::index_words_test {

namespace {

std::string words(std::string_view text) {
    std::string made;
    append_words(made, text);
    return made;
}

std::string term(std::string_view text) {
    std::string made;
    const bool is_beginning = append_term(made, text);
    return made + (is_beginning ? "*" : "");
}

}  // namespace

TEST_CASE("runs of scripts without spaces become pairs, and the last character alone") {
    CHECK(words("plain text, café") == "plain text, café");
    CHECK(words("日本語") == " 日本 本語 語 ");
    CHECK(words("語") == " 語 ");
    CHECK(words("GPT4モデル。次") == "GPT4 モデ デル ル 。 次 ");
    CHECK(words("검색을 하다") == " 검색 색을 을   하다 다 ");
    CHECK(words("ไทย") == " ไท ทย ย ");
    CHECK(words("\xff日\xff") == "\xff 日 \xff");
    CHECK(words("") == "");
}

TEST_CASE("a term is looked for as its pairs, or as the beginning of one") {
    CHECK(term("error") == "error");
    CHECK(term("語") == " 語*");
    CHECK(term("日本語") == " 日本 本語");
    CHECK(term("日本 語彙") == " 日本 本   語彙");
    CHECK(term("語a") == " 語 a");
    CHECK(term("a語") == "a 語*");
}

TEST_CASE("long runs of encoded bytes are no words") {
    const std::string encoded(300, 'A');
    CHECK(words("see " + encoded + " end") == "see   end");
    CHECK(words(encoded) == " ");
    CHECK(words(std::string(255, 'A')) == std::string(255, 'A'));
    CHECK(words("日" + encoded + "日") == " 日   日 ");
}

}  // namespace tapes::catalogue::index_words_test
