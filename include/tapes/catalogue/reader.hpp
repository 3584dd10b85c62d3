#pragma once

#include <tapes/catalogue/session.hpp>
#include <tapes/catalogue/token_sums.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::catalogue {

/// Where a page of sessions goes on: behind this one, in the order newest first.
struct session_place {
    std::int64_t last_at_us = 0;
    std::int64_t id = 0;
};

/// Chooses sessions; what is empty does not restrict the choice. Names are compared whole.
struct session_filter {
    std::optional<std::int64_t> since_us;  ///< with an exchange then or later
    std::optional<std::int64_t> until_us;  ///< that began before
    std::string project, agent_name, client, provider, model, caller;
    std::string name_prefix;
    std::string title_part;  ///< in any case of ASCII letters
    bool errors = false;     ///< only those with an exchange that ended in an error
};

/// What sums of usage are kept by. Two exchanges that differ in any of these are never in one sum.
struct usage_key {
    std::string day;  ///< in UTC, `2026-01-31`
    std::string project, agent_name, provider;
    std::string model;           ///< requested
    std::string response_model;  ///< that answered
    std::int64_t session = 0;
    /// The largest bound of `context_bounds` that the context of each of its requests is above; 0: none.
    std::int64_t context_above = 0;

    bool operator==(const usage_key&) const = default;
    auto operator<=>(const usage_key&) const = default;
};

