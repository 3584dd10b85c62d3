#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <memory>

namespace tapes::api {

/// Lets so many coroutines through at a time; the others wait in the order in which they came. All of them
/// run on one thread.
class lane {
    struct queue {
        std::size_t free = 0;
        bool closed = false;
        std::deque<boost::asio::steady_timer*> waiting;
    };

public:
    /// A coroutine's way through, in its frame: from enter() until it is destroyed.
    class turn {
    public:
        explicit turn(const lane& of) : queue_{of.queue_} {}
        ~turn();
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;

        boost::asio::awaitable<void> enter();

    private:
        std::shared_ptr<queue> queue_;
        std::unique_ptr<boost::asio::steady_timer> wait_;
        bool inside_ = false;
    };

    explicit lane(std::size_t most) : queue_{std::make_shared<queue>()} { queue_->free = most; }

    /// Nobody who waits is let through any more. For the end, when the thread has ended.
    void close() noexcept { queue_->closed = true; }

private:
    std::shared_ptr<queue> queue_;
};

}  // namespace tapes::api
