#pragma once

#include <tapes/catalogue/session.hpp>
#include <tapes/catalogue/token_sums.hpp>

#include <cstdint>
#include <string>

/// Rows of the catalogue as the pass works with them. Small strings are ids; 0: the empty string.
namespace tapes::catalogue {

/// What a thread is, best first: a lower rank stands for the session. It only gets better. One that is
/// `undecided` (a single question without tools) is `main` where its session has no main thread, else `side`.
enum class thread_rank : int { main = 0, undecided = 1, subagent = 2, side = 3 };

/// What one exchange (or one node that came without an exchange) adds to the sums.
struct contribution {
    std::int64_t session = 0;  ///< 0: it belongs to none
    std::int64_t thread = 0;
    std::int64_t day = 0;  ///< since 1970, UTC
    std::int64_t project = 0, agent = 0, provider = 0, model = 0, response_model = 0;
    std::int64_t context = 0;
    bool exchange = false;  ///< not only a node
    bool turn = false, error = false, dropped = false, without_usage = false;
    token_sums tokens;
};

struct counts {
    std::int64_t exchanges = 0, turns = 0, errors = 0, dropped = 0, without_usage = 0;
    token_sums tokens;

    /// `sign` is 1 or -1.
    void add(const contribution& one, int sign) noexcept;
    bool operator==(const counts&) const = default;
};

/// Of a session: what it used is in rows of `usage`. Most sessions have one key, and are their own sum.
inline constexpr std::int64_t several_usage_keys = -1;
/// Of a thread: its leaves are in rows of `leaf`.
inline constexpr std::int64_t several_leaves = -1;

struct session_row {
    std::int64_t id = 0;
    std::int64_t root = 0;      ///< 0: named by a client
    std::int64_t tree_key = 0;  ///< of a tree: see tree_key_of
    std::string name;
    std::int64_t project = 0, agent = 0, client = 0, caller = 0, provider = 0, model = 0;
    std::string parent_name;
    std::int64_t first_at = 0, last_at = 0, last_end = 0;
    counts sums;
    std::int64_t threads = 0;
    outcome last = outcome::complete;
    std::int64_t stop_reason = 0, last_exchange = 0;
    std::int64_t main_threads = 0;
    std::int64_t title_thread = 0;
    thread_rank title_rank = thread_rank::side;
    std::int64_t head = 0, head_thread = 0;
    thread_rank head_rank = thread_rank::side;
    std::int64_t head_exchange = 0;
    std::int64_t kind = 0;       ///< see session_kind
    std::int64_t usage_key = 0;  ///< of all that it used; 0: nothing yet; `several_usage_keys`
    std::string title;

    bool is_new = false, changed = false;
};

struct thread_row {
    std::int64_t id = 0;
    std::int64_t session = 0;
    thread_rank rank = thread_rank::undecided;
    bool plain = false;  ///< nothing tells it from others of its root
    std::int64_t root = 0;
    std::int64_t parent = 0, call_node = 0;
    std::string call_id;
    std::int64_t continues = 0;
    std::string agent_id;
    std::int64_t model = 0;
    std::int64_t first_at = 0, last_at = 0;
    std::int64_t turns = 0;
    token_sums tokens;
    std::int64_t head = 0, head_exchange = 0;
    std::int64_t leaf = 0;  ///< its only one; `several_leaves`
    std::string title;

    bool is_new = false, changed = false;
};

/// Adds `more` to `to` `sign` times.
void add_tokens(token_sums& to, const token_sums& more, int sign) noexcept;

}  // namespace tapes::catalogue
