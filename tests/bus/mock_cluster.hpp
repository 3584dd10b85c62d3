#pragma once

#include <tapes/bus/kafka.hpp>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <cstdint>
#include <string>

namespace tapes::bus::test {

/// librdkafka's mock cluster, on a client of its own so that it outlives the clients under test.
class mock_cluster {
public:
    explicit mock_cluster(int brokers = 1) {
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
        client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
        cluster_ = rd_kafka_mock_cluster_new(client_, brokers);
        rd_kafka_mock_topic_create(cluster_, "events", 6, 1);
    }
    ~mock_cluster() {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(client_);
    }
    mock_cluster(const mock_cluster&) = delete;
    mock_cluster& operator=(const mock_cluster&) = delete;

    kafka_settings settings() const { return {{rd_kafka_mock_cluster_bootstraps(cluster_)}, "test", {}}; }
    void create_topic(const std::string& name, int partitions) {
        rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, 1);
    }
    void fail_produce(rd_kafka_resp_err_t error) { fail(0, error); }
    void fail_commit(rd_kafka_resp_err_t error) { fail(8, error); }
    void fail_heartbeat(rd_kafka_resp_err_t error) { fail(12, error); }
    void set_down(bool down) {
        down ? rd_kafka_mock_broker_set_down(cluster_, -1) : rd_kafka_mock_broker_set_up(cluster_, -1);
    }

private:
    /// The next request of this kind (Kafka's API keys) is answered so.
    void fail(std::int16_t api, rd_kafka_resp_err_t error) {
        rd_kafka_mock_push_request_errors_array(cluster_, api, 1, &error);
    }

    rd_kafka_t* client_;
    rd_kafka_mock_cluster_t* cluster_;
};

}  // namespace tapes::bus::test
