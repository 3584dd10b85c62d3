#pragma once

#include "pass/rows.hpp"

#include <tapes/sqlite/connection.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_map>

namespace tapes::catalogue {

/// What sums of usage are kept by, but for the session: day, project, agent, provider, model, response model,
/// context.
using usage_columns_key = std::array<std::int64_t, 7>;

usage_columns_key usage_key_of(const contribution& one) noexcept;

/// Numbers the keys of usage; a number is never used for another one.
class usage_keys {
public:
    explicit usage_keys(sqlite::connection& db);

    std::int64_t id_of(const usage_columns_key& key);
    /// The key of a number that was given.
    usage_columns_key key_of(std::int64_t id);
    /// A transaction was rolled back.
    void forget();

private:
    static constexpr std::size_t limit = 4096;

    std::int64_t stored(const usage_columns_key& key);
    void remember(std::int64_t id, const usage_columns_key& key);

    sqlite::connection& db_;
    sqlite::statement find_, make_, read_;
    std::map<usage_columns_key, std::int64_t> ids_;
    std::unordered_map<std::int64_t, usage_columns_key> keys_;
};

}  // namespace tapes::catalogue
