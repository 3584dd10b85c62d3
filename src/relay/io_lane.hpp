#pragma once

#include <tapes/capture/receipt.hpp>
#include <tapes/sync/mutex.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <vector>

namespace tapes::relay {

/// Brings receipts back to an I/O thread. Shared by the thread and its receipts: an exchange may be committed
/// when the thread has long ended, and nobody is told then. Thread-safe.
class io_lane final : public capture::lane {
public:
    explicit io_lane(boost::asio::io_context& context) noexcept : context_{&context} {}

    void deliver(std::vector<std::shared_ptr<capture::receipt>> settled) override;

    /// Delivers nothing from now on: the thread has ended and its context may be destroyed.
    void close() noexcept;

private:
    sync::mutex mutex_;
    boost::asio::io_context* context_ TAPES_GUARDED_BY(mutex_);
};

}  // namespace tapes::relay
