#pragma once

#include "dispatcher.hpp"
#include "kafka_client.hpp"
#include "kafka_partition_queues.hpp"

#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tapes::bus {

/// A consumer on a librdkafka client of its own. One thread polls and does all that concerns the group; the
/// worker of the dispatcher never touches the client. Offsets are committed by us and explicitly, so that it
/// is always clear for which partitions.
///
/// The assignment is the eager one: cooperative-sticky can hang or crash in librdkafka before 2.4 (its issues
/// 4312 and 4527). Where the user sets it all the same, its incremental calls are made.
class kafka_consumer : public consumer {
public:
    kafka_consumer(const kafka_settings& settings, subscriber& handler, const consumer_options& options);
    ~kafka_consumer() override;

    bool stop(std::chrono::steady_clock::time_point deadline) override;
    consumer_status status() const override;
    const std::string& group() const override { return group_; }

private:
    using clock = std::chrono::steady_clock;
    using offsets = std::map<partition_id, std::int64_t>;

    struct seen_offsets {
        std::int64_t committed = -1;
        std::int64_t start = -1;  ///< where handling begins when nothing is committed
        std::int64_t end = -1;    ///< of the partition
    };

    // kafka_consumer.cpp
    void run() noexcept;
    void poll_until_stopped();
    void look_after();
    void on_event(rd_kafka_event_t* event);
    bool serve_group();
    bool take_messages();
    void on_fetch(rd_kafka_event_t* event);
    void on_error(rd_kafka_event_t* event);
    void finish_stop();
    bool leave_group();
    bool may_still_leave(clock::time_point begun) const;
    void end(consumer_state state, const std::string& error);
    void tell(severity level, const std::string& text);

    // kafka_consumer_group.cpp
    void on_rebalance(rd_kafka_event_t* event);
    void begin_revocation(const rd_kafka_topic_partition_list_t& list);
    void go_on_with_revocation(bool at_once);
    void give_up(const rd_kafka_topic_partition_list_t& list);
    std::chrono::milliseconds commit_time() const;
    void commit(bool wait);
    void send_commit(const offsets& positions);
    void take_commit_result(std::chrono::milliseconds patience);
    void refresh_ends();
    void refresh_starts(const std::vector<partition_id>& unknown);
    void refresh_beginnings(const std::vector<partition_id>& uncommitted);
    std::vector<partition_id> owned() const;

    subscriber& handler_;
    const consumer_options options_;
    const std::string group_;
    std::unique_ptr<log_limiter> log_ = std::make_unique<log_limiter>();  // client_'s threads write to it
    alarm_bell bell_;                                                     // and ring it
    client_handle client_;                                                // declared before what hangs on it
    queue_handle queue_;
    queue_handle commit_queue_;
    std::optional<partition_queues> queues_;
    dispatcher dispatcher_;

    // Of the polling thread alone.
    partition_list revoking_;
    clock::time_point revoke_by_{};
    bool commit_pending_ = false;
    clock::time_point next_commit_ = clock::now() + options_.commit_interval;
    clock::time_point next_look_{};
    clock::time_point next_ends_{};
    std::string fatal_;
    bool left_ = false;  ///< the group, and librdkafka says so

    mutable sync::mutex mutex_;
    sync::condition_variable ended_;
    std::map<partition_id, seen_offsets> seen_ TAPES_GUARDED_BY(mutex_);  // of the assigned partitions
    consumer_status told_ TAPES_GUARDED_BY(mutex_);                       // what the dispatcher does not know
    std::optional<clock::time_point> stop_by_ TAPES_GUARDED_BY(mutex_);
    bool gone_ TAPES_GUARDED_BY(mutex_) = false;  // the polling thread has done its work
    bool drained_ TAPES_GUARDED_BY(mutex_) = false;
    std::atomic<bool> destroying_{false};
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace tapes::bus
