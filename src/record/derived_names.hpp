#pragma once

#include "id_set.hpp"
#include "turn_again.hpp"

#include <tapes/store/derived_rows.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/history.hpp>
#include <tapes/store/verify.hpp>

#include <array>
#include <cstdint>
#include <vector>

namespace tapes::record {

/// Checks that each name of an item or a conversation leads to an exchange that gave it (that the names that
/// an exchange gave lead to it is for turn_comparison). Names come in another order than exchanges: of both
/// it takes sums over many hashes, and looks only at the names whose sums differ one by one. Both readers
/// must outlive it. For one thread at a time.
class derived_names {
public:
    derived_names(store::derived_rows& rows, store::history& history);

    /// Takes a turn that is what its bytes give. `made` must be that turn.
    void add(const store::kept_exchange& row, const store::entry& made);
    /// Takes an exchange that is no turn, or cannot be proved.
    void pass(const store::kept_exchange& row) { last_ = row.seq; }

    /// Call it once, after the last exchange. Returns how many names lead to exchanges whose bytes cannot
    /// tell.
    std::uint64_t finish(const turn_again& again, store::findings& wrong);

private:
    struct sums {
        static constexpr std::size_t count = std::size_t{1} << 16;
        std::vector<std::uint64_t> hashes = std::vector<std::uint64_t>(count);
    };

    template <class Visit>
    void each(store::name_kind kind, Visit&& visit);
    bool is_wrong(store::name_kind kind, const store::derived_rows::name& one, const turn_again& again);

    store::derived_rows& rows_;
    store::history& history_;
    id_set proved_;
    std::array<sums, 2> given_;  ///< by kind
    std::int64_t last_ = 0;
};

}  // namespace tapes::record
