#pragma once

#include "pass/node_facts.hpp"
#include "pass/values.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tapes::catalogue {

/// The end of a chain that a session has not had yet.
struct new_path {
    std::vector<std::int64_t> nodes;  ///< from the top down to the head
    std::int64_t above = 0;           ///< the parent of the first; 0: it is a root
    std::int64_t owner = 0;           ///< the thread that has `above`
    std::int64_t head_owner = 0;      ///< the thread that has the head, where there are no nodes
};

/// Which nodes belong to which thread of a session, which of them are leaves, and where chains fork. A node
/// belongs to the thread that had it first.
class chain_table {
public:
    chain_table(sqlite::connection& db, node_facts& facts);

    /// The thread that has a node; 0: none of this session.
    std::int64_t owner(std::int64_t session, std::int64_t node);
    /// Goes up from `head` to a node that the session has, or to the root.
    new_path path_to(std::int64_t session, std::int64_t head);
    /// Takes a path into a thread. `answered`: its last node is an answer.
    void add(std::int64_t session, std::int64_t thread, const new_path& path, bool answered);

    void flush();
    void forget();

private:
    using key = std::pair<std::int64_t, std::int64_t>;
    struct key_hash {
        std::size_t operator()(const key& of) const noexcept {
            constexpr std::uint64_t spread = 0x9e3779b97f4a7c15;
            const auto mixed =
                (static_cast<std::uint64_t>(of.first) * spread) ^ static_cast<std::uint64_t>(of.second);
            return static_cast<std::size_t>((mixed ^ (mixed >> 32U)) * spread);
        }
    };
    struct run {
        std::int64_t session, first, last, thread, above;
    };
    static constexpr std::size_t limit = 200'000;

    std::int64_t stored_highest();
    void keep_run(const run& one);
    void fork_at(std::int64_t session, std::int64_t thread, const new_path& path, bool answered);
    std::int64_t only_child(std::int64_t session, std::int64_t thread, std::int64_t node);
    bool take_leaf(std::int64_t thread, std::int64_t node);
    void put_leaf(std::int64_t thread, std::int64_t node);

    sqlite::connection& db_;
    node_facts& facts_;
    sqlite::statement keep_highest_;
    std::int64_t highest_;  ///< node that belongs to any thread
    sqlite::statement run_at_, insert_run_, runs_below_, has_leaf_, insert_leaf_, drop_leaf_;
    sqlite::statement newest_child_, insert_child_, insert_fork_;
    std::unordered_map<key, std::int64_t, key_hash> owners_;
    std::unordered_map<key, bool, key_hash> leaves_;  ///< changed in this transaction: there or not
};

}  // namespace tapes::catalogue
