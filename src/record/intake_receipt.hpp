#pragma once

#include <tapes/capture/receipt.hpp>
#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace tapes::record {

/// Counts the exchanges whose commit is waited for by a thread that may wait. What it gives to the writer may
/// outlive it.
class intake_receipts {
public:
    intake_receipts();
    ~intake_receipts();
    intake_receipts(const intake_receipts&) = delete;
    intake_receipts& operator=(const intake_receipts&) = delete;

    /// Returns the waiter of one more exchange.
    std::shared_ptr<capture::receipt> expect_one();
    std::size_t pending() const;
    /// Waits until all are settled, at most for that time, and no longer than `hopeless` is false.
    void await_all(std::chrono::milliseconds longest, const std::function<bool()>& hopeless) const;

private:
    class state;
    std::shared_ptr<state> state_;
};

}  // namespace tapes::record
