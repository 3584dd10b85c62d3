#pragma once

#include "pass/node_facts.hpp"
#include "pass/row_writer.hpp"
#include "pass/rows.hpp"
#include "pass/values.hpp"

#include <tapes/catalogue/session.hpp>

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

    /// False where no thread of any session can have a node, for it came later than all that they have.
    bool may_have(std::int64_t node) const noexcept { return node <= highest_; }
    /// The thread that has a node; 0: none of this session.
    std::int64_t owner(std::int64_t session, std::int64_t node);
    /// Goes up from `head` to a node that the session has, or to the root.
    new_path path_to(std::int64_t session, std::int64_t head);
    /// Takes a path into a thread. `answered`: its last node is an answer.
    void add(std::int64_t session, thread_row& thread, const new_path& path, bool answered);

    void flush();
    void forget();

private:
    using key = id_pair;
    struct run {
        std::int64_t session, first, last, thread, above;
    };
    static constexpr std::size_t limit = 200'000;

    std::int64_t stored_highest();
    void keep_run(const run& one);
    static void bind_run(value_binder& to, const run& one);
    /// Has the statements see the runs of this transaction.
    void write_runs();
    void fork_at(std::int64_t session, std::int64_t thread, const new_path& path, bool answered);
    std::int64_t newest_child(std::int64_t thread, std::int64_t node);
    fork_cause cause_of_branch(const new_path& path, bool answered, std::int64_t sibling);
    std::int64_t only_child(std::int64_t session, std::int64_t thread, std::int64_t node);
    bool take_leaf(thread_row& thread, std::int64_t node);
    void put_leaf(thread_row& thread, std::int64_t node);

    sqlite::connection& db_;
    node_facts& facts_;
    sqlite::statement keep_highest_;
    std::int64_t highest_;  ///< node that belongs to any thread
    sqlite::statement run_at_;
    row_writer insert_runs_;
    sqlite::statement runs_below_, has_leaf_, insert_leaf_, drop_leaf_;
    sqlite::statement newest_child_, insert_child_, insert_fork_, insert_first_fork_;
    std::unordered_map<key, std::int64_t, id_pair_hash> owners_;
    std::vector<run> runs_;                               ///< new in this transaction
    std::unordered_map<key, bool, id_pair_hash> leaves_;  ///< changed in this transaction: there or not
};

}  // namespace tapes::catalogue
