#pragma once

#include "pass/rows.hpp"

#include <tapes/sqlite/connection.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

/// How values stand in columns.
namespace tapes::catalogue {

/// Binds values one after the other.
class value_binder {
public:
    explicit value_binder(sqlite::statement& to) : to_{to} {}

    value_binder& integer(std::int64_t value) {
        to_.integer(at_++, value);
        return *this;
    }
    value_binder& id(std::int64_t value) {
        to_.id(at_++, value);
        return *this;
    }
    value_binder& text(std::string_view value) {
        to_.text(at_++, value);
        return *this;
    }
    value_binder& optional_text(std::string_view value) {
        to_.optional_text(at_++, value);
        return *this;
    }
    value_binder& tokens(const token_sums& value) {
        return integer(value.input)
            .integer(value.cache_read)
            .integer(value.cache_write)
            .integer(value.cache_write_5m)
            .integer(value.cache_write_1h)
            .integer(value.output)
            .integer(value.reasoning);
    }
    void run() { to_.run(); }

private:
    sqlite::statement& to_;
    int at_ = 1;
};

inline constexpr int token_columns = 7;
inline token_sums tokens_at(const sqlite::statement& row, int at) {
    token_sums made;
    for (auto* const figure : {&made.input, &made.cache_read, &made.cache_write, &made.cache_write_5m,
                               &made.cache_write_1h, &made.output, &made.reasoning}) {
        *figure = row.integer_at(at++);
    }
    return made;
}

using id_pair = std::pair<std::int64_t, std::int64_t>;
struct id_pair_hash {
    std::size_t operator()(const id_pair& of) const noexcept {
        constexpr std::uint64_t spread = 0x9e3779b97f4a7c15;
        const auto mixed =
            (static_cast<std::uint64_t>(of.first) * spread) ^ static_cast<std::uint64_t>(of.second);
        return static_cast<std::size_t>((mixed ^ (mixed >> 32U)) * spread);
    }
};

struct view_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
        return std::hash<std::string_view>{}(text);
    }
};

/// The ids of small strings, which it makes. Bounded memory: they come from clients.
class name_table {
public:
    explicit name_table(sqlite::connection& db)
        : find_{db, "SELECT id FROM string WHERE value = ?1"},
          make_{db, "INSERT INTO string(value) VALUES(?1)"},
          db_{db} {}

    std::int64_t id_of(std::string_view value) {
        if (value.empty()) {
            return 0;
        }
        if (const auto known = known_.find(value); known != known_.end()) {
            return known->second;
        }
        if (known_.size() >= limit) {
            known_.clear();
        }
        return known_.emplace(std::string{value}, stored_id(value)).first->second;
    }
    void forget() { known_.clear(); }

private:
    static constexpr std::size_t limit = 16384;

    std::int64_t stored_id(std::string_view value) {
        const sqlite::reset_at_end guard{find_};
        find_.text(1, value);
        if (find_.step()) {
            return find_.integer_at(0);
        }
        make_.text(1, value);
        make_.run();
        return sqlite3_last_insert_rowid(db_.handle());
    }

    sqlite::statement find_;
    sqlite::statement make_;
    sqlite::connection& db_;
    std::unordered_map<std::string, std::int64_t, view_hash, std::equal_to<>> known_;
};

}  // namespace tapes::catalogue
