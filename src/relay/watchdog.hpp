#pragma once

#include <chrono>

namespace tapes::relay {

using steady_time = std::chrono::steady_clock::time_point;

/// The deadlines of one I/O thread, looked at every 50 ms: setting one costs a store, not a timer and not a
/// look at the clock. Deadlines therefore pass up to 100 ms late, and never early while looks come in time.
class watchdog {
public:
    static constexpr std::chrono::milliseconds interval{50};

    /// One that waits for peers. Registered from construction to destruction.
    class watched {
    public:
        explicit watched(watchdog& home) noexcept;
        watched(const watched&) = delete;
        watched& operator=(const watched&) = delete;

        /// The deadline has passed (it is cleared first). May not destroy any `watched`.
        virtual void expired() = 0;
        /// The relay's drain has begun.
        virtual void drain() = 0;
        /// The drain's deadline has passed.
        virtual void cut() = 0;

        void set_deadline(std::chrono::milliseconds from_now) noexcept {
            deadline_ = home_.now_ + interval + from_now;
        }
        void clear_deadline() noexcept { deadline_ = steady_time::max(); }

    protected:
        ~watched();

    private:
        friend class watchdog;
        watchdog& home_;
        watched* next_ = nullptr;
        watched* previous_ = nullptr;
        steady_time deadline_ = steady_time::max();
    };

    /// Tells those whose deadline has passed. Called every `interval`.
    void look();

    /// Runs `each` over all that are registered; it may not destroy any.
    template <class Each>
    void for_each(Each each) {
        for (auto* one = first_; one != nullptr; one = one->next_) {
            each(*one);
        }
    }

    /// The time of the last look.
    steady_time now() const noexcept { return now_; }

private:
    watched* first_ = nullptr;
    steady_time now_ = std::chrono::steady_clock::now();
};

}  // namespace tapes::relay
