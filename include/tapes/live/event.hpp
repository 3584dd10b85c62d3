#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::live {

/// What a reader of events is told.
enum class event_kind : int {
    state = 1,     ///< first of all: where the log stands, and what is under way
    exchange = 2,  ///< one that was committed
    node = 3,      ///< one that was committed
    partial = 4,   ///< an answer that is still coming
    heartbeat = 5,
};
std::string_view to_string(event_kind value) noexcept;
/// Reads what to_string() returns; nothing for any other text.
std::optional<event_kind> kind_from(std::string_view text) noexcept;

/// A place in the events of the log: behind the first `events` of those of row `seq`, and all of the rows
/// before it.
struct place {
    static constexpr std::uint64_t all = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t seq = 0;
    std::uint64_t events = all;

    auto operator<=>(const place&) const = default;
};

/// What events are chosen by.
struct event_subject {
    std::string project, agent, session, provider;
    std::string model;           ///< requested
    std::string response_model;  ///< that answered
};

/// Chooses events; what is empty does not restrict the choice. Names are compared whole.
struct event_filter {
    std::string project, agent, session, provider;
    std::string model;  ///< requested, or that answered
    bool exchanges = true, nodes = true, partials = false;

    bool takes(event_kind kind) const noexcept;
    bool takes(const event_subject& about) const noexcept;
};

/// An event of the log. Immutable once it is made.
struct event {
    event_kind kind = event_kind::exchange;
    place at;              ///< behind it
    std::string id;        ///< names that place, see event_source::id_of
    std::string exchange;  ///< UUID; "": it came without one
    bool pending = false;  ///< the answer of the exchange is still to come, perhaps on its stream
    event_subject about;
    std::string json;  ///< one line
};
using event_pointer = std::shared_ptr<const event>;

/// A block of an answer that is still coming.
struct partial_block {
    std::string kind;  ///< as read::to_string(block_kind)
    std::string tool;
    std::string text;  ///< so far, as UTF-8: what was said, or the arguments of a call
};

/// A text with which the history that is answered begins: its first 256 bytes.
struct opening_text {
    std::string text;
    bool cut = false;
};

/// An answer that is still coming, as far as it may be shown: credentials are replaced, and what may turn out
/// to be one is left away.
struct partial_answer {
    std::string exchange;   ///< UUID
    std::string answer_of;  ///< the exchange (UUID) that has asked for it, where it goes on with this one
    std::string api;
    event_subject about;
    std::string agent_id, parent_agent_id;  ///< of a sub-agent, as the client names it and who began it
    /// Of the first message, but what stands in a call of the same history, too.
    std::vector<opening_text> opening;
    std::int64_t started_at_us = 0;
    std::uint64_t bytes = 0;  ///< that have come of its body
    std::vector<partial_block> blocks;
    bool cut = false;   ///< it says more than is shown
    bool over = false;  ///< it has ended, one way or another
};

}  // namespace tapes::live
