#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>

namespace tapes::record {

/// Which exchanges are on their way into the store, in the order in which they were handed over. Thread-safe;
/// tickets may outlive it.
class order {
public:
    /// Its exchange is on its way until the ticket is destroyed.
    class ticket {
    public:
        ~ticket();
        ticket(const ticket&) = delete;
        ticket& operator=(const ticket&) = delete;

        /// Waits until those before it have arrived, at most `time`.
        void await_older(std::chrono::milliseconds time) const;

    private:
        friend class order;
        struct state;
        ticket(std::shared_ptr<state> of, std::uint64_t number) : of_{std::move(of)}, number_{number} {}

        std::shared_ptr<state> of_;
        std::uint64_t number_;
    };

    order();
    std::shared_ptr<ticket> enter();

private:
    std::shared_ptr<ticket::state> state_;
};

}  // namespace tapes::record
