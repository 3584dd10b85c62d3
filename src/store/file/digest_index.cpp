#include "file/digest_index.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <iterator>
#include <new>
#include <random>
#include <system_error>

namespace tapes::store {

std::int64_t prefix_of(const merkle::digest& digest) noexcept {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        value = value << 8U | digest[i];
    }
    return static_cast<std::int64_t>(value);
}

std::size_t digest_hash::operator()(const merkle::digest& digest) const noexcept {
    using numbers = std::array<std::uint64_t, sizeof(merkle::digest) / sizeof(std::uint64_t)>;
    static const numbers secret = [] {
        numbers made{};
        std::random_device random;
        for (auto& one : made) {
            one = (std::uint64_t{random()} << 32U | random()) | 1U;
        }
        return made;
    }();
    numbers words{};
    std::memcpy(words.data(), digest.data(), sizeof words);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto half = words[i] ^ secret[i];
        sum += (half ^ half >> 32U) * secret[(i + 1) % words.size()];
    }
    return static_cast<std::size_t>(sum ^ sum >> 29U);
}

std::size_t digest_index::flat_map::place(std::int64_t prefix) const noexcept {
    auto at = static_cast<std::size_t>(prefix) & (heads_.size() - 1);
    while (heads_[at].used && heads_[at].prefix != prefix) {
        at = (at + 1) & (heads_.size() - 1);
    }
    return at;
}

void digest_index::flat_map::add(slot one) {
    if (used_ * 4 >= heads_.size() * 3) {
        grow();
    }
    auto& from = heads_[place(one.first)];
    if (!from.used) {
        from = {one.first, none, true};
        ++used_;
    }
    entries_.push_back({one.first, one.second, from.newest});
    from.newest = static_cast<std::uint32_t>(entries_.size() - 1);
}

void digest_index::flat_map::grow() {
    // Room for all that gathers: to move them all would make a commit wait.
    constexpr std::size_t least = 2 * generation;
    entries_.reserve(generation);
    const auto before = std::exchange(heads_, std::vector<head>(std::max(least, heads_.size() * 2)));
    for (const auto& one : before) {
        if (one.used) {
            heads_[place(one.prefix)] = one;
        }
    }
}

void digest_index::flat_map::find(std::int64_t prefix, std::vector<std::int64_t>& out,
                                  std::size_t most) const {
    if (heads_.empty()) {
        return;
    }
    const auto& from = heads_[place(prefix)];
    for (auto at = from.newest; at != none && most-- > 0; at = entries_[at].older) {
        out.push_back(entries_[at].id);
    }
}

std::vector<digest_index::slot> digest_index::flat_map::sorted() const {
    std::vector<slot> all;
    all.reserve(entries_.size());
    for (const auto& one : entries_) {
        all.emplace_back(one.prefix, one.id);
    }
    std::sort(all.begin(), all.end());
    return all;
}

void digest_index::flat_map::forget_from(std::int64_t id) {
    for (; !entries_.empty() && entries_.back().id >= id; entries_.pop_back()) {
        heads_[place(entries_.back().prefix)].newest = entries_.back().older;
    }
}

digest_index::digest_index(std::string table, std::string rows, std::string column)
    : table_{std::move(table)}, rows_{std::move(rows)}, column_{std::move(column)} {}

void digest_index::find_recent(std::int64_t prefix, std::vector<std::int64_t>& out, std::size_t most) const {
    const auto before = out.size();
    const sync::read_lock guard{mutex_};
    young_.find(prefix, out, most);
    frozen_.find(prefix, out, most - (out.size() - before));  // all of them are older
}

void digest_index::load(connection& db) {
    statement tail{db, "SELECT id, " + column_ + " FROM " + rows_ + " WHERE id > ?1 AND " + column_ +
                           " IS NOT NULL ORDER BY id LIMIT ?2"};
    sorting_ = {};
    const sync::write_lock guard{mutex_};
    young_ = {};
    frozen_ = {};
    sorted_.clear();
    auto after = indexed_to(db);
    for (bool more = true; more;) {
        std::vector<slot> read;
        {
            const reset_at_end done{tail};
            tail.integer(1, after);
            tail.integer(2, static_cast<std::int64_t>(generation));
            merkle::digest digest{};
            while (tail.step()) {
                const auto bytes = tail.blob_at(1);
                std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
                read.emplace_back(prefix_of(digest), tail.integer_at(0));
            }
        }
        more = read.size() == generation;
        const auto newest = db.integer("SELECT max(id) FROM " + rows_);
        // Rows without a digest are not read again at every start.
        const bool sparse = !more && newest - after > static_cast<std::int64_t>(2 * generation);
        if (!more && !sparse) {
            for (const auto& one : read) {
                young_.add(one);
            }
            return;
        }
        after = more ? read.back().second : newest;
        std::sort(read.begin(), read.end());
        sorted_ = std::move(read);
        db.exec("BEGIN IMMEDIATE");
        try {
            insert(db, 0, sorted_.size());
            set_indexed_to(db, after);
            db.exec("COMMIT");
        } catch (...) {
            db.rollback();
            sorted_.clear();
            throw;
        }
        sorted_.clear();
    }
}

