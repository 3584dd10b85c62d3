#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::mock {

/// The wishes for one answer.
struct shape {
    int events = 0;
    std::size_t bytes = 0;
    int tool_calls = 0;  ///< calls with sample arguments; 0: none
    bool refusal = false;
    bool thinking = false;  ///< where the API has it
    /// Tokens that usage tells as read from a cache and written to one; nothing: what the mock makes up.
    std::optional<std::size_t> cache_read{}, cache_written{};
    std::string_view target{};  ///< of the request, for APIs whose path says what is asked for
    bool cut = false;           ///< the connection will be closed before its end
};

/// An answer that a client may fetch later, as JSON.
struct kept_answer {
    std::string id;
    std::string begun;  ///< while it is made; "": there is nothing to tell
    std::string whole;
    std::string cancelled;  ///< where the client ended its making
    std::string events;     ///< of its stream, numbered from 0 on, one after the other; "": it has none
    std::vector<std::size_t> ends;
    bool background = false;
};

/// An answer that was made, before it is written.
struct answer {
    static constexpr std::string_view json = "application/json";
    static constexpr std::string_view event_stream = "text/event-stream; charset=utf-8";
    static constexpr std::string_view ndjson = "application/x-ndjson";

    static constexpr std::string_view aws_event_stream = "application/vnd.amazon.eventstream";

    int status = 200;
    bool stream = false;
    std::string_view type = json;   ///< Content-Type
    std::string body;               ///< a one-shot answer, or all events of a stream one after the other
    std::vector<std::size_t> ends;  ///< where each event of a stream ends in `body`
    std::optional<kept_answer> kept;

    std::size_t events() const noexcept { return ends.size(); }
    /// The i-th event with its empty line, where it has one.
    std::string_view event(std::size_t i) const noexcept {
        const auto start = i == 0 ? 0 : ends[i - 1];
        return std::string_view{body}.substr(start, ends[i] - start);
    }
};

}  // namespace tapes::mock
