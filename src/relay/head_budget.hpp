#pragma once

#include <cstddef>
#include <list>

namespace tapes::relay {

/// Limits the bytes that the connections of one I/O thread hold for heads of requests: those that are coming,
/// and those of exchanges under way. Where there is no room, the heads that have waited longest for their
/// rest are given up: a head that is sent in one go never waits, so whoever leaves many unfinished displaces
/// himself. What is small costs nothing, so most requests are never counted. Lives on one I/O thread.
class head_budget {
public:
    /// The bytes of a connection that are not counted.
    static constexpr std::size_t free_bytes = 4 * 1024;

    /// A connection. Returns what it holds at its end.
    class holder {
    public:
        explicit holder(head_budget& home) noexcept : home_{home} {}
        holder(const holder&) = delete;
        holder& operator=(const holder&) = delete;

        /// The head is to be given up: its bytes are to be freed. May call nothing of the budget.
        virtual void yield_head() noexcept = 0;

        /// Tells how many bytes are held now. False where others cannot make room for them: then it holds as
        /// much as before.
        [[nodiscard]] bool hold(std::size_t bytes) { return home_.set(*this, bytes); }
        /// The head that is held waits for its rest from now on, or no longer does.
        void wait_for_rest(bool waits);

    protected:
        ~holder();

    private:
        friend class head_budget;
        head_budget& home_;
        std::size_t counted_ = 0;
        bool waits_ = false;
        std::list<holder*>::iterator place_;  ///< where it waits
    };

    explicit head_budget(std::size_t limit) noexcept : limit_{limit} {}

    /// Returns how many bytes are counted.
    std::size_t bytes() const noexcept { return bytes_; }

private:
    bool set(holder& one, std::size_t bytes);

    const std::size_t limit_;
    std::size_t bytes_ = 0;
    std::list<holder*> waiting_;  ///< those that are counted, the one that has waited longest first
};

}  // namespace tapes::relay
