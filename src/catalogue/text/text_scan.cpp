#include "text/text_scan.hpp"

#include "text/text_tables.hpp"

#include <tapes/catalogue/node_text.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tapes::catalogue {

namespace {

/// So many rows that are not wanted are passed before the query begins anew at the next one that is.
constexpr int most_passed = 32;
/// So many of the newest nodes with a phrase tell how rare it is.
constexpr std::int64_t most_sampled = 512;

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
    sqlite::statement list{db_, "SELECT id, first_node, nodes FROM text_generation ORDER BY first_node DESC"};
    while (list.step()) {
        all.push_back({list.integer_at(0), list.integer_at(1), list.integer_at(2)});
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
    if (span.scored) {
        score_.weigh(weights_of(query, span, all));
    }
    const auto match = match_within(query.match, span.parts);
    auto last = span.last;
    for (const auto& one : all) {
        if (last < span.first) {
            return;
        }
        if (one.first > last) {
            continue;
        }
        auto& its = statement_of(one.id, span.scored);
        const sqlite::reset_at_end guard{its};
        its.reset();
        its.text(1, match);
        const auto wanted = [&](const text_match& found) {
            last = std::min(each(found), found.node - 1);
            return last;
        };
        if (!visit_generation(its, {span.parts, std::max(span.first, one.first), last, span.scored},
                              wanted)) {
            return;
        }
        last = std::min(last, one.first - 1);
    }
}

bool text_scan::visit_generation(sqlite::statement& query, const text_span& span, const visitor& each) {
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
        bool has_word = false;
        splitter_.split_words(one.words, [&](auto, auto, auto) { has_word = true; });
        if (has_word) {
            weights.push_back(one.excluded ? 0 : wanted == 1 ? 1 : rarity(one, span, all));
        }
    }
    return weights;
}

/// The inverse document frequency of bm25, by the newest nodes that have the phrase.
double text_scan::rarity(const text_phrase& phrase, const text_span& span,
                         const std::vector<generation>& all) {
    const auto match = match_within(phrase_match(phrase), span.parts);
    double nodes = 0;
    double sampled = 0;
    std::int64_t found = 0;
    auto end = std::min(span.last, std::numeric_limits<std::int64_t>::max() - 1) + 1;
    for (const auto& one : all) {
        if (one.first >= end) {
            continue;
        }
        auto& its = statement_of(one.id, false);
        const sqlite::reset_at_end guard{its};
        its.text(1, match);
        its.integer(2, one.first);
        its.integer(3, end - 1);
        auto reached = end;
        while (found < most_sampled && its.step()) {
            reached = its.integer_at(0);
            ++found;
        }
        const auto all_of_it =
            static_cast<double>(std::min(end - one.first, std::max<std::int64_t>(one.nodes, 1)));
        nodes += all_of_it;
        sampled +=
            std::min(all_of_it, static_cast<double>(end - (found < most_sampled ? one.first : reached)));
        if (found >= most_sampled) {
            nodes += static_cast<double>(one.first - all.back().first);
            break;
        }
        end = one.first;
    }
    if (sampled == 0) {
        return 1;
    }
    const double with = nodes * static_cast<double>(found) / sampled;
    return std::log1p((nodes - with + 0.5) / (with + 0.5));
}

}  // namespace tapes::catalogue
