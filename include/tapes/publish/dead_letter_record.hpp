#pragma once

#include <tapes/bus/sync_writer.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::publish {

/// A message that could not be delivered or made sense of, with what a person needs to judge it.
struct dead_letter_record {
    std::string_view id;          ///< of the event (the header `event_id`); "" when it has none
    std::string_view event_type;  ///< "" when it is not known
    std::string_view topic;       ///< where it was, or was to go
    int partition = -1;           ///< of the message that was read; -1: it never was on a topic
    std::int64_t offset = -1;
    std::string_view key;
    std::string_view reason;
    unsigned attempts = 1;
    std::int64_t first_us = 0;  ///< of the first and last attempt, since the epoch, UTC
    std::int64_t last_us = 0;
    std::string_view payload;  ///< any bytes
};

inline constexpr std::string_view dead_letter_schema = "tapes.dead_letter.v1";

/// Says whether the envelope carries the payload, or, where no topic would take it, only its size.
enum class payload_form { whole, left_out };

/// Appends the envelope as JSON. Key and payload stand as text where they are UTF-8, as `key_base64` and
/// `payload_base64` (RFC 4648 §4) otherwise: either way every byte comes back. Pure.
void append_dead_letter(std::string& out, const dead_letter_record& letter,
                        payload_form form = payload_form::whole);

/// Appends `,"name":"text"`, or `,"name_base64":"…"` (RFC 4648 §4) for bytes that are no UTF-8. Pure.
void append_bytes(std::string& out, std::string_view name, std::string_view value);

/// Writes the letter to `<topic>.dead`, with the key of the message and the headers `reason`, `event_id`,
/// `event_type` and `content-type`, and returns when the broker has it, or not, after about `timeout`. An
/// envelope over the topic's limit goes without the payload. Thread-safe.
bus::write_result write_dead_letter(bus::sync_writer& writer, const dead_letter_record& letter,
                                    std::chrono::milliseconds timeout);

}  // namespace tapes::publish
