#include "text/text_search.hpp"

#include "text/text_tables.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>

namespace tapes::catalogue {

namespace {

std::vector<std::int64_t> generations(sqlite::connection& db) {
    std::vector<std::int64_t> all;
    sqlite::statement there{db, "SELECT 1 FROM sqlite_master WHERE name = 'text_generation'"};
    if (!there.step()) {
        return all;
    }
    sqlite::statement list{db, "SELECT id FROM text_generation ORDER BY first_node DESC"};
    while (list.step()) {
        all.push_back(list.integer_at(0));
    }
    return all;
}

std::string match_within(const text_query& query, unsigned parts) {
    constexpr std::array names{"text", "tool_arguments", "tool_results", "thinking"};
    constexpr unsigned all = (1U << names.size()) - 1;
    if ((parts & all) == all) {
        return query.match;
    }
    std::string columns;
    for (std::size_t i = 0; i < names.size(); ++i) {
        columns += (parts >> i & 1U) != 0 ? std::string{names[i]} + ' ' : std::string{};
    }
    return "{" + columns + "} : (" + query.match + ")";
}

void find_in(sqlite::connection& db, const std::string& table, const std::string& match,
             const text_choice& choice, std::size_t most, std::vector<text_hit>& hits) {
    const std::string order = choice.ranked ? "rank" : "rowid DESC";
    sqlite::statement query{db, "SELECT rowid" + std::string{choice.ranked ? ", rank" : ""} + " FROM " +
                                    table + " WHERE " + table + " MATCH ?1 AND rowid < ?2 ORDER BY " + order +
                                    " LIMIT ?3"};
    query.text(1, match);
    query.integer(2, choice.before == 0 ? std::numeric_limits<std::int64_t>::max() : choice.before);
    query.integer(3, static_cast<std::int64_t>(most));
    while (query.step()) {
        auto& hit = hits.emplace_back();
        hit.node = query.integer_at(0);
        hit.rank = choice.ranked ? query.real_at(1) : 0;
    }
}

}  // namespace

std::vector<text_hit> find_text(sqlite::connection& db, const text_query& query, const text_choice& choice) {
    std::vector<text_hit> hits;
    if (query.match.empty() || (choice.parts & 15U) == 0) {
        return hits;
    }
    const auto match = match_within(query, choice.parts);
    for (const auto id : generations(db)) {
        if (!choice.ranked && hits.size() >= choice.most) {
            break;
        }
        find_in(db, text_table(id), match, choice, choice.ranked ? choice.most : choice.most - hits.size(),
                hits);
    }
    if (choice.ranked) {
        std::stable_sort(hits.begin(), hits.end(),
                         [](const text_hit& one, const text_hit& other) { return one.rank < other.rank; });
    }
    hits.resize(std::min(hits.size(), choice.most));
    return hits;
}

}  // namespace tapes::catalogue
