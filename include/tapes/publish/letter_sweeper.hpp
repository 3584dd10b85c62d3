#pragma once

#include <tapes/bus/sync_writer.hpp>
#include <tapes/publish/retry_policy.hpp>
#include <tapes/store/dead_letters.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::publish {

/// Tries a dead letter once more. Called on the sweeper's thread, one call at a time; outlives the sweeper.
class letter_sender {
public:
    virtual ~letter_sender() = default;

    /// Returns the sources (store::dead_letter::source) whose letters it can send.
    virtual std::vector<std::string> sources() const = 0;

    /// Sends the letter and returns when it is delivered, or not, after about `timeout`. A transient failure
    /// does not count as an attempt: the letter waits. An exception is a failure like any other.
    virtual bus::write_result resend(const store::kept_letter& letter, std::chrono::milliseconds timeout) = 0;
};

struct sweep_settings {
    retry_policies policies;
    std::chrono::milliseconds interval{1'000};    ///< between two looks for what is due
    std::chrono::milliseconds lease{60'000};      ///< of a letter that is being tried; more than `timeout`
    std::chrono::milliseconds timeout{5'000};     ///< of one try
    std::chrono::milliseconds postponed{10'000};  ///< when nobody could be reached
    std::chrono::milliseconds retention{
        std::chrono::hours{7 * 24}};  ///< older ones are discarded; 0: kept for ever
    /// Return the time in microseconds since the epoch, and a number from 0 to 1; for tests.
    std::function<std::int64_t()> now;
    std::function<double()> random;
};

/// A snapshot for metrics of this process.
struct sweep_status {
    std::uint64_t tried = 0;
    std::uint64_t failed = 0;   ///< of `tried`, those that threw included
    std::uint64_t errors = 0;   ///< those that threw, and sweeps that the store did not allow
    std::uint64_t took_us = 0;  ///< all tries together
    std::uint64_t expired = 0;
};

/// Returns when a new letter is to be tried again by its own policy; nothing where it is not by itself.
store::letter_due first_retry(const sweep_settings& settings, const store::dead_letter& letter);

/// Sends dead letters again when they are due, each under a lease, so that any number of sweepers on one
/// store never send one twice; discards what is too old. One that fails does not hold up the next. Has one
/// thread. Stopped before the writer and the senders.
class letter_sweeper {
public:
    letter_sweeper(store::writer& writer, std::vector<letter_sender*> senders, sweep_settings settings);
    ~letter_sweeper();  ///< stop()
    letter_sweeper(const letter_sweeper&) = delete;
    letter_sweeper& operator=(const letter_sweeper&) = delete;

    void start();
    /// Stops after the try at hand. Idempotent.
    void stop();
    /// Looks at once for what is due. Thread-safe.
    void wake();
    /// Sweeps once on the caller's thread, for tests; returns how many letters were tried.
    std::size_t sweep();

    sweep_status status() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::publish
