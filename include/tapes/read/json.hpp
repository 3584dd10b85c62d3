#pragma once

#include <tapes/catalogue/session.hpp>
#include <tapes/read/cache_miss.hpp>
#include <tapes/read/difference.hpp>
#include <tapes/read/exchange_details.hpp>
#include <tapes/read/exchange_difference.hpp>
#include <tapes/read/latency.hpp>
#include <tapes/read/search.hpp>
#include <tapes/read/session_difference.hpp>
#include <tapes/read/transcript.hpp>
#include <tapes/read/tree.hpp>
#include <tapes/read/usage.hpp>
#include <tapes/read/wire_events.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The record as JSON, as docs/commands.md tells field by field. A value that is not known is null.
namespace tapes::read {

/// Members stand in the order of the documentation.
using ordered_json = nlohmann::ordered_json;

/// A moment with microseconds, `2026-01-31T12:00:00.123456Z`; null for 0.
ordered_json moment_json(std::int64_t us);
ordered_json tokens_json(const catalogue::token_sums& tokens);
ordered_json cost_json(const cost& price);

ordered_json session_json(const catalogue::session& from, const cost& price);
ordered_json entry_json(const entry& from);
ordered_json search_hit_json(const search_hit& from);
/// What is to be told of a page besides its hits.
ordered_json search_end_json(const search_page& from);

/// The members that are told of one exchange beside those of an entry.
ordered_json exchange_details_json(const exchange_details& from);

/// An answer as its events tell it, without them; and one of them.
ordered_json wire_listing_json(const wire_listing& from);
ordered_json wire_event_json(const wire_event& from);

ordered_json tree_entry_json(const tree_entry& from);
/// With `keys` as its first members.
ordered_json usage_json(std::string_view type, const usage& from, const usage_keys& keys);
/// With its key as its first members.
ordered_json latency_row_json(const latency_row& from);
ordered_json tool_json(const catalogue::tool_sum& from, bool by_day);

/// Two chains, with what they have in common; and what became of one message.
ordered_json chain_difference_json(const chain_difference& from);
ordered_json message_difference_json(const message_difference& from);
/// Two exchanges without the parts of their requests and their answers; and one of those parts.
ordered_json exchange_comparison_json(const exchange_comparison& from);
ordered_json part_difference_json(const part_difference& from);
/// Two sessions without their threads; and two of those.
ordered_json session_comparison_json(const session_comparison& from);
ordered_json thread_comparison_json(const thread_comparison& from);

/// Why one exchange read from the prompt cache what it read; and the sums of a session.
ordered_json cache_miss_json(const cache_miss& from);
ordered_json cache_totals_json(const session_misses& from);

/// Returns the object as one line.
std::string dumped(const ordered_json& object);

}  // namespace tapes::read
