#pragma once

#include "id_set.hpp"

#include <tapes/store/derived_rows.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/history.hpp>
#include <tapes/store/verify.hpp>

#include <cstdint>
#include <set>
#include <unordered_map>
#include <vector>

namespace tapes::record {

/// Checks that each variant of a node was given by an answer that is this node (that what an answer gave is
/// kept is for turn_comparison). The readers must outlive it. For one thread at a time.
class derived_variants {
public:
    derived_variants(store::derived_rows& rows, store::exchange_reader& exchanges, store::history& history)
        : rows_{rows}, exchanges_{exchanges}, history_{history} {}

    /// Takes a turn that is what its bytes give. `made` must be that turn.
    void add(const store::kept_exchange& row, const store::entry& made);
    /// Takes an exchange that is no turn, or cannot be proved.
    void pass(const store::kept_exchange& row);

    /// Call it once, after the last exchange. Returns how many variants belong to answers whose bytes cannot
    /// tell.
    std::uint64_t finish(store::findings& wrong);

private:
    std::vector<std::int64_t> answers_of(const store::kept_exchange& row);
    void set_amended_apart();

    store::derived_rows& rows_;
    store::exchange_reader& exchanges_;
    store::history& history_;
    id_set proved_;    ///< answers whose bytes were seen
    id_set unproved_;  ///< answers of which some bytes were not
    /// Variants of proved answers that were given by none of them so far. Nearly always empty.
    std::unordered_map<std::int64_t, std::set<std::int64_t>> not_given_;
    std::set<std::int64_t> amended_above_;  ///< the last nodes of requests whose answers became fuller
    std::int64_t last_ = 0;
};

}  // namespace tapes::record
