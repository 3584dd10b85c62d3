#pragma once

#include "dispatcher.hpp"
#include "kafka_client.hpp"

#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <chrono>
#include <functional>
#include <map>

namespace tapes::bus {

/// Wakes one thread that has nothing to do. Thread-safe.
class alarm_bell {
public:
    void ring();
    /// Waits until it rings, at most for `patience`. Returns at once when it rang since the last call.
    void wait(std::chrono::milliseconds patience);

private:
    sync::mutex mutex_;
    sync::condition_variable rang_;
    bool ringing_ TAPES_GUARDED_BY(mutex_) = false;
};

/// Gives each assigned partition a librdkafka queue of its own, in place of the one queue that a consumer
/// has. A partition whose messages find no room in the buffer is not polled; its queue fills, and librdkafka
/// then stops fetching it. Unlike rd_kafka_pause_partitions, this throws away no message that was already
/// fetched.
///
/// For the polling thread alone.
class partition_queues {
public:
    /// Rings `bell` when something is in one of the queues. `client` and `bell` outlive the queues.
    partition_queues(rd_kafka_t* client, alarm_bell& bell) : client_{client}, bell_{bell} {}
    ~partition_queues() { clear(); }
    partition_queues(const partition_queues&) = delete;
    partition_queues& operator=(const partition_queues&) = delete;

    /// Rings for this queue too: the consumer's own.
    void watch(rd_kafka_queue_t* queue);

    /// Gives the partition its queue. To be called before the partition is assigned to the client: later,
    /// some of its messages may already be in the common queue.
    void add(const partition_id& id);
    void remove(const partition_id& id);
    void clear();

    void set_paused(const partition_id& id, bool paused);

    /// Hands events of partitions that are not paused to `take`, until that returns false, and at most 256 of
    /// each partition. Returns true when there may be more.
    bool poll(const std::function<bool(const partition_id&, rd_kafka_event_t*)>& take);

private:
    struct own_queue {
        queue_handle queue;
        bool paused = false;
    };

    rd_kafka_t* client_;
    alarm_bell& bell_;
    std::map<partition_id, own_queue> queues_;
};

}  // namespace tapes::bus
