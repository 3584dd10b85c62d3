// The text index against a slow search that looks at all texts, in fourteen languages.
#include "text/text_scan.hpp"

#include "plain_search.hpp"
#include "text/index_words.hpp"
#include "text/text_index.hpp"

#include <tapes/text/utf8.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace tapes::catalogue::text_scan_test {

namespace {

using tapes::test::end_of_run;
using tapes::test::languages;
using tapes::test::sentence;
using tapes::test::slow_contains;
using tapes::test::units_of;

constexpr std::int64_t all_nodes = std::numeric_limits<std::int64_t>::max();

class index_fixture {
public:
    explicit index_fixture(const generation_limits& limits = {})
        : db{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE}, index{db, limits}, scan{db} {}

    void add(std::int64_t node, const std::string& text) { index.add(node, {text, "", "", ""}); }
    /// The newest first.
    std::vector<text_match> matches(std::string_view typed, const text_span& span = {15, 1, all_nodes, false},
                                    std::size_t most = 1'000'000) {
        const auto query = read_text_query(typed);
        REQUIRE(query.problem == "");
        std::vector<text_match> found;
        scan.visit(query, span, [&](const text_match& one) {
            found.push_back(one);
            return found.size() < most ? one.node - 1 : 0;
        });
        return found;
    }
    std::vector<std::int64_t> found(std::string_view typed, const text_span& span = {15, 1, all_nodes, false},
                                    std::size_t most = 1'000'000) {
        std::vector<std::int64_t> nodes;
        for (const auto& one : matches(typed, span, most)) {
            nodes.push_back(one.node);
        }
        std::reverse(nodes.begin(), nodes.end());
        return nodes;
    }

    sqlite::connection db;
    text_index index;
    text_scan scan;
};

}  // namespace

TEST_CASE("the index finds what a slow search finds, in fourteen languages") {
    index_fixture here{{100, 1 << 20}};
    std::mt19937 random{7};
    std::vector<std::vector<std::u32string>> texts{{}};
    for (std::int64_t node = 1; node <= 600; ++node) {
        const auto& in = languages()[random() % languages().size()];
        const auto text = sentence(in, random, 1 + random() % 8);
        texts.push_back(units_of(text));
        here.add(node, text);
    }
    std::size_t hits = 0;
    for (int round = 0; round < 700; ++round) {
        const auto& in = languages()[random() % languages().size()];
        auto term = sentence(in, random, 1 + random() % 2);
        // A part of it, where words are written together.
        if (*in.between == '\0') {
            const auto from = tapes::text::character_start(term, random() % term.size());
            const auto size =
                tapes::text::character_start(term, from + random() % (term.size() - from + 1)) - from;
            term = term.substr(from, size == 0 ? tapes::text::first_utf8(term.substr(from)).size : size);
        }
        const bool beginning = random() % 3 == 0;
        auto units = units_of(term);
        if (!units.empty() && units.back() == end_of_run) {
            units.pop_back();
        }
        if (units.empty()) {
            continue;
        }
        std::vector<std::int64_t> wanted;
        for (std::size_t node = 1; node < texts.size(); ++node) {
            if (slow_contains(texts[node], units, beginning)) {
                wanted.push_back(static_cast<std::int64_t>(node));
            }
        }
        CAPTURE(in.name, term, beginning);
        CHECK(here.found("\"" + term + "\"" + (beginning ? "*" : "")) == wanted);
        hits += wanted.size();
    }
    CHECK(hits > 2000);
}

TEST_CASE("words, phrases, exclusions, beginnings and alternatives are found") {
    index_fixture here;
    here.add(1, "Café std::move and don't, a.b in a multi-agent run");
    here.add(2, "the cafe moved; A B; multi task agent");
    here.add(3, "日本語のデータベース");
    here.add(4, "語彙");
    here.add(5, "emoji 😀 only");
    CHECK(here.found("café") == std::vector<std::int64_t>{1, 2});
    CHECK(here.found("CAFE -move") == std::vector<std::int64_t>{2});
    CHECK(here.found("std::move") == std::vector<std::int64_t>{1});
    CHECK(here.found("don't") == std::vector<std::int64_t>{1});
    CHECK(here.found("a.b") == std::vector<std::int64_t>{1, 2});
    CHECK(here.found("multi-agent") == std::vector<std::int64_t>{1});
    CHECK(here.found("multi agent") == std::vector<std::int64_t>{1, 2});
    CHECK(here.found("\"multi agent\"") == std::vector<std::int64_t>{1});
    CHECK(here.found("mov*") == std::vector<std::int64_t>{1, 2});
    CHECK(here.found("std OR 語") == std::vector<std::int64_t>{1, 3, 4});
    CHECK(here.found("語") == std::vector<std::int64_t>{3, 4});
    CHECK(here.found("本語") == std::vector<std::int64_t>{3});
    CHECK(here.found("日語").empty());
    CHECK(here.found("データ") == std::vector<std::int64_t>{3});
    CHECK(here.found("emoji 😀") == std::vector<std::int64_t>{5});
    CHECK(here.found("emoji -😀") == std::vector<std::int64_t>{5});
}

TEST_CASE("no query is a syntax error") {
    index_fixture here;
    here.add(1, "text");
    std::mt19937 random{11};
    const std::array<std::string, 24> parts{"a",     "\"", "-",  "*",    " ",  "OR", "AND",  "NOT",
                                            "NEAR(", ")",  "(",  ":",    "{",  "}",  "^",    "+",
                                            ",",     "'",  "語", "\xff", "😀", ".",  "text", "--"};
    for (int round = 0; round < 3000; ++round) {
        std::string typed;
        for (auto left = random() % 9; left > 0; --left) {
            typed += parts[random() % parts.size()] + (random() % 2 == 0 ? " " : "");
        }
        CAPTURE(typed);
        const auto query = read_text_query(typed);
        CHECK(query.match.empty() != query.problem.empty());
        CHECK_NOTHROW(here.scan.visit(query, {15, 1, all_nodes, true}, [](const text_match&) { return 0; }));
    }
}

