#include "read/newest_digests.hpp"

#include "file/digest_index.hpp"

#include <algorithm>

namespace tapes::store {

namespace {

/// A writer leaves about two generations out of its tables; with more, most of what is held is in them.
constexpr std::size_t most_held = 6 * digest_index::generation;

std::int64_t prefix_at(const statement& row, int column) {
    merkle::digest digest{};
    const auto bytes = row.blob_at(column);
    std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
    return prefix_of(digest);
}

}  // namespace

newest_digests::newest_digests(connection& db)
    : behind_{db, "SELECT id, hash, match FROM node WHERE id > ?1 ORDER BY id"},
      indexed_to_{db,
                  "SELECT min(coalesce((SELECT indexed_to FROM index_state WHERE name = 'node_by_hash'), 0),"
                  " coalesce((SELECT indexed_to FROM index_state WHERE name = 'node_by_match'), 0))"} {}

void newest_digests::read_on() {
    if (read_to_ < 0 || hashes_.size() > most_held) {
        hashes_.clear();
        matches_.clear();
        const reset_at_end guard{indexed_to_};
        read_to_ = indexed_to_.step() ? indexed_to_.integer_at(0) : 0;
    }
    const reset_at_end guard{behind_};
    behind_.integer(1, read_to_);
    while (behind_.step()) {
        read_to_ = behind_.integer_at(0);
        hashes_.emplace(prefix_at(behind_, 1), read_to_);
        if (!behind_.is_null(2)) {
            matches_.emplace(prefix_at(behind_, 2), read_to_);
        }
    }
}

void newest_digests::find(const id_map& from, std::int64_t prefix, std::vector<std::int64_t>& out,
                          std::size_t most) {
    std::vector<std::int64_t> ids;
    const auto [first, last] = from.equal_range(prefix);
    for (auto one = first; one != last; ++one) {
        ids.push_back(one->second);
    }
    std::ranges::sort(ids, std::ranges::greater{});
    ids.resize(std::min(ids.size(), most));
    out.insert(out.end(), ids.begin(), ids.end());
}

void newest_digests::find_hash(std::int64_t prefix, std::vector<std::int64_t>& out, std::size_t most) {
    read_on();
    find(hashes_, prefix, out, most);
}

void newest_digests::find_match(std::int64_t prefix, std::vector<std::int64_t>& out, std::size_t most) {
    read_on();
    find(matches_, prefix, out, most);
}

}  // namespace tapes::store
