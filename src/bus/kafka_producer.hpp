#pragma once

#include "kafka_client.hpp"
#include "publish_counter.hpp"

#include <tapes/sync/shared_mutex.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

namespace tapes::bus {

/// What a broker's or librdkafka's answer to one record means.
failure classify(rd_kafka_resp_err_t error);

/// A producer on a librdkafka client of its own, and the thread that serves its delivery reports.
class kafka_producer : public producer {
public:
    kafka_producer(const kafka_settings& settings, producer_events& events, const producer_options& options);
    ~kafka_producer() override;

    produce_result produce(const record& record) override;
    bool flush(std::chrono::steady_clock::time_point deadline) override;
    void purge() override;
    producer_status status() const override { return totals_.status(); }

private:
    rd_kafka_topic_t* topic(std::string_view name);
    void serve();
    void on_reports(rd_kafka_event_t* event);
    void on_error(rd_kafka_event_t* event);

    producer_events& events_;
    publish_counter totals_;
    log_limiter log_;       // outlives client_, whose threads write to it
    client_handle client_;  // declared before what hangs on it
    queue_handle queue_;
    sync::shared_mutex topics_mutex_;
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    std::unordered_map<std::string, topic_handle, text_hash, std::equal_to<>> topics_
        TAPES_GUARDED_BY(topics_mutex_);
    std::atomic<bool> stopping_{false};
    std::vector<const rd_kafka_message_t*> messages_;  // of serve(), kept for their capacity
    std::vector<delivery_report> reports_;
    std::thread thread_;
};

}  // namespace tapes::bus
