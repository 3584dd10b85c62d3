#pragma once

#include <tapes/bus/producer.hpp>
#include <tapes/bus/status.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::bus {

/// A message as a subscriber sees it. Views hold during the call that shows them.
struct message {
    std::string_view topic;
    int partition = 0;
    std::int64_t offset = 0;
    std::string_view key;
    std::string_view value;
    std::span<const header> headers;
    std::int64_t timestamp_ms = 0;  ///< since the epoch, UTC; 0 when the broker has none

    /// Returns the value of the first header of this name; "" when there is none.
    std::string_view header_value(std::string_view name) const {
        for (const auto& field : headers) {
            if (name == field.name) {
                return field.value;
            }
        }
        return {};
    }
};

/// Names a message of a batch that can never be handled.
struct rejection {
    std::size_t index = 0;  ///< in the batch
    std::string reason;
};

/// Tells what became of a batch. The first `handled` messages are dealt with, those in `rejected` included.
/// The next one, if any, failed for the time being, for `reason`: it and what follows it in its partition are
/// given again after a back-off, in order; the rest of the batch is given again at once.
struct outcome {
    std::size_t handled = 0;
    std::string reason;
    std::vector<rejection> rejected;  ///< ascending, each below `handled`

    static outcome all(std::span<const message> batch) { return {batch.size(), {}, {}}; }
};

/// Handles messages. `handle` and `bury` are called on the consumer's worker thread, one call at a time;
/// `trouble` on any thread of the consumer. None may end the consumer. Outlives it.
class subscriber {
public:
    virtual ~subscriber() = default;

    /// Handles 1 to `batch_messages` messages of one or several partitions, in order within each. Their
    /// offsets are committed only after the return: what must survive (a store's commit) is done by then. May
    /// take as long as it needs. May throw: the batch is then given again message by message; a message that
    /// throws alone is undecodable (except for std::bad_alloc, which is retried).
    virtual outcome handle(std::span<const message> batch) = 0;

    /// Keeps a message that was rejected, threw, or failed `max_attempts` times: a dead letter. Returns true
    /// when it is safe and its offset may be committed; after false or an exception it is tried again later.
    virtual bool bury(const message& message, std::string_view reason, unsigned attempts) = 0;

    /// Reports trouble. With `fatal` the consumer has failed and nothing more is handled. Must not throw.
    virtual void trouble(severity level, std::string_view text) = 0;
};

/// Says where a group without a committed offset starts.
enum class offset_reset : std::uint8_t {
    earliest,
    latest,
    error,  ///< the consumer fails
};

struct consumer_options {
    std::vector<std::string> topics;  ///< at least one, of any order
    std::string group;                ///< "": derived_group(topics)
    offset_reset reset = offset_reset::earliest;
    std::chrono::milliseconds session_timeout{45'000};
    std::size_t buffer_messages = 10'000;            ///< received and not handled, over all partitions
    std::uint64_t buffer_bytes = 64ULL << 20;        ///< of keys, values and headers; one fetch may pass it
    std::size_t batch_messages = 1;                  ///< most that `handle` is given at a time
    std::uint64_t batch_bytes = 8ULL << 20;          ///< of a batch of more than one
    std::chrono::milliseconds commit_interval{500};  ///< 0: as soon as possible
    std::chrono::milliseconds handover{10'000};      ///< how long a rebalance waits for a handler
    std::chrono::milliseconds retry_base{100};       ///< back-off after the first failure, doubled ...
    std::chrono::milliseconds retry_cap{30'000};     ///< ... up to this, each ±20 %
    unsigned max_attempts = 0;                       ///< how many until a message is buried; 0: no limit
};

/// Returns the name of the group for these topics, whatever their order: "tapes+a+b" for {"b", "a", "b"}.
std::string derived_group(std::vector<std::string> topics);

/// Throws setting_error, naming the option: no topic, an empty one, or a size or time of 0.
void check(const consumer_options& options);

/// A member of a consumer group with a thread that polls and one that handles. At least once, in order per
/// partition. A handler that is slower than the topic gets its partitions paused while polling goes on; in a
/// rebalance what is being handled is finished and committed (for at most `handover`), and nothing is
/// committed for a partition that is gone. Thread-safe.
///
/// The destructor without `stop` ends like a crash, but for waiting until the handler returns: nothing more
/// is committed.
class consumer {
public:
    virtual ~consumer() = default;

    /// Stops taking messages, handles what it has, commits and leaves the group; what is not handled at
    /// `deadline` stays uncommitted, as do messages that wait for another try. True when all that it had was
    /// handled and committed. Not for a thread of the consumer. A second call, also while the first waits,
    /// returns what the first does; its deadline counts where it is nearer.
    virtual bool stop(std::chrono::steady_clock::time_point deadline) = 0;

    virtual consumer_status status() const = 0;
    virtual const std::string& group() const = 0;
};

}  // namespace tapes::bus
