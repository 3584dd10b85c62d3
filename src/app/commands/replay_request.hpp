#pragma once

#include <tapes/app/replay.hpp>
#include <tapes/store/replays.hpp>

#include <string>

namespace tapes::app {

/// What was typed as a replay that can be made: everything but the id, `last_seq` and the times. Without a
/// name one is made of the time. Throws usage_error, naming the flag. Looks at no store.
store::replay read_request(const replay_request& asked);

/// Where a replay goes, of "topic:NAME", "file:PATH" or "-".
struct replay_destination {
    std::string topic;  ///< "" where it is none
    std::string file;   ///< "" where it is none
};

/// Throws usage_error. "" is refused.
replay_destination destination_of(const std::string& to);

}  // namespace tapes::app
