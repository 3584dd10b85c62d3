#pragma once

#include <cstdint>
#include <string_view>

namespace tapes::llm {

/// A message on a WebSocket, as far as the relay must know it, for an API that is spoken there too.
struct socket_message {
    enum class kind : std::uint8_t {
        other,
        asks,  ///< the client asks for an answer; the message is the request
        ends,  ///< the last message of an answer
    };
    kind type = kind::other;

    /// The message's lane, "" where it names none: answers of one lane come one after the other, in the order
    /// in which they were asked for. A view into the message.
    std::string_view lane;
};

/// Looks at a message, or at how a long one begins. Any bytes may come.
using socket_look = socket_message (*)(std::string_view text) noexcept;

/// Returns how to look at the messages of a WebSocket at that target; null where no API is spoken on
/// WebSockets.
socket_look find_socket_look(std::string_view target) noexcept;

}  // namespace tapes::llm
