#pragma once

#include <tapes/read/exchange.hpp>
#include <tapes/read/request_parts.hpp>
#include <tapes/read/sources.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// What became of the prompt cache in an exchange.
enum class cache_outcome : int {
    hit = 1,       ///< all was read that could be expected
    partial = 2,   ///< less was read
    miss = 3,      ///< nothing was read
    uncached = 4,  ///< nothing could be expected, for nothing had been cached
    first = 5,     ///< nothing was sent before that it could go on from
    unknown = 6,   ///< the provider does not tell, or there was no answer
};
std::string_view to_string(cache_outcome value) noexcept;

/// Why it is not known what became of the prompt cache.
enum class unknown_cache : int {
    none = 0,                ///< it is known
    no_turn = 1,             ///< there was no answer
    not_in_api = 2,          ///< the API has no prompt cache, or none whose figures it tells
    untold = 3,              ///< this answer told no figures
    predecessor_untold = 4,  ///< the one before told none
};
std::string_view to_string(unknown_cache value) noexcept;

/// Why less was read than could be expected.
enum class miss_cause : int {
    model = 1,        ///< another model was asked
    parameter = 2,    ///< a parameter that the prefix depends on changed
    beta_header = 3,  ///< `anthropic-beta` names others
    tool_added = 4,
    tool_removed = 5,
    tool_moved = 6,  ///< the same tools in another order
    tool_changed = 7,
    system_changed = 8,  ///< a block of the system text, or instructions
    message_changed = 9,
    message_removed = 10,
    message_inserted = 11,
    mark_removed = 12,  ///< no `cache_control` any more
    mark_moved = 13,    ///< the last `cache_control` stands before what was cached
    look_back = 14,     ///< more than 20 blocks between the breakpoints
    unmarked = 15,      ///< no `cache_control` in either request, without which nothing is cached
    too_small = 16,     ///< fewer tokens than the model caches at least
    expired = 17,       ///< longer unused than what was cached lives
    cache_key = 18,     ///< another `prompt_cache_key`
    overlap = 19,       ///< it was sent before the other one was answered
    unexplained = 20,   ///< nothing in the record explains it
};
std::string_view to_string(miss_cause value) noexcept;

/// Which exchange should have left its prefix in the cache.
enum class predecessor_kind : int {
    none = 0,
    ancestor = 1,  ///< its answer is the last of the ancestors that was answered
    retry = 2,     ///< the same request, sent before
    thread = 3,    ///< the newest of the session before a thread began, for what both have in common
    rewrite = 4,   ///< one of the session most of whose messages come again, of a history that was changed
};
std::string_view to_string(predecessor_kind value) noexcept;

/// One of the two places where requests part.
struct parting {
    request_part part;     ///< its evidence: where it stands in the request's body
    excerpt text;          ///< of what it says, around the place; empty unless it was asked for
    std::size_t from = 0;  ///< where `text` begins in what the part says
    std::size_t at = 0;    ///< where in `text` the difference begins
};

/// The first part in which two requests differ, in the order in which their provider caches them.
struct request_difference {
    miss_cause cause = miss_cause::unexplained;
    std::string name;                ///< of the parameter (`thinking`, `reasoning.effort`), tool or header
    std::optional<parting> before;   ///< in the predecessor; nothing: it has no such part
    std::optional<parting> now;      ///< in the exchange
    bool order_only = false;         ///< nothing but the order of keys differs
    std::uint64_t common_parts = 0;  ///< before it
    std::uint64_t common_bytes = 0;  ///< of those
    std::uint64_t bytes_behind = 0;  ///< of the predecessor's parts from it on
    std::optional<std::int64_t> tokens_behind;  ///< estimated from the bytes and the provider's figures
};

/// What the provider itself says of a miss (Anthropic `diagnostics.cache_miss_reason`, OpenAI
/// `prompt_cache_diagnostics`).
struct provider_reason {
    std::string type;  ///< such as `tools_changed`; `pending` where it had not finished; at most 256 bytes
    std::optional<std::int64_t> missed_tokens;
};

/// Why an exchange read from the prompt cache what it read.
struct cache_miss {
    exchange one;
    std::optional<exchange> predecessor;
    predecessor_kind kind = predecessor_kind::none;
    cache_outcome outcome = cache_outcome::unknown;
    unknown_cache unknown = unknown_cache::none;
    std::vector<miss_cause> causes;  ///< the likeliest first; empty unless less was read than expected
    std::optional<request_difference> difference;
    std::vector<std::string>
        other_parameters;       ///< that differ, too, of which nobody knows whether they count
    std::int64_t expected = 0;  ///< tokens that could be read from the cache
    /// The provider ran tools of its own before: the figures of the predecessor are sums of several requests,
    /// so nobody knows how much could be read.
    bool summed = false;
    bool estimated = false;               ///< `expected` is: only a part of the predecessor is shared
    std::int64_t missed = 0;              ///< tokens of those that were not
    std::optional<std::int64_t> idle_us;  ///< since the predecessor's answer began; nothing: not known
    bool clock_moved_back = false;        ///< the exchange came later, with an earlier time
    std::string lifetime;                 ///< `5m`, `1h`, `30m`, `in_memory`, `24h`; "": not known
    std::int64_t lifetime_us = 0;         ///< it may be gone behind that; 0: not known
    bool surely_expired = false;          ///< the provider keeps nothing for so long
    std::uint64_t blocks_between = 0;     ///< breakpoints, where that is the cause
    std::int64_t least_tokens = 0;        ///< that the model caches; 0: not known
    bool only_tail = false;               ///< the provider keeps the history; it is not compared
    std::optional<provider_reason> reason;
    std::optional<picodollars> extra_cost;  ///< of what was missed; nothing: there is no price
    std::string request_fault;              ///< why a request could not be read whole; "": they could
};

/// Explains exchanges. What consecutive requests share is read once, so the exchanges of a session are best
/// explained in their order by one of these. Uses `from` between calls, for one thread at a time.
class cache_explainer {
public:
    explicit cache_explainer(sources& from);
    ~cache_explainer();
    cache_explainer(const cache_explainer&) = delete;
    cache_explainer& operator=(const cache_explainer&) = delete;

    /// Nothing where there is no such exchange. `with_text` reads what both places say, too. Throws
    /// std::runtime_error with SQLite's message.
    std::optional<cache_miss> explain(std::int64_t seq, bool with_text = false);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

/// What was missed in a session.
struct cache_totals {
    std::uint64_t exchanges = 0;  ///< that were looked at
    std::uint64_t hits = 0, partial = 0, misses = 0, uncached = 0, first = 0, unknown = 0;
    std::int64_t expected = 0, read = 0, written = 0, missed = 0;  ///< tokens
    picodollars extra_cost = 0;
    std::uint64_t unpriced = 0;  ///< partial or missed, without a price
};

struct session_misses {
    std::vector<cache_miss> worst;  ///< by cost, then by missed tokens, then by age
    std::uint64_t more = 0;         ///< that are not told
    cache_totals totals;
};

/// Explains the exchanges of a session; `all` tells those that missed nothing, too. Holds `most` of them.
session_misses explain_session(sources& from, std::int64_t session, std::size_t most, bool all);

}  // namespace tapes::read
