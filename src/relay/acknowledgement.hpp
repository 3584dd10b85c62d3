#pragma once

#include "io_lane.hpp"

#include <tapes/capture/receipt.hpp>

#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace tapes::relay {

/// Wakes the one who waits for the commit of one or more exchanges by cancelling his timer. All members are
/// called on his I/O thread; he forgets it when he waits no longer.
class acknowledgement final : public capture::receipt {
public:
    acknowledgement(std::shared_ptr<io_lane> home, boost::asio::steady_timer& waiting) noexcept
        : receipt{*home}, lane_{std::move(home)}, waiting_{&waiting} {}

    /// One more exchange carries this as its waiter.
    void expect_one() noexcept { ++expected_; }

    void settled() override {
        --expected_;
        if (is_settled() && waiting_ != nullptr) {
            waiting_->cancel();
        }
    }
    void forget() noexcept { waiting_ = nullptr; }
    bool is_settled() const noexcept { return expected_ == 0; }

private:
    std::shared_ptr<io_lane> lane_;  ///< may outlive its thread
    boost::asio::steady_timer* waiting_;
    std::size_t expected_ = 0;
};

}  // namespace tapes::relay
