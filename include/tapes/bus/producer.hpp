#pragma once

#include <tapes/bus/status.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tapes::bus {

struct header {
    const char* name;
    std::string_view value;
};

/// A message to be sent. `producer::produce` copies what the views show.
struct record {
    std::string_view topic;
    std::string_view key;
    std::string_view value;
    std::span<const header> headers;  ///< at most 16
    std::int64_t timestamp_ms = 0;    ///< since the epoch, UTC
    std::uint64_t opaque = 0;         ///< comes back in the delivery report
};

/// Why a record was not delivered.
enum class failure : std::uint8_t {
    none,       ///< it was delivered
    too_large,  ///< permanent: over the limit of the topic, the broker or the client
    invalid,    ///< permanent: the broker refuses this record (or its batch) for what it is
    transient,  ///< may succeed another time: timeouts, authorization, a missing topic, ...
    purged,     ///< given up by `purge` or by the end of the producer
};

constexpr bool permanent(failure why) {
    return why == failure::too_large || why == failure::invalid;
}

/// Tells what became of an accepted record.
struct delivery_report {
    std::uint64_t opaque = 0;
    failure why = failure::none;
    std::string_view reason;  ///< for people; "" when delivered; valid during the call
};

/// How serious a trouble is.
enum class severity : std::uint8_t {
    passing,      ///< for people: the producer goes on trying
    unreachable,  ///< no broker answers; the producer goes on trying
    fatal,        ///< nothing is accepted any more: destroy the producer and make a new one
};

/// Receives what a producer tells its owner, on a thread of the producer. The calls must not block for long,
/// nor throw, nor end the producer.
class producer_events {
public:
    virtual ~producer_events() = default;

    /// Reports each accepted record exactly once, at the latest while the producer is destroyed.
    virtual void delivered(std::span<const delivery_report> reports) = 0;

    /// Reports trouble that concerns no single record.
    virtual void trouble(severity level, std::string_view text) = 0;
};

enum class acceptance : std::uint8_t {
    accepted,    ///< will be reported
    queue_full,  ///< back pressure: offer it again after some reports
    refused,     ///< permanent: it can never be sent (too large)
    broken,      ///< the producer accepts nothing any more, or the topic is gone: make a new one
};

struct produce_result {
    acceptance status = acceptance::accepted;
    std::string reason;  ///< "" when accepted
};

/// Sends records in order per key and retries as often as needed. Thread-safe. The destructor gives up what
/// is not delivered (reported as purged) and joins the producer's thread.
class producer {
public:
    virtual ~producer() = default;

    /// Accepts a record or says why not. Never blocks.
    virtual produce_result produce(const record& record) = 0;

    /// Waits until everything accepted has been reported or `deadline` has passed; returns true for the
    /// former. The callbacks for it may still be running.
    virtual bool flush(std::chrono::steady_clock::time_point deadline) = 0;

    /// Gives up what is queued or in flight, reported as purged; what was in flight may have arrived all the
    /// same.
    virtual void purge() = 0;

    virtual producer_status status() const = 0;
};

}  // namespace tapes::bus
