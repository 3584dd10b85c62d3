#pragma once

#include <tapes/catalogue/token_sums.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapes::catalogue {

/// How the newest exchange of a session or thread ended.
enum class outcome : int {
    complete = 1,
    cut = 2,      ///< the client left, or the stream broke off
    error = 3,    ///< the provider answered with an error, or could not be reached
    pending = 4,  ///< the answer is still to come, and nobody has fetched it yet
};

/// The exchanges in which a client names one session of one project; where it names none, those of one tree;
/// where nothing was recorded but nodes (imported, received), the nodes of one tree. Times are microseconds
/// since the epoch, UTC; text is empty where there is none.
struct session {
    std::int64_t id = 0;  ///< of this catalogue: another is given when the catalogue is made anew
    std::string name;     ///< what a person calls it: the client's session id, else the hash of its root
    bool named_by_client = false;
    std::string project, agent_name, client, caller, provider;
    std::string model;             ///< requested by the newest turn of its main thread
    std::string title;             ///< see reading.md in docs; at most 256 bytes
    std::string parent_name;       ///< the session that started this one, as the client says; "": none
    std::int64_t first_at_us = 0;  ///< accepted
    std::int64_t last_at_us = 0;   ///< the newest exchange accepted
    std::int64_t last_end_us = 0;  ///< its answer's last byte
    std::uint64_t exchanges = 0;   ///< all of them, those that gave no turn included
    std::uint64_t turns = 0;
    std::uint64_t threads = 0;
    std::uint64_t errors = 0;         ///< exchanges whose outcome is `error`
    std::uint64_t dropped = 0;        ///< exchanges that gave no turn, with a reason
    std::uint64_t without_usage = 0;  ///< turns whose provider told no tokens
    token_sums tokens;
    outcome last = outcome::complete;
    std::string last_stop_reason;
    std::int64_t head = 0;  ///< node: the newest answer of its main thread; 0: none
};

enum class thread_kind : int {
    main = 1,
    subagent = 2,
    side = 3,  ///< titles, summaries, token counts, warm-ups
};

/// The exchanges of a session whose chains share a root. Threads that a client tells apart by agent ids, or
/// that different calls began, are different ones also where their first system texts are the same.
struct thread {
    std::int64_t id = 0;
    std::int64_t session = 0;
    thread_kind kind = thread_kind::main;
    std::int64_t root = 0;       ///< node
    std::int64_t head = 0;       ///< node: the newest answer
    std::int64_t parent = 0;     ///< the thread with the call that began it; 0: none is known
    std::int64_t call_node = 0;  ///< the node with that call
    std::string call_id;         ///< and the call's id within it
    std::int64_t continues = 0;  ///< the thread whose summary it begins with
    std::string agent_id;        ///< as the client names it
    std::string model;
    std::string title;
    std::int64_t first_at_us = 0;
    std::int64_t last_at_us = 0;
    std::uint64_t turns = 0;
    token_sums tokens;
};

/// What made a branch, where its node had led on to another child before.
enum class fork_cause : int {
    retry = 1,         ///< the same request again: answers side by side, or one that broke off before
    edit = 2,          ///< a person changed a message
    continuation = 3,  ///< another question after the same answer
    client = 4,        ///< the client wrote its history anew
};

/// A node with several children within a session.
struct fork {
    std::int64_t node = 0;
    std::int64_t thread = 0;
    fork_cause cause = fork_cause::continuation;  ///< of the newest branch
    std::vector<std::int64_t> children;           ///< nodes, ascending
};

}  // namespace tapes::catalogue
