#pragma once

#include <cstdint>
#include <string_view>

namespace tapes::llm {

/// What a message on a WebSocket is, for an API that is spoken there too.
struct socket_message {
    enum class kind : std::uint8_t {
        other,
        asks,  ///< the client asks for an answer; the message is the request
        ends,  ///< the last message of an answer
    };
    kind what = kind::other;

    /// Answers of one lane come one after the other, in the order in which they were asked for; "" where the
    /// message names none. A view into the message.
    std::string_view lane;
};

/// Looks at a message, or at how a long one begins. Any bytes may come.
using socket_look = socket_message (*)(std::string_view text) noexcept;

/// How messages on a WebSocket at that target are to be read; null where no API is spoken so.
socket_look find_socket_look(std::string_view target) noexcept;

}  // namespace tapes::llm
