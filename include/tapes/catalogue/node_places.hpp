#pragma once

#include <tapes/catalogue/reader.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapes::catalogue {

/// Nodes of one chain whose ids follow each other.
struct node_run {
    std::int64_t first = 0, last = 0;
};

/// What the catalogue has of an exchange.
struct exchange_place {
    std::int64_t session = 0;
    std::int64_t thread = 0;
    std::string agent_name;  ///< its agent, else the program that sent it
    bool error = false;      ///< its outcome
};

/// Which nodes belong to what, for searches. As the reader that it uses: one thread at a time, no transaction
/// between calls, std::runtime_error with SQLite's message.
class node_places {
public:
    /// `from` must outlive it.
    explicit node_places(reader& from) : from_{from} {}

    /// Lists the sessions that have used a tool; nothing where they are more than `most`.
    std::optional<std::vector<std::int64_t>> sessions_with_tool(const std::string& name, std::size_t most);
    /// Lists the sessions with an exchange that failed, or a result of a tool that was marked as an error;
    /// nothing where they are more than `most`.
    std::optional<std::vector<std::int64_t>> sessions_with_errors(std::size_t most);

    /// Lists at most `most` runs of a session's nodes, ascending.
    std::vector<node_run> runs(std::int64_t session, std::size_t most);
    /// Lists at most `most` runs of nodes that came without exchanges, ascending: those that end behind
    /// `above`.
    std::vector<node_run> bare_runs(std::int64_t above, std::size_t most);
    /// The thread that has a node; 0: none of this session.
    std::int64_t thread_of(std::int64_t session, std::int64_t node);
    std::optional<exchange_place> of_exchange(std::int64_t exchange);

    /// The newest node up to `last` that is one of several children of a node within a thread; 0: none.
    std::int64_t branch_below(std::int64_t last);
    /// The tool of a call, whose id is escaped as in the content; "": it is not known.
    std::string tool_of_call(std::int64_t session, const std::string& call_id);

private:
    reader& from_;
};

}  // namespace tapes::catalogue
