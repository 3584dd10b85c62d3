#pragma once

#include "channel.hpp"
#include "watchdog.hpp"

#include <chrono>
#include <cstddef>

namespace tapes::relay {

/// The wait of a write for a peer that reads slowly. The socket takes more only when a good part of what it
/// holds has gone, which may take minutes; so what counts as progress is that the peer's system acknowledges
/// bytes. Looks at that a few times in the time that the peer may stall.
class slow_write final : public watchdog::watched::extension {
public:
    /// Both must outlive this.
    slow_write(channel& peer, watchdog::watched& owner, std::chrono::milliseconds stall) noexcept
        : extension{owner}, peer_{peer}, stall_{stall} {}

    /// Begins a wait: sets its owner's deadline.
    void begin() noexcept {
        left_ = peer_.unacknowledged();
        moved_at_ = owner().now();
        owner().set_deadline(look_time());
    }

    std::chrono::milliseconds extra() noexcept override {
        const auto left = peer_.unacknowledged();
        if (left < left_) {
            moved_at_ = owner().now();
        }
        left_ = left;
        return owner().now() - moved_at_ < stall_ ? look_time() : std::chrono::milliseconds{0};
    }

private:
    std::chrono::milliseconds look_time() const noexcept { return stall_ / 4 + std::chrono::milliseconds{1}; }

    channel& peer_;
    std::chrono::milliseconds stall_;
    std::size_t left_ = 0;  ///< not acknowledged at the last look
    steady_time moved_at_{};
};

}  // namespace tapes::relay
