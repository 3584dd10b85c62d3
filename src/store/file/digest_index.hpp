#pragma once

#include "file/sqlite.hpp"

#include <tapes/merkle/digest.hpp>
#include <tapes/sync/shared_mutex.hpp>

#include <cstddef>
#include <cstdint>
#include <future>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace tapes::store {

/// The first eight bytes of a digest: what rows are found by before the whole digest is compared.
std::int64_t prefix_of(const merkle::digest& digest) noexcept;

/// For containers by digest. Who chooses digests, without having to find what they are of (rows of an import,
/// say), cannot choose which of them meet: the sum is multiplied by numbers that only this process knows.
struct digest_hash {
    std::size_t operator()(const merkle::digest& digest) const noexcept;
};

/// Which rows have a digest. Digests come in no order, so an index kept row by row would dirty a page of its
/// own for each: the newest rows are kept in memory, and go into the table `prefix → row` in the order of
/// their prefixes, a little with each transaction, once there are many of them. What has not gone there is
/// read again from the rows themselves at the next start.
///
/// A row found is a candidate: the caller compares the whole digest. `find_recent` may be called by any
/// thread; everything else by the writer's.
class digest_index {
public:
    /// So many rows gather before they are sorted into the table.
    static constexpr std::size_t generation = 65536;
    /// So many go into the table at least, with one transaction.
    static constexpr std::size_t least_lot = 64;

    /// `table`: of the prefixes; `rows` and `column`: where digests are, NULL for none.
    digest_index(std::string table, std::string rows, std::string column);

    /// Ids of the newest rows with this prefix, newest first, at most `most`. They may not be committed yet.
    void find_recent(std::int64_t prefix, std::vector<std::int64_t>& out,
                     std::size_t most = std::numeric_limits<std::size_t>::max()) const;

    /// Reads what the table lacks; sorts most of it in where that is much, in transactions of its own.
    void load(connection& db);

    void add(const merkle::digest& digest, std::int64_t id);
    /// Rows from `id` on do not exist.
    void forget_from(std::int64_t id);

    /// Sorts `share` more rows in, within the caller's transaction, which ends in `committed` or
    /// `rolled_back`. Small shares gather to a lot first: neighbours share a page.
    void merge(connection& db, std::size_t share);
    void committed();
    void rolled_back() noexcept;
    /// Outside of a transaction, with nothing else to do: the rows so far are to be sorted in unless they are
    /// few.
    void freeze_some();
    bool merging() const noexcept { return sorting_.valid() || !sorted_.empty(); }

    const std::string& table() const noexcept { return table_; }
    const std::string& rows() const noexcept { return rows_; }
    const std::string& column() const noexcept { return column_; }

private:
    using slot = std::pair<std::int64_t, std::int64_t>;  ///< prefix, id

    /// Prefix to ids, open addressing. Ids are added in their order. Those of one prefix hang from one place,
    /// so that many of them cost no more than few.
    class flat_map {
    public:
        void add(slot one);
        /// The newest first, at most `most`.
        void find(std::int64_t prefix, std::vector<std::int64_t>& out, std::size_t most) const;
        std::vector<slot> sorted() const;
        void forget_from(std::int64_t id);
        std::size_t size() const noexcept { return entries_.size(); }

    private:
        static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();
        struct head {
            std::int64_t prefix = 0;
            std::uint32_t newest = none;  ///< of `entries_`
            bool used = false;
        };
        struct entry {
            std::int64_t prefix;
            std::int64_t id;
            std::uint32_t older;  ///< with the same prefix
        };

        /// The place of the prefix, or the free one where it belongs.
        std::size_t place(std::int64_t prefix) const noexcept;
        void grow();

        std::vector<head> heads_;
        std::vector<entry> entries_;
        std::size_t used_ = 0;  ///< of `heads_`
    };

    void freeze();
    std::vector<slot> sort_frozen() const;
    std::size_t young_size() const;
    void start_sort();
    void take_sorted();
    void insert(connection& db, std::size_t from, std::size_t to) const;
    std::int64_t indexed_to(connection& db) const;
    void set_indexed_to(connection& db, std::int64_t id) const;

    std::string table_;
    std::string rows_;
    std::string column_;

    mutable sync::shared_mutex mutex_;
    flat_map young_ TAPES_GUARDED_BY(mutex_);
    flat_map frozen_ TAPES_GUARDED_BY(mutex_);  ///< what `sorted_` holds

    std::future<std::vector<slot>> sorting_;  ///< of `frozen_`, beside the commits: it takes milliseconds
    std::vector<slot> sorted_;                ///< on its way into the table
    std::int64_t sorted_to_ = 0;
    std::size_t merged_ = 0;      ///< of `sorted_`, committed
    std::size_t merged_now_ = 0;  ///< with the transaction at hand
    std::size_t owed_ = 0;        ///< shares that have not made a lot yet
};

/// Reads the table of a digest_index, on a connection of its own.
class digest_table {
public:
    digest_table(connection& db, const digest_index& of);

    /// Ids of the rows with this prefix, newest first, behind what `out` holds.
    void find(std::int64_t prefix, std::vector<std::int64_t>& out);

private:
    statement find_;
};

}  // namespace tapes::store
