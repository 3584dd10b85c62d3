#pragma once

#include "file/sqlite.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace tapes::store {

/// The digests of the newest nodes, which are in no index yet, for who reads a store without its writer. They
/// are read from the rows themselves, and what was added since with each question. For one thread at a time.
class newest_digests {
public:
    /// `db` must outlive it.
    explicit newest_digests(connection& db);

    /// Appends the ids of the newest nodes whose hash, or match, begins with this prefix, the newest first,
    /// at most `most`.
    void find_hash(std::int64_t prefix, std::vector<std::int64_t>& out, std::size_t most);
    void find_match(std::int64_t prefix, std::vector<std::int64_t>& out, std::size_t most);

private:
    using id_map = std::unordered_multimap<std::int64_t, std::int64_t>;

    void read_on();
    static void find(const id_map& from, std::int64_t prefix, std::vector<std::int64_t>& out,
                     std::size_t most);

    statement behind_;
    statement indexed_to_;
    id_map hashes_;
    id_map matches_;
    std::int64_t read_to_ = -1;
};

}  // namespace tapes::store
