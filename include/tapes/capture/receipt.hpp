#pragma once

#include <memory>
#include <vector>

namespace tapes::capture {

class receipt;

/// The way of receipts back to one I/O thread of the relay. `deliver` is called by the writer of the store or
/// by a record worker, once for a group. It must not block, and it has `receipt::settled` called on the
/// thread of the lane.
class lane {
public:
    virtual ~lane() = default;
    virtual void deliver(std::vector<std::shared_ptr<receipt>> settled) = 0;
};

/// Tells the relay that an exchange is durable, or that it never will be.
class receipt {
public:
    explicit receipt(lane& home) noexcept : home_{home} {}
    virtual ~receipt() = default;
    receipt(const receipt&) = delete;
    receipt& operator=(const receipt&) = delete;

    /// Is called on the thread of the lane.
    virtual void settled() = 0;

    lane& home() const noexcept { return home_; }

private:
    lane& home_;
};

}  // namespace tapes::capture
