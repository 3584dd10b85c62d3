#pragma once

#include "acknowledgement.hpp"
#include "interruption.hpp"

#include <tapes/capture/exchange.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <memory>
#include <string_view>

namespace tapes::relay {

class io_thread;

/// The gate at which the end of an answer waits for the commit of its turn, as far as `record.ack` asks for
/// that: an answer over HTTP has one, all the answers on a WebSocket have one together. Lives on one I/O
/// thread, which must outlive it.
class commit_gate {
public:
    explicit commit_gate(io_thread& home);
    ~commit_gate() { forget(); }
    commit_gate(const commit_gate&) = delete;
    commit_gate& operator=(const commit_gate&) = delete;

    /// True when the end of an answer to such a request is to be held until its turn is committed.
    bool applies_to(std::string_view method, std::string_view path) const noexcept;

    /// Makes the next `wait` wait for the commit of `ended` too. To be called before that is handed over.
    void expect(capture::exchange& ended);
    /// A commit is still waited for, or was and `wait` has not been called.
    bool expecting() const noexcept { return ack_ != nullptr; }
    /// Waits no longer for what was expected.
    void forget() noexcept;

    /// Waits until all that is expected is committed: without limit in `wait`, until `record.ack_timeout` in
    /// `bounded`, where a store that is known to be failing is not waited for. Then forgets what was
    /// expected. Only a cut ends the wait before its time: in `wait` the end is `withheld` then.
    boost::asio::awaitable<void> wait(const interruption& stop);

    /// The end must not reach the client any more, nor a close that could be taken for it.
    bool withheld() const noexcept { return withheld_; }

    /// Gives the bytes that follow an end event `time` to come. False when it was woken before.
    boost::asio::awaitable<bool> pause(std::chrono::milliseconds time);

    /// Wakes the one that waits here, who looks at the interruption.
    void wake() noexcept { timer_.cancel(); }

private:
    io_thread& home_;
    boost::asio::steady_timer timer_;
    std::shared_ptr<acknowledgement> ack_;  ///< null when nothing is expected
    bool withheld_ = false;
};

}  // namespace tapes::relay
