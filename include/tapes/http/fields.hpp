#pragma once

#include <tapes/text/ascii.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::http {

/// One field line. Holds views into the bytes that were parsed.
struct field {
    std::string_view name;
    std::string_view value;   ///< without surrounding white space
    std::string_view line;    ///< as received, with its CRLF
    bool hop_by_hop = false;  ///< it ends at this hop (RFC 9110 §7.6.1), as `read_connection_options` found
};

/// Tells whether a media type is that of a stream whose events are told as they come.
constexpr bool is_stream_of_events(std::string_view media) noexcept {
    return text::equal_ignoring_case(media, "text/event-stream") ||
           text::equal_ignoring_case(media, "application/x-ndjson") ||
           text::equal_ignoring_case(media, "application/vnd.amazon.eventstream");
}

/// Compares names of fields, tokens and codings: without regard to case (RFC 9110 §5.1).
constexpr bool equal_names(std::string_view left, std::string_view right) noexcept {
    return text::equal_ignoring_case(left, right);
}

/// Returns the first field of that name, or nullptr.
const field* find_field(const std::vector<field>& fields, std::string_view name) noexcept;

/// Returns the values of all fields of that name with ", " between them (RFC 9110 §5.3); "" where there is
/// none.
std::string joined_values(const std::vector<field>& fields, std::string_view name);

/// Returns the value of the first field of that name in a raw head, without surrounding white space; "" where
/// there is none. The head need not be one that the parser would take.
std::string_view find_value(std::string_view head, std::string_view name) noexcept;

/// Returns the values of all fields of that name in a raw head with ", " between them; "" where there is
/// none.
std::string joined_values(std::string_view head, std::string_view name);

/// Returns true where a comma-separated list (RFC 9110 §5.6.1) holds the token, in any case.
bool has_token(std::string_view list, std::string_view token) noexcept;

/// What the Connection fields of a head say of its connection (RFC 9112 §9.6, RFC 9110 §7.8).
struct connection_options {
    bool close = false;
    bool keep_alive = false;
    bool upgrade = false;
};

/// Reads the options of all Connection fields and marks the fields that end at this hop: Connection and what
/// it names, Proxy-Connection, Keep-Alive, TE, Transfer-Encoding and Upgrade. Its work is linear in the bytes
/// of the fields, however many there are of either.
connection_options read_connection_options(std::vector<field>& fields);

}  // namespace tapes::http
