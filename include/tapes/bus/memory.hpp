#pragma once

#include <tapes/bus/bus.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tapes::bus {

/// A record as a topic holds it.
struct stored_record {
    std::string topic;
    std::string key;
    std::string value;
    std::vector<std::pair<std::string, std::string>> headers;
    std::int64_t timestamp_ms = 0;
    int partition = 0;
    std::int64_t offset = 0;  ///< in its partition
};

/// A message bus without a broker, for tests: records in the order in which they were acknowledged, and
/// faults on demand. Partitions (FNV-1a of the key), groups and offsets are as with Kafka, and so are the
/// threads: one of each producer reports, one of each consumer polls and one handles. Thread-safe.
class memory_bus : public message_bus {
public:
    /// What befalls a record on its way to the topic.
    struct fate {
        failure why = failure::none;
        bool arrives =
            true;  ///< the topic has it (also when the report says otherwise: a lost acknowledgement)
        bool fatal = false;  ///< the producer is fatally broken afterwards
    };

    memory_bus();
    ~memory_bus() override;

    std::unique_ptr<producer> make_producer(producer_events& events,
                                            const producer_options& options) override;
    std::unique_ptr<consumer> make_consumer(subscriber& handler, const consumer_options& options) override;
    std::unique_ptr<admin> make_admin() override;
    std::string name() const override { return "the bus in memory"; }

    /// Asked for each record in the order in which they were produced, on the producer's thread.
    void decide(std::function<fate(const stored_record&)> decider);
    /// While held, nothing is delivered nor reported: a slow broker. Purging works.
    void hold(bool held);
    /// While down, no admin call succeeds and nothing is delivered: an outage.
    void set_down(bool down);
    /// How many records a producer queues before it says queue_full; 0: no limit.
    void limit_queue(std::size_t records);
    /// max.message.bytes of every topic.
    void limit_message(std::uint64_t bytes);
    /// create_topic is refused with `reason`; "": allowed.
    void refuse_creation(std::string reason);

    /// Takes all partitions from all consumers, as a broker does that has not heard of them for too long;
    /// they join their groups again.
    void evict_consumers();
    /// Every consumer fails for good, for `reason`.
    void break_consumers(const std::string& reason);

    /// How many consumers are in groups: those that were destroyed, stopped or have failed are not.
    std::size_t consumers() const;
    /// What a group has committed for a partition; -1: nothing.
    std::int64_t committed(const std::string& group, const std::string& topic, int partition) const;

    std::vector<stored_record> records(const std::string& topic) const;
    std::size_t producers_made() const;
    std::size_t in_flight() const;  ///< accepted, not reported, over all producers

    class state;  ///< private to memory.cpp

private:
    std::shared_ptr<state> state_;
};

}  // namespace tapes::bus
