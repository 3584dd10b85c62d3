#include "search/snippets.hpp"

#include "read/search/search_support.hpp"

#include <tapes/text/utf8.hpp>

#include <chrono>

namespace tapes::read::snippets_test {

namespace {

using test::searched_store;

using strings = std::vector<std::string>;

search_request of_bytes(std::size_t bytes) {
    search_request made;
    made.limits.snippet_bytes = bytes;
    return made;
}

}  // namespace

TEST_CASE("a snippet has what was looked for, cut between words, in the block where most of it is") {
    searched_store here;
    std::string text;
    for (int i = 0; i < 200; ++i) {
        text += "filler" + std::to_string(i) + " ";
    }
    here.tell("needle at first. " + text + "a needle in the haystack here. " + text, "x");
    CHECK(here.found("needle haystack", of_bytes(80)) ==
          strings{"…filler199 a |needle| in the |haystack| here. filler0 filler1 filler2 filler3…"});
    CHECK(here.found("needle", of_bytes(40)) == strings{"|needle| at first. filler0 filler1 filler2…"});
}

TEST_CASE("no snippet is cut in a character, nor between one and its marks") {
    searched_store here;
    std::string text;
    for (int i = 0; i < 60; ++i) {
        text += "नि한e\xcc\x81👩‍👩‍👧";
    }
    here.tell(text + " needle " + text, "x");
    for (std::size_t bytes = 8; bytes < 120; ++bytes) {
        const auto hits = here.hits("needle", of_bytes(bytes));
        REQUIRE(hits.size() == 1);
        const auto& snippet = hits[0].snippet;
        CAPTURE(bytes, snippet.text);
        CHECK(text::valid_utf8(snippet.text));
        CHECK(snippet.text.size() <= bytes + 128);
        REQUIRE(snippet.marks.size() == 1);
        CHECK(snippet.text.substr(snippet.marks[0].first, snippet.marks[0].size) == "needle");
        const auto at = (text + " needle " + text).find(snippet.text);
        CHECK(at != std::string::npos);
        CHECK(cut_before(text + " needle " + text, at) == at);
    }
}

TEST_CASE("long runs of marks and long phrases are cut, in linear time") {
    std::string marks = "e";
    for (int i = 0; i < 500'000; ++i) {
        marks += "\xcc\x81";
    }
    searched_store here;
    here.tell(marks + " needle " + marks, "x");
    const auto begun = std::chrono::steady_clock::now();
    CHECK(here.hits("needle").size() == 1);
    CHECK(here.hits("e*").size() == 1);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{10});
}

}  // namespace tapes::read::snippets_test
