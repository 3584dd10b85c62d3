#pragma once

#include "io_lane.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/capture/receipt.hpp>

#include <boost/asio/steady_timer.hpp>

namespace tapes::relay {

/// The present, in the precision of the record.
capture::timestamp wall_clock();

/// Tells one transfer, which waits at its gate, that its exchange is settled. All on the transfer's thread;
/// the transfer forgets it when it no longer waits.
class acknowledgement final : public capture::receipt {
public:
    acknowledgement(std::shared_ptr<io_lane> home, boost::asio::steady_timer& gate) noexcept
        : receipt{*home}, lane_{std::move(home)}, gate_{&gate} {}

    void settled() override {
        settled_ = true;
        if (gate_ != nullptr) {
            gate_->cancel();
        }
    }
    void forget() noexcept { gate_ = nullptr; }
    bool is_settled() const noexcept { return settled_; }

private:
    std::shared_ptr<io_lane> lane_;  ///< may outlive its thread
    boost::asio::steady_timer* gate_;
    bool settled_ = false;
};

}  // namespace tapes::relay
