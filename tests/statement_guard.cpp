// Part of each test program whose tests open stores: has every statement that they prepare explained.
#include "statement_guard.hpp"

#include <tapes/sqlite/connection.hpp>

#include <algorithm>
#include <array>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

namespace tapes::test {

namespace {

struct exemption {
    std::string_view part;  ///< of the statement
    std::string_view reason;
};

constexpr std::array exemptions{
    exemption{"FROM sqlite_master", "a few dozen rows, once for each check"},
    exemption{"(SELECT head, session FROM exchange ORDER BY id DESC LIMIT",
              "a bounded number of newest rows"},
    exemption{"FROM exchange e JOIN exchanges v ON v.seq = e.id WHERE",
              "a list that a person asks for, by any of its columns, the newest first"},
    exemption{"FROM dead_letter WHERE 1", "a list that a person asks for, by any of its columns"},
    exemption{"FROM dead_letter WHERE (state = 'pending' OR state = 'scheduled')",
              "what a person discards or tries again, by any of its columns"},
    exemption{"FROM exchange_times", "a row for each 1,024 exchanges"},
    exemption{"CAST(hash AS TEXT), CAST(parent_hash AS TEXT) FROM nodes",
              "a file that is imported, read once"},
};

bool begins(const std::string& text, std::string_view with) {
    return std::string_view{text}.starts_with(with);
}

std::vector<std::string> plan_of(sqlite3* db, std::string_view sql) {
    const std::string text = "EXPLAIN QUERY PLAN " + std::string{sql};
    sqlite3_stmt* plan = nullptr;
    std::vector<std::string> lines;
    if (sqlite3_prepare_v2(db, text.c_str(), -1, &plan, nullptr) == SQLITE_OK) {
        while (sqlite3_step(plan) == SQLITE_ROW) {
            lines.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(plan, 3)));
        }
    }
    sqlite3_finalize(plan);
    return lines;
}

/// FTS5 says "SCAN x VIRTUAL TABLE INDEX 0:M1" where it looks words up.
bool looks_words_up(const std::string& line) {
    return line.find(" VIRTUAL TABLE INDEX ") != std::string::npos && line.find(":M") != std::string::npos;
}

/// A line "SCAN x" of what is no subquery, whose own rows are in other lines.
bool goes_through_table(const std::string& line, const std::vector<std::string>& plan) {
    // VALUES of one row are a "CONSTANT ROW", of several "8 CONSTANT ROWS".
    if (!begins(line, "SCAN ") || looks_words_up(line) || begins(line, "SCAN CONSTANT ROW") ||
        line.ends_with(" CONSTANT ROWS") || begins(line, "SCAN (subquery")) {
        return false;
    }
    const auto name = line.substr(5, line.find(' ', 5) - 5);
    return std::ranges::none_of(plan, [&](const std::string& other) {
        return other == "CO-ROUTINE " + name || other == "MATERIALIZE " + name;
    });
}

/// Each text once: plans do not depend on what is in the tables.
void refuse_bad_plans(sqlite3* db, std::string_view sql) {
    static std::mutex mutex;
    static std::set<std::string, std::less<>> seen;
    {
        const std::lock_guard guard{mutex};
        if (seen.contains(sql)) {
            return;
        }
        seen.emplace(sql);
    }
    if (const auto problem = problem_of_plan(db, sql); !problem.empty()) {
        throw std::logic_error{"the statement \"" + std::string{sql} + "\" " + problem};
    }
}

[[maybe_unused]] const bool installed = (sqlite::watch_of_statements = refuse_bad_plans, true);

}  // namespace

std::string problem_of_plan(sqlite3* db, std::string_view sql) {
    const bool exempt = std::ranges::any_of(
        exemptions, [&](const exemption& one) { return sql.find(one.part) != std::string_view::npos; });
    if (sql.find('?') == std::string_view::npos || exempt) {
        return {};
    }
    const auto plan = plan_of(db, sql);
    for (const auto& line : plan) {
        if (goes_through_table(line, plan)) {
            return "goes through a whole table: " + line;
        }
        if (line.find("TEMP B-TREE") != std::string::npos && sql.find("LIMIT") != std::string_view::npos) {
            return "sorts all for a page: " + line;
        }
    }
    return {};
}

}  // namespace tapes::test
