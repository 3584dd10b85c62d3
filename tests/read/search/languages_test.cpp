// Searches of a store, in fourteen languages, against one that looks at all texts.
#include "plain_search.hpp"
#include "read/search/search_support.hpp"

#include <tapes/text/utf8.hpp>

#include <random>
#include <set>

namespace tapes::read::languages_test {

using namespace tapes::test;
using read::test::searched_store;

TEST_CASE("a search finds in each language what a look at all texts finds, and marks it") {
    searched_store here;
    std::mt19937 random{20260131};
    std::vector<std::string> texts;
    std::vector<merkle::message> chain;
    for (int i = 0; i < 240; ++i) {
        const auto& in = languages()[static_cast<std::size_t>(i) % languages().size()];
        texts.push_back(sentence(in, random, 1 + random() % 6) + " " + std::to_string(i));
        if (chain.size() == 40) {
            chain.clear();
        }
        chain.push_back(read::test::said(chain.size() % 2 == 0 ? "user" : "assistant", texts.back()));
        if (chain.size() % 2 == 0) {
            here.store.tell({chain.begin(), chain.end() - 1}, chain.back());
        }
    }
    std::size_t found = 0;
    for (int round = 0; round < 400; ++round) {
        const auto& in = languages()[random() % languages().size()];
        auto term = sentence(in, random, 1 + random() % 2);
        if (*in.between == '\0') {
            const auto from = text::character_start(term, random() % term.size());
            const auto size = text::character_start(term, from + random() % (term.size() - from + 1)) - from;
            term = term.substr(from, size == 0 ? text::first_utf8(term.substr(from)).size : size);
        }
        const bool beginning = random() % 3 == 0;
        auto units = units_of(term);
        if (!units.empty() && units.back() == end_of_run) {
            units.pop_back();
        }
        if (units.empty()) {
            continue;
        }
        std::set<std::string> wanted;
        for (const auto& one : texts) {
            if (slow_contains(units_of(one), units, beginning)) {
                wanted.insert(one);
            }
        }
        search_request request;
        request.most = 30;
        request.newest = random() % 2 == 0;
        CAPTURE(in.name, term, beginning);
        std::set<std::string> hits;
        for (const auto& hit : here.hits("\"" + term + "\"" + (beginning ? "*" : ""), request)) {
            hits.insert(hit.snippet.text);
            CHECK_FALSE(hit.snippet.marks.empty());
            for (const auto& mark : hit.snippet.marks) {
                const auto marked = hit.snippet.text.substr(mark.first, mark.size);
                CHECK(text::valid_utf8(marked));
                CHECK(slow_contains(units_of(marked), units, beginning));
            }
        }
        CHECK(hits == wanted);
        found += hits.size();
    }
    CHECK(found > 1000);
}

}  // namespace tapes::read::languages_test
