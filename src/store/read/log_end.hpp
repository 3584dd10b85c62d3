#pragma once

#include "file/sqlite.hpp"

#include <cstdint>
#include <optional>

namespace tapes::store {

/// Where the log ends, and when its rows were committed. Belongs to a connection.
class log_end {
public:
    explicit log_end(connection& db)
        : seq_{db, "SELECT coalesce(max(seq), 0) FROM log"},
          node_{db, "SELECT coalesce(max(id), 0) FROM node"},
          at_{db, "SELECT at FROM log WHERE seq = ?1"} {}

    std::uint64_t last_seq() { return static_cast<std::uint64_t>(first_of(seq_).value_or(0)); }
    std::int64_t last_node() { return first_of(node_).value_or(0); }
    /// Nothing where there is no row of that number.
    std::optional<std::int64_t> committed_at(std::uint64_t seq) {
        at_.integer(1, static_cast<std::int64_t>(seq));
        return first_of(at_);
    }

private:
    static std::optional<std::int64_t> first_of(statement& query) {
        const reset_at_end guard{query};
        return query.step() ? std::optional{query.integer_at(0)} : std::nullopt;
    }

    statement seq_, node_, at_;
};

}  // namespace tapes::store
