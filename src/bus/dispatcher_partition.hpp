#pragma once

#include "dispatcher.hpp"

namespace tapes::bus {

/// One assigned partition. A batch in the handler keeps the state it came from; a partition that was taken
/// away and comes back has a new one.
struct dispatcher::partition_state {
    explicit partition_state(partition_id partition) : id{std::move(partition)} {}

    const partition_id id;
    std::deque<held_message> queue;
    std::uint64_t queued_bytes = 0;
    std::size_t in_handler = 0;
    std::int64_t position = -1;     ///< what has been handled ends before it; -1: nothing was
    std::int64_t alone_until = -1;  ///< up to this offset messages go alone: one of them throws
    std::int64_t failing = -1;      ///< the offset that failed last, tried `attempts` times
    unsigned attempts = 0;
    std::chrono::steady_clock::time_point not_before{};
    bool paused = false;     ///< as told to the poller
    bool releasing = false;  ///< to be handed over: takes nothing more
    bool lost = false;
};

/// A message on its way through the handler.
struct dispatcher::taken {
    std::shared_ptr<partition_state> from;
    held_message message;
    unsigned attempts = 1;
};

}  // namespace tapes::bus
