#pragma once

#include <tapes/http/fields.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tapes::http {

/// How the end of a body is known (RFC 9112 §6.3).
enum class body_kind : std::uint8_t { none, length, chunked, until_close };

struct framing {
    body_kind kind = body_kind::none;
    std::uint64_t length = 0;  ///< for body_kind::length
};

/// Why bytes are refused as a head. Everything that two parsers could read in two ways is refused.
enum class head_error : std::uint8_t {
    none,
    too_large,     ///< more bytes or more fields than the limits
    bad_line_end,  ///< LF without CR, CR without LF
    bad_start_line,
    bad_version,
    bad_field,  ///< no token before the colon, white space before it, folding, NUL
    bad_content_length,
    bad_transfer_encoding,
    both_lengths,  ///< in a request; in an answer the chunks count (RFC 9112 §6.3)
    missing_host,
    repeated_host,
};

/// Describes an error in a sentence for the client.
std::string_view describe(head_error error) noexcept;

struct head_limits {
    std::size_t bytes = 64 * 1024;
    std::size_t fields = 200;
};

/// Finds the empty line that ends a head (RFC 9112 §2.1) in a buffer that grows.
class head_scanner {
public:
    /// Returns the size of the head at the start of `bytes` with its empty line, 0 while it is incomplete.
    /// `bytes` is the whole buffer each time. Sets `error` on a line end that is not CRLF.
    std::size_t scan(std::string_view bytes, head_error& error) noexcept;
    void reset() noexcept { at_ = line_ = 0; }

private:
    std::size_t at_ = 0;    ///< bytes looked at so far
    std::size_t line_ = 0;  ///< start of the current line
};

struct request_head {
    std::string_view method;
    std::string_view target;
    int minor_version = 1;
    std::vector<field> fields;
    framing body;
    bool keep_alive = true;  ///< the client may send another request (RFC 9112 §9.3)
    bool upgrade = false;    ///< asks for another protocol (RFC 9110 §7.8)
    bool expects_continue = false;
};

struct response_head {
    int status = 0;
    int minor_version = 1;
    std::string_view reason_phrase;
    std::vector<field> fields;
    framing body;
    bool keep_alive = true;  ///< the upstream connection may be used again
};

/// Parses a whole head, as head_scanner found it. `out` keeps views into `bytes`; its vector is used again.
head_error parse_request(std::string_view bytes, const head_limits& limits, request_head& out);

/// Parses the head of an answer in the same way, but that with both lengths the body is chunked, and the
/// connection is not used again: Content-Length must not be passed on then. `to_head` tells that the request
/// was HEAD, whose answer has no body.
head_error parse_response(std::string_view bytes, const head_limits& limits, bool to_head,
                          response_head& out);

}  // namespace tapes::http
