#pragma once

#include "arrivals.hpp"

#include <tapes/capture/exchange.hpp>

#include <memory>

namespace tapes::record {

/// An exchange that has ended and, if later ones may name its answer, its place among those.
struct task {
    std::unique_ptr<capture::exchange> ended;
    std::shared_ptr<arrivals::ticket> ticket;
    /// The work on it takes long, which a worker has found before: it is one of those at a time that
    /// work_queue::begin_long() allows.
    bool is_long = false;
};

}  // namespace tapes::record
