#pragma once

namespace tapes::relay {

/// Why those who wait for a peer must not wait any longer. A session has one, and each of its exchanges.
struct interruption {
    bool timed_out = false;   ///< a deadline has passed
    bool cut = false;         ///< the relay stops, or a part of the exchange has failed
    bool winding_up = false;  ///< the coroutines beside the main one are to end

    bool any() const noexcept { return timed_out || cut || winding_up; }
};

}  // namespace tapes::relay
