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
    /// Returns at once when it rang since the last call.
    void wait(std::chrono::milliseconds patience);

private:
    sync::mutex mutex_;
    sync::condition_variable rang_;
    bool ringing_ TAPES_GUARDED_BY(mutex_) = false;
};

/// A queue of its own for each assigned partition, in place of the consumer's one for all. A partition whose
/// messages find no room is left unpolled, and librdkafka stops to fetch it by itself when its queue is full:
/// no message that it has fetched is thrown away, as by rd_kafka_pause_partitions.
///
/// Of the polling thread alone.
class partition_queues {
public:
    /// `bell` rings when there is something in one of the queues. Both outlive it.
    partition_queues(rd_kafka_t* client, alarm_bell& bell) : client_{client}, bell_{bell} {}
    ~partition_queues() { clear(); }
    partition_queues(const partition_queues&) = delete;
    partition_queues& operator=(const partition_queues&) = delete;

    /// Rings for `queue` too: the consumer's own.
    void watch(rd_kafka_queue_t* queue);

    /// Before the partition is assigned to the client: a queue that is split off later may find messages in
    /// the common one already.
    void add(const partition_id& what);
    void remove(const partition_id& what);
    void clear();

    void set_paused(const partition_id& what, bool paused);

    /// Gives what is there to `take`, until that says false or for a while. True when there may be more.
    bool poll(const std::function<bool(const partition_id&, rd_kafka_event_t*)>& take);

private:
    struct one_queue {
        queue_handle queue;
        bool paused = false;
    };

    rd_kafka_t* client_;
    alarm_bell& bell_;
    std::map<partition_id, one_queue> queues_;
};

}  // namespace tapes::bus