void digest_index::add(const merkle::digest& digest, std::int64_t id) {
    const sync::write_lock guard{mutex_};
    young_.add({prefix_of(digest), id});
}

void digest_index::forget_from(std::int64_t id) {
    const sync::write_lock guard{mutex_};
    young_.forget_from(id);
}

void digest_index::freeze() {
    if (merging() || young_size() == 0) {
        return;
    }
    merged_ = merged_now_ = owed_ = 0;
    {
        const sync::write_lock guard{mutex_};
        frozen_ = std::exchange(young_, {});
    }
    start_sort();
}

/// Without the lock, which `add` would wait for: while a sort is under way nobody changes `frozen_`.
std::vector<digest_index::slot> digest_index::sort_frozen() const TAPES_NO_THREAD_SAFETY_ANALYSIS {
    return frozen_.sorted();
}

std::size_t digest_index::young_size() const {
    const sync::read_lock guard{mutex_};
    return young_.size();
}

void digest_index::start_sort() {
    try {
        sorting_ = std::async(std::launch::async, [this] { return sort_frozen(); });
    } catch (const std::system_error&) {  // no thread is to be had
        sorting_ = std::async(std::launch::deferred, [this] { return sort_frozen(); });
    }
}

/// What has been sorted is to go into the table.
void digest_index::take_sorted() {
    if (!sorting_.valid() || sorting_.wait_for(std::chrono::seconds{0}) == std::future_status::timeout) {
        return;
    }
    try {
        sorted_ = sorting_.get();
    } catch (const std::bad_alloc&) {
        start_sort();
        return;
    }
    sorted_to_ = 0;
    for (const auto& one : sorted_) {
        sorted_to_ = std::max(sorted_to_, one.second);
    }
}

void digest_index::freeze_some() {
    constexpr std::size_t few = 4096;
    if (young_size() > few) {
        freeze();
    }
    if (sorting_.valid()) {
        sorting_.wait();
    }
}

void digest_index::merge(connection& db, std::size_t share) {
    take_sorted();
    if (sorted_.empty()) {
        return;
    }
    owed_ += share;
    const auto to = std::min(sorted_.size(), merged_ + owed_);
    if (to - merged_ < least_lot && to < sorted_.size()) {
        return;
    }
    insert(db, merged_, to);
    merged_now_ = to;
    if (to == sorted_.size()) {
        set_indexed_to(db, sorted_to_);
    }
}

void digest_index::committed() {
    if (merged_now_ > merged_) {
        merged_ = merged_now_;
        owed_ = 0;
    }
    merged_now_ = 0;
    if (!sorted_.empty() && merged_ == sorted_.size()) {
        sorted_ = {};
        merged_ = 0;
        const sync::write_lock guard{mutex_};
        frozen_ = {};
    }
    if (young_size() >= generation) {
        freeze();
    }
}

void digest_index::rolled_back() noexcept {
    merged_now_ = 0;
}

void digest_index::insert(connection& db, std::size_t from, std::size_t to) const {
    statement row{db, "INSERT OR IGNORE INTO " + table_ + "(prefix, row) VALUES(?1, ?2)"};
    for (auto at = from; at < to; ++at) {
        row.integer(1, sorted_[at].first);
        row.integer(2, sorted_[at].second);
        row.run();
    }
}

std::int64_t digest_index::indexed_to(connection& db) const {
    return db.integer("SELECT indexed_to FROM index_state WHERE name = '" + table_ + "'");
}

void digest_index::set_indexed_to(connection& db, std::int64_t id) const {
    db.exec("INSERT INTO index_state(name, indexed_to) VALUES('" + table_ + "', " + std::to_string(id) +
            ") ON CONFLICT(name) DO UPDATE SET indexed_to = excluded.indexed_to");
}

digest_table::digest_table(connection& db, const digest_index& of)
    : find_{db, "SELECT row FROM " + of.table() + " WHERE prefix = ?1 ORDER BY row DESC"} {}

void digest_table::find(std::int64_t prefix, std::vector<std::int64_t>& out) {
    const reset_at_end guard{find_};
    find_.integer(1, prefix);
    while (find_.step()) {
        out.push_back(find_.integer_at(0));
    }
}

}  // namespace tapes::store
