#pragma once

#include <tapes/read/block.hpp>
#include <tapes/read/sources.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// How the body of an answer is cut into events.
enum class wire_form : int {
    body = 1,        ///< not at all: the one event is the whole body
    sse = 2,         ///< an event stream (WHATWG HTML §9.2)
    ndjson = 3,      ///< a JSON text a line
    websocket = 4,   ///< the messages of a server; the store keeps them as an event stream
    aws_events = 5,  ///< the messages of an AWS event stream, those within chunks as what they hold
    array = 6,       ///< a JSON array whose elements came one after the other (Gemini without `alt=sse`)
};
std::string_view to_string(wire_form value) noexcept;

/// One event of an answer. What is empty was not told.
struct wire_event {
    std::uint64_t offset = 0;  ///< of its first byte in the decoded body
    std::uint64_t bytes = 0;   ///< up to the next event, with what ends it
    std::int64_t at_us = 0;    ///< when its last byte came; 0: not known
    std::string type;          ///< its `event` field, else the `type` of its JSON; at most 256 bytes
    std::string id;            ///< its `id` field; at most 256 bytes
    excerpt data;              ///< without `data:`, its lines joined by LF; of an array the element alone
    bool whole = true;         ///< false: the body ends within it
};

/// A page of the events of an exchange's answer.
struct wire_listing {
    std::int64_t exchange = 0;
    wire_form form = wire_form::body;
    std::string content_type;
    std::string coding;             ///< content codings that were undone; "" for none
    bool decoded_in_store = false;  ///< by tapes before it was kept, for something in it was redacted
    std::string fault;              ///< why not all of it could be decoded; "": it could
    std::uint64_t body_bytes = 0;   ///< decoded
    /// Whether the times of pieces are known. Of a stream in more than 1,024 pieces neighbours are told as
    /// one.
    bool timed = false;
    std::vector<wire_event> events;
    std::optional<std::uint64_t> next;  ///< the offset at which the next page begins; nothing: at the end
};

struct wire_request {
    std::int64_t exchange = 0;     ///< `seq`
    std::uint64_t from = 0;        ///< offset; events that begin before are left out
    std::size_t most = 256;        ///< events
    std::size_t data_bytes = 512;  ///< of the data of each
};

/// Lists what an answer said, event by event. Nothing where there is no such exchange, or its bytes were not
/// kept. Reads the whole body, whatever is asked for. Throws std::runtime_error with SQLite's message, or
/// where the store does not hold together.
std::optional<wire_listing> list_wire_events(sources& from, const wire_request& request);

}  // namespace tapes::read
