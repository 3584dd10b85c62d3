#pragma once

#include <tapes/event/event.hpp>
#include <tapes/store/log_events.hpp>
#include <tapes/store/reader.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tapes::event {

/// An event with all that goes onto a topic: owning, so that it can be kept, and filled again and again
/// without new memory. The bytes of one event are the same each time it is made (docs/events.md).
struct event_record {
    std::string type;  ///< "tapes.node.v1"; headers `event_type` and `schema`
    std::string id;    ///< header `event_id`: consumers deduplicate by it
    std::string key;   ///< the record's key: records that must stay in order share it
    std::string value;
    std::string provider, agent_name, project;  ///< headers of these names; "" where there is none
    std::int64_t timestamp_ms = 0;              ///< since the epoch, UTC
    /// Headers beyond the seven of every event, at most 9: that it is a retry, a replay, ...
    std::vector<std::pair<std::string, std::string>> extra;

    /// Empties it but for these two; its memory stays.
    void restart(std::string_view event_type, std::int64_t at_us);
};

/// Makes `tapes.node.v1`: id = hash, key = root hash.
void make_node_record(event_record& out, const store::stored_node& node, content_form form);

/// Makes `tapes.exchange.v1`: id = UUID, key = root hash of its head, else the UUID.
void make_exchange_record(event_record& out, const store::logged_exchange& exchange);

/// Makes `tapes.dead_letter.received.v1`, `.retried.v1` or `.discarded.v1`: id = "<letter>-<change>-<time>",
/// key = id of the event that the letter holds, else of the letter.
void make_letter_record(event_record& out, const store::kept_change& change);

/// What an event is made from, which must outlive it.
using any_event =
    std::variant<const store::stored_node*, const store::logged_exchange*, const store::kept_change*>;

std::string_view type_of(const any_event& source);

/// Makes the record of any event; `form` is for nodes.
void make_record(event_record& out, const any_event& source, content_form form);

/// Returns how many bytes a record takes of its topic's limit, at most.
std::uint64_t record_bytes(const event_record& record);

}  // namespace tapes::event
