#pragma once

#include "kafka_client.hpp"

#include <string>

namespace tapes::bus {

/// Looks after topics through a librdkafka client of its own, served by the calling thread.
class kafka_admin : public admin {
public:
    explicit kafka_admin(const kafka_settings& settings);

    void ping(std::chrono::milliseconds timeout) override;
    std::optional<topic_info> topic(const std::string& name, std::chrono::milliseconds timeout) override;
    void create_topic(const topic_spec& wanted, std::chrono::milliseconds timeout) override;
    std::optional<std::uint64_t> max_message_bytes(const std::string& topic,
                                                   std::chrono::milliseconds timeout) override;

private:
    /// `what` failed with `error`; takes in what the client has complained of since.
    [[noreturn]] void fail(const std::string& problem, rd_kafka_resp_err_t error);
    void collect_problems();
    event_handle await(rd_kafka_queue_t* queue, std::chrono::milliseconds timeout);

    std::string brokers_;
    log_limiter log_{log_limiter::voice::quiet};  // outlives client_, whose threads write to it
    client_handle client_;                        // declared before what hangs on it
    queue_handle main_;
};

}  // namespace tapes::bus