/// Contexts above which some model has another price: sums are kept apart by them.
inline constexpr std::int64_t context_bounds[] = {32'000,  100'000, 128'000, 200'000,
                                                  256'000, 272'000, 512'000};

struct usage_sum {
    usage_key key;
    token_sums tokens;
    std::uint64_t exchanges = 0;
    std::uint64_t turns = 0;
    std::uint64_t errors = 0;
    std::uint64_t dropped = 0;
    std::uint64_t without_usage = 0;  ///< turns whose provider told no tokens
};

/// Parts of a usage_key by which sums are asked for; the others are left empty in what is returned.
struct usage_parts {
    bool day = false, project = false, agent_name = false, provider = false, model = false;
    bool response_model = false, session = false, context = false;
};

struct usage_filter {
    std::string since_day, until_day;  ///< both included
    std::string project, agent_name, provider, model;
    std::vector<std::int64_t> sessions;
};

/// Use of one tool.
struct tool_sum {
    std::string tool;
    std::string day;  ///< "" unless asked for by day
    std::uint64_t calls = 0;
    std::uint64_t errors = 0;  ///< results that the client marked as errors
    std::uint64_t argument_bytes = 0;
    std::uint64_t result_bytes = 0;
};

/// Nodes of one thread that follow each other in one chain and whose ids do so, too.
struct chain_run {
    std::int64_t session = 0;
    std::int64_t thread = 0;
    std::int64_t first = 0, last = 0;
    std::int64_t above = 0;  ///< the parent of the first; 0: that is a root
};

/// Rows of the log from `first` on, before `behind`.
struct row_range {
    std::int64_t first = 0, behind = 0;
};

/// A node below another one, and a session that has it there.
struct child_node {
    std::int64_t node = 0;
    std::int64_t session = 0;
};

/// A read-only connection to a catalogue, while another thread or process may keep it up to date. One thread
/// at a time; holds no read transaction between calls. Throws std::runtime_error with SQLite's message when a
/// query fails.
class reader {
public:
    /// `path` is that of the catalogue, see catalogue::file. Throws open_error where it is none of this
    /// version.
    explicit reader(const std::string& path);
    ~reader();
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;

    /// The `seq` of the last log row that is in the catalogue.
    std::uint64_t seq();
    /// The last node of the store that is in the catalogue.
    std::int64_t node();

    /// Lists at most `most` sessions, the newest first, behind `after` where one is given.
    std::vector<session> sessions(const session_filter& filter, std::size_t most,
                                  const std::optional<session_place>& after = {});
    std::optional<session> session_by_id(std::int64_t id);
    /// Finds at most `most` sessions whose name begins with `prefix`: those with just that name, then the
    /// others, the newest first.
    std::vector<session> sessions_by_name(std::string_view prefix, std::size_t most = 2);
    /// Counts the sessions whose name begins with `prefix`, up to `most`.
    std::size_t count_names(std::string_view prefix, std::size_t most = 2);
    /// The sessions that a node, or an exchange (its row in the store), belongs to.
    std::vector<session> sessions_of_root(std::int64_t root);
    std::optional<session> session_of_exchange(std::int64_t exchange);

    /// In the order of their first exchanges.
    std::vector<thread> threads(std::int64_t session);
    /// Lists at most `most` exchanges (rows in the store) of a session, ascending, behind `after`; only those
    /// of `thread` unless it is 0.
    std::vector<std::int64_t> exchanges(std::int64_t session, std::int64_t thread, std::int64_t after,
                                        std::size_t most);
    /// Lists at most `most` exchanges of a session, the newest first, that came before `before`.
    std::vector<std::int64_t> exchanges_before(std::int64_t session, std::int64_t before, std::size_t most);
    /// Where in the log the exchanges stand that were accepted at `since_us` or later, and before `until_us`,
    /// the newest rows first. Others stand there, too; those behind seq() are not told of.
    std::vector<row_range> exchanges_accepted(std::optional<std::int64_t> since_us,
                                              std::optional<std::int64_t> until_us);
    /// The nodes of a thread that have no child, ascending.
    std::vector<std::int64_t> leaves(std::int64_t thread);
    std::vector<fork> forks(std::int64_t session);
    /// The same without their children.
    std::vector<fork> fork_places(std::int64_t session);
    /// Counts nodes without a child, and roots, in all sessions. Goes through all of them.
    struct tree_counts {
        std::uint64_t leaves = 0;
        std::uint64_t roots = 0;
    };
    tree_counts count_trees();

    /// The run of a session that holds a node.
    std::optional<chain_run> run_of(std::int64_t session, std::int64_t node);
    /// The runs of a thread that begin behind a node, ascending; the first of very many.
    std::vector<chain_run> runs_below(std::int64_t session, std::int64_t thread, std::int64_t node);
    /// The first fork of a thread among the nodes from `first` to `last`, without its children.
    std::optional<fork> next_fork(std::int64_t session, std::int64_t thread, std::int64_t first,
                                  std::int64_t last);
    /// At most `most` children of a fork of a thread, ascending, behind `after`.
    std::vector<std::int64_t> fork_children(std::int64_t thread, std::int64_t node, std::int64_t after,
                                            std::size_t most);
    /// At most `most` children of a fork of a thread, the newest first, that are older than `before`.
    std::vector<std::int64_t> fork_children_before(std::int64_t thread, std::int64_t node,
                                                   std::int64_t before, std::size_t most);
    std::uint64_t count_fork_children(std::int64_t thread, std::int64_t node);
    /// What made the branch that begins with a child of a fork, in a thread; of thread 0: in whichever tells
    /// it. Nothing of the branch that was there first.
    std::optional<fork_cause> branch_cause(std::int64_t thread, std::int64_t child);
    /// At most `most` nodes with which runs begin behind a node, in whichever session, ascending, behind
    /// `after`. What follows a node within its run is not among them. Reads all that begin there.
    std::vector<child_node> run_starts(std::int64_t node, std::int64_t after, std::size_t most);
    /// The first node from `first` on, and before `last`, behind which a run begins with another node than
    /// the next; 0: none.
    std::int64_t next_run_start(std::int64_t first, std::int64_t last);
    /// A session that has the nodes below a root; 0: none.
    std::int64_t session_with_root(std::int64_t root);
    /// The newest answer below a root, in whichever session; 0: none.
    std::int64_t newest_head(std::int64_t root);

    /// Sums by the parts that are asked for, in the order of their keys.
    std::vector<usage_sum> usage(const usage_parts& by, const usage_filter& filter);
    std::vector<tool_sum> tools(bool by_day, const usage_filter& filter);

    class impl;  ///< for the sources of this room
    impl& inside() noexcept { return *impl_; }

private:
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::catalogue
