#pragma once

#include <tapes/catalogue/session.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/read/sources.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace tapes::read {

/// Nodes that follow each other without a fork between them.
struct tree_branch {
    /// Where it is drawn: the last branch of a fork goes on at the level of the one before the fork, the
    /// others stand a level deeper.
    std::size_t level = 0;
    bool last = true;                  ///< of the branches of its fork
    std::int64_t above = 0;            ///< node behind which it begins; 0: it begins with a root
    std::int64_t first = 0, node = 0;  ///< its first and its last node
    merkle::digest hash{};             ///< of its last node
    std::uint64_t nodes = 0;
    std::uint64_t turns = 0;  ///< answers among them
    std::string role;         ///< of its first node
    std::string words;        ///< what was typed first, else what was said first; in at most 256 bytes
    std::string model;        ///< of its last node
    std::int64_t first_at_us = 0, last_at_us = 0;  ///< when its first and its last node were first stored
    /// What made it, where its fork had another branch before; nothing too where that was in another session.
    std::optional<catalogue::fork_cause> made_by;
    bool current = false;  ///< it leads to the node that was asked for, else to the newest answer
    /// Branches that begin behind its last node, up to 1,000; 0: it ends in a leaf.
    std::uint64_t branches = 0;
    std::optional<catalogue::fork_cause> cause;  ///< of the newest of those
};

/// A thread, whose branches follow: of a session, or begun by a call in the branch before.
struct tree_thread {
    catalogue::thread thread;
    std::size_t number = 0;            ///< within the session, from 1
    std::size_t level = 0;             ///< its first branch has the same
    std::size_t parent_number = 0;     ///< of the thread with the call that began it; 0: none
    std::size_t continues_number = 0;  ///< of the thread whose summary it begins with; 0: none
};

using tree_entry = std::variant<tree_branch, tree_thread>;

/// Of which nodes a tree is told. One of `session` and `node` is set.
struct tree_request {
    std::int64_t session = 0;  ///< of the catalogue
    std::int64_t thread = 0;   ///< only this one of the session, with what its calls began; 0: all
    std::int64_t node = 0;     ///< the whole tree that this node belongs to, of whichever sessions
    std::string after;  ///< a place() at which an earlier tree of the same kind was left; "": the beginning
};

/// Where chains fork: of a session thread by thread, with the threads that calls began behind the branches
/// with those calls; or of a whole Merkle tree. Branches are told depth first, those of a fork by age. A
/// stretch without a fork is one entry, however long it is. Work grows with the branches that are told and
/// the nodes in them. Uses `from` between calls as well, for one thread at a time.
class tree {
public:
    /// Throws std::invalid_argument where `after` is no place of this tree.
    tree(sources& from, const tree_request& request);
    ~tree();
    tree(const tree&) = delete;
    tree& operator=(const tree&) = delete;

    /// The next entry; nothing at the end. Throws std::runtime_error with SQLite's message.
    std::optional<tree_entry> next();
    /// Where another tree goes on behind the branch that was told last; "" before the first one.
    std::string place() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::read
