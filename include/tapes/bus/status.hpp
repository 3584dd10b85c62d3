#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tapes::bus {

/// Counts how long something took: a count for each bound in milliseconds, and one for what took longer.
struct duration_totals {
    static constexpr std::array<std::uint32_t, 12> bounds_ms{1,   2,   5,   10,   25,   50,
                                                             100, 250, 500, 1000, 5000, 30000};
    std::array<std::uint64_t, bounds_ms.size() + 1> counts{};
    std::uint64_t sum_us = 0;

    void add(std::uint64_t us) {
        std::size_t at = 0;
        while (at < bounds_ms.size() && us > std::uint64_t{bounds_ms[at]} * 1000) {
            ++at;
        }
        ++counts[at];
        sum_us += us;
    }
};

/// Counts what became of the records for one topic since the producer was made.
struct publish_totals {
    std::uint64_t delivered = 0;
    std::uint64_t too_large = 0;  ///< by the broker's report, or refused at once
    std::uint64_t invalid = 0;
    std::uint64_t transient = 0;
    std::uint64_t purged = 0;
    duration_totals duration;  ///< of those delivered: from `produce` to the report
};

struct producer_status {
    std::map<std::string, publish_totals> topics;
};

enum class consumer_state : std::uint8_t {
    running,   ///< in its group, or trying to be
    stopping,  ///< `stop` was called: what it has is worked off
    stopped,
    failed,  ///< for good, see `error`: nothing is handled any more; make a new one
};

/// The state of a partition that this consumer holds.
struct partition_status {
    std::string topic;
    int partition = 0;
    std::int64_t position = -1;   ///< the next offset to be handled; -1: not known yet
    std::int64_t committed = -1;  ///< as the broker has confirmed; -1: none yet, or not known
    std::int64_t lag = -1;        ///< records that wait behind `position`; -1: not known yet
    bool releasing = false;       ///< being handed over: what is in the handler is waited for
    bool paused = false;          ///< its buffer is full, or its first message is tried again later
};

/// Counts what became of the messages of one topic since the consumer was made.
struct consume_totals {
    std::uint64_t received = 0;     ///< repeats included
    std::uint64_t handled = 0;      ///< by the handler, without the undecodable
    std::uint64_t undecodable = 0;  ///< given to `subscriber::bury`
    std::uint64_t retries = 0;      ///< how often a message failed and was to be tried again
};

struct consumer_status {
    consumer_state state = consumer_state::running;
    std::string error;         ///< why it failed; "" otherwise
    std::string last_trouble;  ///< the last passing one; "" when there was none
    std::uint64_t rebalances = 0;
    std::uint64_t partitions_lost = 0;  ///< taken away before they could be handed over
    std::uint64_t commits = 0;
    std::uint64_t commit_errors = 0;
    std::size_t buffered_messages = 0;  ///< received, not handled
    std::uint64_t buffered_bytes = 0;
    std::map<std::string, consume_totals> topics;
    std::vector<partition_status> partitions;  ///< sorted
};

}  // namespace tapes::bus
