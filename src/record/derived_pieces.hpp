#pragma once

#include "id_set.hpp"
#include "turn_again.hpp"

#include <tapes/store/derived_rows.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/history.hpp>
#include <tapes/store/verify.hpp>

#include <cstdint>
#include <map>
#include <unordered_set>

namespace tapes::record {

/// Checks what pieces of a history lead to: the node of a piece stands as far above the end of a request that
/// holds it as the piece does. That is nearly always the first request that holds it; where it is not, a
/// second pass looks at the others. The readers must outlive it. For one thread at a time.
class derived_pieces {
public:
    derived_pieces(store::derived_rows& rows, store::history& history) : rows_{rows}, history_{history} {}

    /// Takes an exchange that is what its bytes give, turn or not. `made` must be that turn.
    void add(const store::kept_exchange& row, const store::entry& made);
    /// Takes an exchange that cannot be proved.
    void pass(const store::kept_exchange& row);

    /// Tells whether a second pass is wanted.
    bool is_open() const noexcept { return !open_.empty(); }
    /// Looks at an exchange once more, which is made again only where it holds a piece that is open.
    void add_again(const store::kept_exchange& row, const turn_again& again);

    /// Call it once, at the end. Returns how many nodes of pieces belong to requests whose bytes cannot tell.
    std::uint64_t finish(store::findings& wrong) const;

private:
    /// What a piece leads to.
    struct goal {
        std::int64_t node = 0;
        std::int64_t leading = 0;
    };
    /// As many are looked at a second time. More are so only where a store was made to have them.
    static constexpr std::size_t most_open = 65536;

    template <class Visit>
    void each_unseen(const store::kept_exchange& row, Visit&& visit);
    bool holds_open(std::int64_t last);

    store::derived_rows& rows_;
    store::history& history_;
    id_set seen_;
    std::map<std::int64_t, goal> open_;
    id_set clear_;                            ///< pieces with no open one among them and those before
    std::unordered_set<std::int64_t> below_;  ///< pieces behind an open one
    std::uint64_t unproved_ = 0;
};

}  // namespace tapes::record
