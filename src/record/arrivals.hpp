#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>

namespace tapes::record {

/// The exchanges that are on their way into the store, in the order in which they were handed over.
/// Thread-safe; tickets may outlive it.
class arrivals {
public:
    /// Stands for one exchange, which is on its way until the ticket is destroyed.
    class ticket {
    public:
        ~ticket();
        ticket(const ticket&) = delete;
        ticket& operator=(const ticket&) = delete;

        /// Waits until all exchanges before this one have arrived, at most `time`.
        void await_older(std::chrono::milliseconds time) const;

    private:
        friend class arrivals;
        struct state;
        ticket(std::shared_ptr<state> state, std::uint64_t number)
            : state_{std::move(state)}, number_{number} {}

        std::shared_ptr<state> state_;
        std::uint64_t number_;
    };

    arrivals();
    /// Gives the next exchange its place.
    std::shared_ptr<ticket> enter();

private:
    std::shared_ptr<ticket::state> state_;
};

}  // namespace tapes::record
