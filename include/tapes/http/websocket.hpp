#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::http {

/// The side that sends. A client masks its frames, a server does not (RFC 6455 §5.1).
enum class websocket_side : std::uint8_t { client, server };

/// Why bytes are no WebSocket stream that can be followed. Every error is final.
enum class websocket_error : std::uint8_t {
    none,
    reserved_bits,    ///< RSV bits that no negotiated extension uses
    reserved_opcode,  ///< 3-7, 11-15
    bad_masking,      ///< a client's frame without a mask, a server's with one
    bad_length,       ///< not in its shortest form, or the highest bit is set
    bad_control,      ///< a control frame in fragments, compressed or with more than 125 bytes
    bad_sequence,     ///< a continuation of nothing, or a new message within one
    bad_deflate,      ///< not the deflate format
    bomb,             ///< a compressed message of more than 1 GiB
};

/// Describes an error in words for a log line.
std::string_view describe(websocket_error error) noexcept;

/// The parameters of permessage-deflate in one direction (RFC 7692 §7.1).
struct deflate_settings {
    bool context_takeover = true;
    int window_bits = 15;  ///< 8 to 15
};

/// The extensions that a handshake agreed on.
struct websocket_extensions {
    bool understood = true;  ///< false where an extension or a parameter is unknown
    std::optional<deflate_settings>
        client;  ///< for messages from the client; nothing where they are not compressed
    std::optional<deflate_settings> server;  ///< for messages from the server
};

/// Reads the value of Sec-WebSocket-Extensions in a 101 answer: its values joined with commas, "" where there
/// is none.
websocket_extensions read_websocket_extensions(std::string_view value);

struct websocket_limits {
    std::uint64_t message_bytes = 48ULL * 1024 * 1024;  ///< after inflation; a longer message is passed over

    /// Is called before memory for that many more bytes of a message is taken. Returning false passes the
    /// message over. The caller may count the bytes as free again once it has read the message.
    std::function<bool(std::size_t bytes)> reserve{};
};

/// Follows one direction of a WebSocket (RFC 6455 §5) through the raw bytes without changing them. It finds
/// where frames and messages end, and copies each data message, unmasked and inflated. Control frames may
/// stand between the fragments of a message. Memory is bounded by the limits and one deflate window. Not
/// thread-safe. Throws nothing but std::bad_alloc.
class websocket_reader {
public:
    enum class event : std::uint8_t {
        more,      ///< all of `bytes` is consumed
        control,   ///< a ping, pong or close has ended
        fragment,  ///< a frame has ended that does not end its message
        message,   ///< a data message has ended; see message() and oversized()
        error,     ///< nothing more can be read; see error()
    };

    struct step {
        event kind = event::more;
        std::size_t consumed = 0;
        /// The offset in `bytes` at which the frame that has ended begins, 0 if it began in an earlier call.
        std::size_t frame = 0;
        std::uint8_t opcode = 0;  ///< that of the frame that has ended
    };

    websocket_reader(websocket_side sender, const std::optional<deflate_settings>& deflate,
                     websocket_limits limits = {});
    ~websocket_reader();
    websocket_reader(websocket_reader&&) noexcept;
    websocket_reader& operator=(websocket_reader&&) noexcept;

    /// Reads up to the next event. Call it again with the bytes that were not consumed.
    step next(std::string_view bytes);

    /// Returns the message that has ended, of an oversized one only its first 4 KiB. Valid until the next
    /// call.
    std::string_view message() const noexcept { return message_; }
    bool oversized() const noexcept { return oversized_; }
    /// Frees the memory of the message; the bytes that were reserved for it may be released then.
    void forget_message() noexcept;

    websocket_error error() const noexcept { return error_; }

private:
    struct inflater;

    bool take_head_byte(std::uint8_t byte);
    bool judge_head() noexcept;
    bool judge_length() noexcept;
    void take_payload(std::string_view part);
    void keep(std::string_view part);
    bool inflate_part(std::string_view part);
    step end_frame(std::size_t consumed, std::size_t frame);
    step fail(websocket_error error, std::size_t consumed) noexcept;

    websocket_side sender_;
    std::optional<deflate_settings> deflate_;
    websocket_limits limits_;
    std::unique_ptr<inflater> inflater_;  ///< made with the first compressed message

    // The frame.
    std::uint8_t head_[14] = {};
    std::size_t head_size_ = 0;    ///< bytes read so far
    std::size_t head_wanted_ = 2;  ///< bytes of the head, as far as they are known
    std::uint64_t left_ = 0;       ///< bytes of its payload that are still to come
    std::size_t mask_at_ = 0;
    bool in_payload_ = false;

    // The message.
    std::string message_;
    bool in_message_ = false;
    bool compressed_ = false;
    bool oversized_ = false;
    std::uint64_t seen_bytes_ = 0;  ///< of the message, after inflation
    websocket_error error_ = websocket_error::none;
};

}  // namespace tapes::http
