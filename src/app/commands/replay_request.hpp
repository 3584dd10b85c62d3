#pragma once

#include <tapes/app/replay.hpp>
#include <tapes/store/replays.hpp>

#include <string>

namespace tapes::app {

/// Reads what was typed as a replay, without its id, `last_seq` and times. Makes a name from the time if none
/// was typed. Throws usage_error, which names the flag. Does not look at the store.
store::replay read_request(const replay_request& request);

/// The destination of a replay: a topic, a file, or standard output when both are empty.
struct replay_destination {
    std::string topic;  ///< "" for another destination
    std::string file;   ///< "" for another destination
};

/// Reads "topic:NAME", "file:PATH" or "-". Throws usage_error for any other text.
replay_destination destination_of(const std::string& to);

}  // namespace tapes::app
