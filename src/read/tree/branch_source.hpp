#pragma once

#include <tapes/catalogue/session.hpp>
#include <tapes/read/sources.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace tapes::read {

/// Nodes that follow each other without a fork between them.
struct stretch {
    std::int64_t above = 0;  ///< 0: it begins with a root
    std::int64_t first = 0, last = 0;
    std::vector<std::pair<std::int64_t, std::int64_t>> runs;  ///< ids from … to …, ascending
    bool forks = false;
    std::optional<catalogue::fork_cause> cause;  ///< of the newest branch

    bool holds(std::int64_t node) const noexcept;
};

/// Which nodes stand below which, in one view of the record: one thread, or all sessions.
class branch_source {
public:
    virtual ~branch_source() = default;

    /// At most `most` nodes below a node that are in the view, ascending, behind `after`. Below 0: the nodes
    /// with which the view begins.
    virtual std::vector<catalogue::child_node> children(std::int64_t node, std::int64_t after,
                                                        std::size_t most) = 0;
    /// Goes down from a node to a fork, or to a leaf.
    virtual stretch follow(const catalogue::child_node& first) = 0;
    /// The forks above a node, and the child of each that leads to it, from the top down. The first one is 0
    /// with the node at which the view begins. Empty where the node is not in the view.
    virtual std::vector<std::pair<std::int64_t, catalogue::child_node>> forks_above(std::int64_t node) = 0;
};

/// One thread of a session.
class thread_branches : public branch_source {
public:
    thread_branches(sources& from, const catalogue::thread& thread) : from_{from}, thread_{thread} {}

    std::vector<catalogue::child_node> children(std::int64_t node, std::int64_t after,
                                                std::size_t most) override;
    stretch follow(const catalogue::child_node& first) override;
    std::vector<std::pair<std::int64_t, catalogue::child_node>> forks_above(std::int64_t node) override;

private:
    std::vector<catalogue::child_node> tops();

    sources& from_;
    const catalogue::thread& thread_;
};

/// A whole tree, of whichever sessions.
class root_branches : public branch_source {
public:
    root_branches(sources& from, std::int64_t root, std::int64_t session)
        : from_{from}, root_{root}, session_{session} {}

    std::vector<catalogue::child_node> children(std::int64_t node, std::int64_t after,
                                                std::size_t most) override;
    stretch follow(const catalogue::child_node& first) override;
    std::vector<std::pair<std::int64_t, catalogue::child_node>> forks_above(std::int64_t node) override;

private:
    bool follows(std::int64_t node, std::int64_t parent);
    std::optional<catalogue::fork_cause> cause_at(std::int64_t node);

    sources& from_;
    std::int64_t root_;
    std::int64_t session_;  ///< that has the root
};

}  // namespace tapes::read
