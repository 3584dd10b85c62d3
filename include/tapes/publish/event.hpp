#pragma once

#include <tapes/store/log_events.hpp>
#include <tapes/store/reader.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::store {
struct kept_change;
enum class letter_change;
}  // namespace tapes::store

namespace tapes::publish {

inline constexpr std::string_view node_event_type = "tapes.node.v1";

/// How an event shows the content of its node.
enum class content_form {
    whole,      ///< "content": the blocks
    reference,  ///< "content_ref": {"hash","bytes"} in its place, for a topic whose limit it would pass
};

/// Appends the event `tapes.node.v1` of a committed node: the same bytes for the same node, always
/// (docs/events.md). `node.content` is taken as it is. Pure.
void append_node_event(std::string& out, const store::stored_node& node, content_form form);

/// Appends the event `tapes.exchange.v1` of a committed exchange. Pure.
void append_exchange_event(std::string& out, const store::logged_exchange& ended);

/// Appends the event of what happened to a dead letter; its type says what (see type_of). Pure.
void append_letter_event(std::string& out, const store::kept_change& change);

/// RFC 3339 in UTC with up to nine decimals, trailing zeros trimmed (Go's RFC3339Nano):
/// "2026-01-02T03:04:05.123456Z".
void append_rfc3339(std::string& out, std::int64_t us_since_epoch);

}  // namespace tapes::publish