TEST_CASE("a visitor says how far it goes on") {
    index_fixture here{{1000, 1 << 20}};
    for (std::int64_t node = 1; node <= 5000; ++node) {
        here.add(node, node % 7 == 0 ? "seven common" : "common");
    }
    for (const std::int64_t step : {1, 2, 31, 33, 500, 4000}) {
        CAPTURE(step);
        std::vector<std::int64_t> found;
        here.scan.visit(read_text_query("common"), {15, 1, all_nodes, false}, [&](const text_match& one) {
            found.push_back(one.node);
            return one.node - step;
        });
        std::vector<std::int64_t> wanted;
        for (std::int64_t node = 5000; node > 0; node -= step) {
            wanted.push_back(node);
        }
        CHECK(found == wanted);
    }
}

TEST_CASE("it is asked now and then whether to go on, where nothing is found, too") {
    index_fixture here{{200'000, 1 << 30}};
    for (std::int64_t node = 1; node <= 150'000; ++node) {
        here.add(node, node == 5 ? "two words" : "words two");
    }
    std::vector<std::int64_t> reached;
    std::vector<std::int64_t> found;
    text_span span{15, 1, 150'000, false};
    span.goes_on = [&](std::int64_t node) {
        reached.push_back(node);
        return reached.size() < 2;
    };
    const auto query = read_text_query("\"two words\"");
    const auto note = [&](const text_match& one) {
        found.push_back(one.node);
        return one.node - 1;
    };
    here.scan.visit(query, span, note);
    CHECK(reached.size() == 2);
    CHECK(reached.front() > 100'000);
    CHECK(found.empty());
    span.last = reached.back() - 1;
    span.goes_on = [](std::int64_t) { return true; };
    here.scan.visit(query, span, note);
    CHECK(found == std::vector<std::int64_t>{5});
}

TEST_CASE("a rare word counts more than a common one, in all generations alike") {
    index_fixture here{{100, 1 << 20}};
    for (std::int64_t node = 1; node <= 1000; ++node) {
        here.add(node, node % 500 == 0 ? "rare" : node == 3 || node == 777 ? "rare common" : "common");
    }
    const auto scored = here.matches("rare OR common", {15, 1, 1000, true});
    std::map<std::int64_t, double> of;
    for (const auto& one : scored) {
        of[one.node] = one.score;
    }
    CHECK(of.size() == 1000);
    CHECK(of[3] == Approx(of[777]));
    CHECK(of[500] > 2 * of[1]);
    CHECK(of[3] > 2 * of[1]);
}

TEST_CASE("text is split as the index splits it") {
    sqlite::connection db{":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
    const word_splitter splitter{db};
    std::mt19937 random{3};
    for (int round = 0; round < 500; ++round) {
        std::string text;
        for (auto left = random() % 6; left > 0; --left) {
            const auto& in = languages()[random() % languages().size()];
            text += sentence(in, random, random() % 5) + (random() % 3 == 0 ? std::string(300, 'A') : "") +
                    (random() % 5 == 0   ? "\xff"
                     : random() % 2 == 0 ? " "
                                         : "");
        }
        std::string written;
        append_words(written, text);
        std::vector<std::string> wanted;
        splitter.split_words(written, [&](std::string_view word, auto, auto) { wanted.emplace_back(word); });
        std::vector<std::string> found;
        splitter.split(text, [&](std::string_view word, std::size_t first, std::size_t end) {
            found.emplace_back(word);
            std::vector<std::string> again;
            splitter.split_words(text.substr(first, end - first),
                                 [&](std::string_view one, auto, auto) { again.emplace_back(one); });
            CHECK(again == std::vector{std::string{word}});
        });
        CAPTURE(text);
        CHECK(found == wanted);
    }
}

TEST_CASE("only the parts that are asked for are searched, ranked or scored, in spans of nodes") {
    index_fixture here{{2, 1 << 20}};
    here.index.add(1, {"word", "", "", ""});
    here.index.add(2, {"", "word", "", ""});
    here.index.add(3, {"", "", "word and much else that makes it less", ""});
    here.index.add(4, {"", "", "", "word"});
    here.index.add(5, {"", "", "", ""});
    CHECK(here.found("word", {2, 1, all_nodes, false}) == std::vector<std::int64_t>{2});
    CHECK(here.found("word", {12, 1, all_nodes, false}) == std::vector<std::int64_t>{3, 4});
    CHECK(here.found("word", {15, 1, all_nodes, false}, 3) == std::vector<std::int64_t>{2, 3, 4});
    CHECK(here.found("word", {15, 1, 2, false}) == std::vector<std::int64_t>{1, 2});
    CHECK(here.found("word", {15, 2, 3, false}) == std::vector<std::int64_t>{2, 3});
    CHECK(here.found("word", {0, 1, all_nodes, false}).empty());
    const auto scored = here.matches("word", {15, 1, all_nodes, true});
    REQUIRE(scored.size() == 4);
    CHECK(scored[0].score > scored[1].score);
    CHECK(scored[0].score == Approx(scored[2].score));
    CHECK(here.db.integer("SELECT count(*) FROM text_generation") == 2);
}

}  // namespace tapes::catalogue::text_scan_test
