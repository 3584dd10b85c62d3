#include "text/text_scan.hpp"

#include "text/text_tables.hpp"

#include <tapes/catalogue/node_text.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>

namespace tapes::catalogue {

namespace {

/// So many of the newest nodes with a phrase tell how rare it is. Of those with several words so many nodes
/// are looked at: of frequent words that hardly ever follow each other all would be read.
constexpr std::int64_t most_sampled = 512;
constexpr std::int64_t most_looked_at = 20'000;
/// A query that is answered so quickly looks further the next time.
constexpr std::chrono::milliseconds quick{5};
constexpr std::int64_t least_nodes = 32'768;
constexpr std::int64_t most_nodes = std::int64_t{1} << 40;
/// FTS5 gathers all nodes with any word that begins so whenever it begins anew.
constexpr int never = std::numeric_limits<int>::max();

std::string match_within(const std::string& match, unsigned parts) {
    if ((parts & all_text_parts) == all_text_parts) {
        return match;
    }
    std::string columns;
    for (std::size_t i = 0; i < text_parts; ++i) {
        columns += (parts >> i & 1U) != 0 ? std::string{to_string(static_cast<text_part>(i))} + ' ' : "";
    }
    return "{" + columns + "} : (" + match + ")";
}

}  // namespace

text_scan::text_scan(sqlite::connection& db) : db_{db}, splitter_{db}, score_{db} {}

bool text_scan::has_index() {
    sqlite::statement there{db_, "SELECT 1 FROM sqlite_master WHERE name = 'text_generation'"};
    return there.step();
}

std::vector<text_scan::generation> text_scan::generations() {
    std::vector<generation> all;
    if (!has_index()) {
        return all;
    }
    sqlite::statement list{db_, "SELECT id, first_node FROM text_generation ORDER BY first_node DESC"};
    while (list.step()) {
        all.push_back({list.integer_at(0), list.integer_at(1)});
    }
    std::erase_if(statements_, [&](const auto& one) {
        return std::ranges::find(all, one.first, &generation::id) == all.end();
    });
    return all;
}

sqlite::statement& text_scan::statement_of(std::int64_t generation, bool scored) {
    auto& its = scored ? statements_[generation].scored : statements_[generation].plain;
    if (its == nullptr) {
        const auto table = text_table(generation);
        its = std::make_unique<sqlite::statement>(
            db_, "SELECT rowid" + (scored ? ", tapes_score(" + table + ")" : std::string{}) + " FROM " +
                     table + " WHERE " + table + " MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid DESC");
    }
    return *its;
}

void text_scan::visit(const text_query& query, const text_span& span, const visitor& each) {
    if (query.match.empty() || (span.parts & all_text_parts) == 0) {
        return;
    }
    const auto all = generations();
    if (all.empty()) {
        return;
    }
    if (span.scored) {
        score_.weigh(weights_of(query, span, all));
    }
    const auto match = match_within(query.match, span.parts);
    const bool gathers = std::ranges::any_of(query.phrases, &text_phrase::is_beginning);
    pace at{gathers ? most_nodes : least_nodes, gathers ? never : 32};
    auto last = std::min(span.last, std::max(last_of(all.front().id), all.front().first));
    for (const auto& one : all) {
        if (last < span.first) {
            return;
        }
        if (one.first > last) {
            continue;
        }
        auto& its = statement_of(one.id, span.scored);
        its.reset();
        its.text(1, match);
        const auto wanted = [&](const text_match& found) {
            last = std::min(each(found), found.node - 1);
            return last;
        };
        const text_span part{span.parts, std::max(span.first, one.first), last, span.scored, span.goes_on};
        if (!visit_generation(one.id, part, at, wanted)) {
            return;
        }
        last = std::min(last, one.first - 1);
    }
}

std::int64_t text_scan::last_of(std::int64_t generation) {
    return db_.integer("SELECT id FROM " + text_table(generation) + "_docsize ORDER BY id DESC LIMIT 1");
}

bool text_scan::visit_generation(std::int64_t generation, const text_span& span, pace& at,
                                 const visitor& each) {
    auto& query = statement_of(generation, span.scored);
    const sqlite::reset_at_end guard{query};
    auto last = span.last;
    while (last >= span.first) {
        const auto first = last - span.first < at.nodes ? span.first : last - at.nodes + 1;
        const auto begun = std::chrono::steady_clock::now();
        std::int64_t wanted = first - 1;
        const auto note = [&](const text_match& one) { return wanted = each(one); };
        if (!visit_rows(query, {span.parts, first, last, span.scored}, at.most_passed, note)) {
            return false;
        }
        last = std::min(first - 1, wanted);
        if (span.goes_on && !span.goes_on(last + 1)) {
            return false;
        }
        if (std::chrono::steady_clock::now() - begun < quick) {
            at.nodes = std::min(most_nodes, at.nodes * 4);
        }
    }
    return true;
}

bool text_scan::visit_rows(sqlite::statement& query, const text_span& span, int most_passed,
                           const visitor& each) {
    auto wanted = span.last;
    while (wanted >= span.first) {
        query.reset();
        query.integer(2, span.first);
        query.integer(3, wanted);
        int passed = 0;
        while (passed < most_passed) {
            if (!query.step()) {
                return true;
            }
            const auto node = query.integer_at(0);
            if (node > wanted) {
                ++passed;
                continue;
            }
            passed = 0;
            wanted = each({node, span.scored ? query.real_at(1) : 0});
            if (wanted <= 0) {
                return false;
            }
            if (wanted < span.first) {
                return true;
            }
        }
    }
    return true;
}

std::vector<double> text_scan::weights_of(const text_query& query, const text_span& span,
                                          const std::vector<generation>& all) {
    std::vector<double> weights;
    const auto wanted = std::ranges::count(query.phrases, false, &text_phrase::excluded);
    for (const auto& one : query.phrases) {
        std::size_t words = 0;
        splitter_.split_words(one.words, [&](auto, auto, auto) { ++words; });
        if (words != 0) {
            const bool alike = wanted == 1 || one.is_beginning;
            weights.push_back(one.excluded ? 0 : alike ? 1 : rarity(one, words > 1, span, all));
        }
    }
    return weights;
}

/// The inverse document frequency of bm25, by the newest nodes that have the phrase.
double text_scan::rarity(const text_phrase& phrase, bool several, const text_span& span,
                         const std::vector<generation>& all) {
    const auto match = match_within(phrase_match(phrase), span.parts);
    const auto newest = std::min(span.last, std::numeric_limits<std::int64_t>::max() - 1) + 1;
    // By ids, not by what is counted: it stays the same while nodes are added.
    double sampled = 0;
    std::int64_t found = 0;
    auto end = newest;
    for (const auto& one : all) {
        if (one.first >= end) {
            continue;
        }
        const auto first = several ? std::max(one.first, newest - most_looked_at) : one.first;
        if (first >= end) {
            break;
        }
        auto& its = statement_of(one.id, false);
        const sqlite::reset_at_end guard{its};
        its.reset();
        its.text(1, match);
        its.integer(2, first);
        its.integer(3, end - 1);
        auto reached = first;
        while (found < most_sampled && its.step()) {
            reached = ++found < most_sampled ? first : its.integer_at(0);
        }
        sampled += static_cast<double>(end - reached);
        if (found >= most_sampled) {
            break;
        }
        end = one.first;
    }
    if (sampled == 0) {
        return 1;
    }
    const auto nodes = static_cast<double>(newest - all.back().first);
    const double with = nodes * static_cast<double>(found) / sampled;
    return std::log1p((nodes - with + 0.5) / (with + 0.5));
}

}  // namespace tapes::catalogue
