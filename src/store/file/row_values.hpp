#pragma once

#include "file/sqlite.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/merkle/usage.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

/// How values stand in the columns of rows, for all who read and write them.
namespace tapes::store {

/// Nothing where the bytes are no digest.
std::optional<merkle::digest> digest_of(std::span<const std::uint8_t> bytes);

/// The seven figures of a usage, from column `at` on.
inline constexpr int usage_columns = 7;
merkle::usage usage_at(const statement& row, int at);
void bind_usage(statement& row, int at, const merkle::usage& used);

/// The texts of `string`. Bounded memory: names come from clients.
class string_table {
public:
    explicit string_table(connection& db) : find_{db, "SELECT value FROM string WHERE id = ?1"} {}

    /// "" for 0; nothing where there is no such row. Valid until the next call.
    const std::string* find(std::int64_t id);
    /// As above, but "" where there is no such row.
    std::string text(std::int64_t id);
    /// A transaction was rolled back: ids that it made are used again.
    void forget() { known_.clear(); }

private:
    static constexpr std::size_t limit = 16384;
    statement find_;
    std::unordered_map<std::int64_t, std::string> known_;
    const std::string none_;
};

}  // namespace tapes::store
