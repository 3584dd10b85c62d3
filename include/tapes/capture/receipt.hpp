#pragma once

#include <memory>
#include <vector>

namespace tapes::capture {

class receipt;

/// Where receipts are handed back: one per I/O thread of the relay. `deliver` is called from the store's
/// writer or a record worker, once per group; it must not block, and ends in `receipt::settled` on the lane's
/// thread.
class lane {
public:
    virtual ~lane() = default;
    virtual void deliver(std::vector<std::shared_ptr<receipt>> settled) = 0;
};

/// How the relay learns that an exchange is durable, or never will be.
class receipt {
public:
    explicit receipt(lane& home) noexcept : home_{home} {}
    virtual ~receipt() = default;
    receipt(const receipt&) = delete;
    receipt& operator=(const receipt&) = delete;

    /// On the lane's thread.
    virtual void settled() = 0;

    lane& home() const noexcept { return home_; }

private:
    lane& home_;
};

}  // namespace tapes::capture
