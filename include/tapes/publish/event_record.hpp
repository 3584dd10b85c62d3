#pragma once

#include <tapes/bus/producer.hpp>
#include <tapes/publish/event.hpp>
#include <tapes/store/log_events.hpp>
#include <tapes/store/reader.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tapes::publish {

/// An event with all that goes onto a topic: owning, so that it can be kept, and filled again and again
/// without new memory. The bytes of one event are the same each time it is made (docs/events.md).
struct event_record {
    std::string type;  ///< "tapes.node.v1"; headers `event_type` and `schema`
    std::string id;    ///< header `event_id`: consumers deduplicate by it
    std::string key;   ///< of the record: what must stay in order shares it
    std::string value;
    std::string provider, agent_name, project;  ///< headers of these names; "" where there is none
    std::int64_t timestamp_ms = 0;              ///< since the epoch, UTC
    /// Headers beyond the seven of every event, at most 9: that it is a retry, a replay, ...
    std::vector<std::pair<std::string, std::string>> extra;

    /// Empty again, but for these two; its memory stays.
    void restart(std::string_view event_type, std::int64_t at_us);
};

/// `tapes.node.v1`: id = hash, key = root hash.
void make_node_record(event_record& out, const store::stored_node& node, content_form form);

/// `tapes.exchange.v1`: id = UUID, key = root hash of its head, else the UUID.
void make_exchange_record(event_record& out, const store::logged_exchange& ended);

/// `tapes.dead_letter.received.v1`, `.retried.v1` or `.discarded.v1`: id = "<letter>-<change>-<time>", key =
/// id of the event in question, else of the letter.
void make_letter_record(event_record& out, const store::kept_change& change);

/// The type of the event that announces such a change.
std::string_view type_of(store::letter_change what);

/// What an event is made from, which must outlive it.
using any_event =
    std::variant<const store::stored_node*, const store::logged_exchange*, const store::kept_change*>;

std::string_view type_of(const any_event& what);

/// As the functions above; `form` is for nodes.
void make_record(event_record& out, const any_event& of, content_form form);

/// How many bytes it takes of a topic's limit, at most.
std::uint64_t record_bytes(const event_record& of);

/// An event as a record of a topic: views of `of` and `topic`, which must outlive it unchanged. Stays where
/// it is made.
class outgoing {
public:
    outgoing(const event_record& of, std::string_view topic, std::uint64_t opaque = 0);
    outgoing(const outgoing&) = delete;
    outgoing& operator=(const outgoing&) = delete;

    const bus::record& record() const { return record_; }

private:
    std::array<bus::header, 16> headers_;
    bus::record record_;
};

}  // namespace tapes::publish
