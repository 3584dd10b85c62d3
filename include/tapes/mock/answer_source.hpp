#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace tapes::mock {

/// A request that was read whole.
struct asked {
    std::string method;
    std::string target;
    std::string head;  ///< the start line and all field lines, each with its CRLF
    std::string body;  ///< as it came; on a WebSocket, the text of the message
    bool on_websocket = false;
};

/// A piece of an answer's body; on a WebSocket, a message.
struct reply_piece {
    std::string bytes;
    std::chrono::microseconds wait{0};  ///< before it is sent
};

/// An answer that somebody else gives. For one thread at a time.
class reply {
public:
    virtual ~reply() = default;

    int status = 200;
    std::string reason = {};  ///< of the status line
    /// Field lines, each with its CRLF, without those of the connection and of the body's framing.
    std::string fields = {};
    std::optional<std::uint64_t> length;  ///< of the body; nothing: it is sent in chunks
    bool has_body = true;                 ///< false: nothing follows the head (204, 304)
    bool cut = false;                     ///< the connection breaks behind the last piece
    std::chrono::microseconds wait{0};    ///< before the head is sent
    /// A base URL, http on an IP address: the request is passed on there, and the answer comes from there.
    /// All else does not count then.
    std::string pass_to = {};

    /// Returns the next piece, which is not empty; nothing at the end. Throws std::exception where it cannot
    /// be read: the connection breaks.
    virtual std::optional<reply_piece> next() { return std::nullopt; }
};

/// Whoever gives the answers of a server in the place of the mock's own. Its functions may block and are
/// called by several threads at once, of a pool.
class answer_source {
public:
    virtual ~answer_source() = default;

    /// Never null.
    virtual std::unique_ptr<reply> answer(const asked& request) = 0;
    /// Tells whether a WebSocket is accepted. Where it is not, the handshake is answered like any other
    /// request.
    virtual bool accepts_websocket(const asked& handshake) = 0;
};

}  // namespace tapes::mock
