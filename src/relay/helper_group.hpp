#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <utility>

namespace tapes::relay {

/// The coroutines that run beside an exchange's main one. All of them must have ended before the group is
/// destroyed, but for the end of their io_context, which destroys them. Lives on one I/O thread.
class helper_group {
public:
    /// `failed` is called when a helper ends by an exception: nobody does its part any more.
    helper_group(boost::asio::io_context& context, std::function<void()> failed)
        : context_{context}, ended_{context}, failed_{std::move(failed)} {}

    /// Runs `helper` from the next round of the event loop on.
    void spawn(boost::asio::awaitable<void> helper);

    bool running() const noexcept { return count_ > 0; }

    /// Waits until none is running. May return before: ask `running`.
    boost::asio::awaitable<void> wait();

private:
    boost::asio::io_context& context_;
    boost::asio::steady_timer ended_;
    std::function<void()> failed_;
    int count_ = 0;
};

}  // namespace tapes::relay
