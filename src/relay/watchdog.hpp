#pragma once

#include <chrono>

namespace tapes::relay {

using steady_time = std::chrono::steady_clock::time_point;

/// Keeps the deadlines of one I/O thread and looks at them every 50 ms: to set one costs a store, no timer
/// and no look at the clock. So deadlines pass up to 100 ms late; they never pass early while the looks come
/// in time.
class watchdog {
public:
    static constexpr std::chrono::milliseconds interval{50};

    /// Somebody who waits for peers. Registered from construction to destruction.
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

        /// Returns the time of the watchdog's last look.
        steady_time now() const noexcept { return home_.now_; }

        /// Something that may put a deadline off that has passed. Registered from construction to
        /// destruction.
        class extension {
        public:
            explicit extension(watched& owner) noexcept : owner_{owner}, next_{owner.extensions_} {
                owner.extensions_ = this;
            }
            extension(const extension&) = delete;
            extension& operator=(const extension&) = delete;

            /// Returns by how much the deadline is put off from now; 0: not at all.
            virtual std::chrono::milliseconds extra() noexcept = 0;

        protected:
            ~extension();
            watched& owner() const noexcept { return owner_; }

        private:
            friend class watched;
            watched& owner_;
            extension* next_;
        };

    protected:
        ~watched();

    private:
        friend class watchdog;
        bool put_off() noexcept;

        watchdog& home_;
        extension* extensions_ = nullptr;
        watched* next_ = nullptr;
        watched* previous_ = nullptr;
        steady_time deadline_ = steady_time::max();
    };

    explicit watchdog(steady_time now) noexcept : now_{now} {}

    /// Tells those whose deadline has passed by `now`. To be called every `interval`.
    void look(steady_time now);

    /// Runs `each` over all that are registered; it may not destroy any.
    template <class Each>
    void for_each(Each each) {
        for (auto* one = first_; one != nullptr; one = one->next_) {
            each(*one);
        }
    }

    /// Returns the time of the last look.
    steady_time now() const noexcept { return now_; }

private:
    watched* first_ = nullptr;
    steady_time now_;
};

}  // namespace tapes::relay
