#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::tape {

/// Cuts an event stream (WHATWG HTML §9.2) into the messages that a WebSocket has instead: the data of each
/// event that is JSON. Fed in any split. Pure.
class stream_messages {
public:
    void feed(std::string_view bytes);
    /// Returns the next message that is whole; nothing where more bytes are needed.
    std::optional<std::string> next();

private:
    void take_line(std::string_view line);

    std::string rest_;  ///< a line whose end has not come
    std::string data_;  ///< of the event at hand
    std::deque<std::string> whole_;
};

/// Returns the message with which a server tells of an error, of the body that HTTP has instead.
std::string error_event(int status, std::string_view body);

}  // namespace tapes::tape
