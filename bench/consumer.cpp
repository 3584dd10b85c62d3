/// librdkafka's consumer alone: how fast the records of a topic can be read, to compare the collector with.
///
///   tapes_bench_consumer TOPIC COUNT PROPERTY=VALUE...
///
/// Reads COUNT records from the beginning of every partition, without a group, and looks at each value's
/// bytes. The clock starts with the first record, so that connecting is not counted. Prints one JSON object;
/// exit code 1 on any failure.
#include "cpu_time.hpp"

#include <librdkafka/rdkafka.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

namespace {

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "tapes_bench_consumer: %s\n", what);
    std::exit(1);
}

struct destroyer {
    void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
    void operator()(const rd_kafka_metadata_t* found) const { rd_kafka_metadata_destroy(found); }
    void operator()(rd_kafka_topic_partition_list_t* list) const {
        rd_kafka_topic_partition_list_destroy(list);
    }
};

template <class Kind>
using owned = std::unique_ptr<Kind, destroyer>;

owned<rd_kafka_t> make_client(int count, char** properties) {
    std::array<char, 512> text{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    // Assigning by hand wants a name of a group too, which is never joined.
    for (const auto& [name, value] :
         {std::pair{"group.id", "tapes_bench"}, std::pair{"enable.auto.commit", "false"}}) {
        rd_kafka_conf_set(conf, name, value, text.data(), text.size());
    }
    for (int i = 0; i < count; ++i) {
        const std::string both = properties[i];
        const auto split = both.find('=');
        if (split == std::string::npos ||
            rd_kafka_conf_set(conf, both.substr(0, split).c_str(), both.c_str() + split + 1, text.data(),
                              text.size()) != RD_KAFKA_CONF_OK) {
            fail(split == std::string::npos ? "a property is NAME=VALUE" : text.data());
        }
    }
    owned<rd_kafka_t> made{rd_kafka_new(RD_KAFKA_CONSUMER, conf, text.data(), text.size())};
    if (!made) {
        fail(text.data());
    }
    rd_kafka_poll_set_consumer(made.get());
    return made;
}

void assign_all(rd_kafka_t* client, const char* name) {
    rd_kafka_topic_t* topic = rd_kafka_topic_new(client, name, nullptr);
    const rd_kafka_metadata_t* raw = nullptr;
    const auto asked = rd_kafka_metadata(client, 0, topic, &raw, 10'000);
    const owned<const rd_kafka_metadata_t> found{raw};
    if (asked != RD_KAFKA_RESP_ERR_NO_ERROR || found->topic_cnt != 1 || found->topics[0].partition_cnt == 0) {
        fail("the topic cannot be found");
    }
    const auto partitions = found->topics[0].partition_cnt;
    const owned<rd_kafka_topic_partition_list_t> all{rd_kafka_topic_partition_list_new(partitions)};
    for (int partition = 0; partition < partitions; ++partition) {
        rd_kafka_topic_partition_list_add(all.get(), name, partition)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    if (rd_kafka_assign(client, all.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail("the partitions cannot be assigned");
    }
    rd_kafka_topic_destroy(topic);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: tapes_bench_consumer TOPIC COUNT PROPERTY=VALUE...\n");
        return 2;
    }
    const auto wanted = std::strtoull(argv[2], nullptr, 10);
    const auto client = make_client(argc - 3, argv + 3);
    assign_all(client.get(), argv[1]);
    const owned<rd_kafka_queue_t> queue{rd_kafka_queue_get_consumer(client.get())};
    std::array<rd_kafka_message_t*, 1000> batch{};
    unsigned long long seen = 0;
    unsigned long long before = 0;  // that came with the first batch: their way is not measured
    std::uint64_t sum = 0;
    std::uint64_t bytes = 0;
    double cpu = 0;
    auto start = std::chrono::steady_clock::now();
    const auto until = start + std::chrono::minutes{2};
    while (seen < wanted) {
        const auto got = rd_kafka_consume_batch_queue(queue.get(), 100, batch.data(), batch.size());
        if (std::chrono::steady_clock::now() > until) {
            fail("not all records came in time");
        }
        const bool first = seen == 0;
        for (ssize_t i = 0; i < got; ++i) {
            auto* const message = batch[static_cast<std::size_t>(i)];
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                const auto* const value = static_cast<const unsigned char*>(message->payload);
                for (std::size_t at = 0; at < message->len; at += 64) {
                    sum += value[at];
                }
                bytes += message->len;
                ++seen;
            } else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
                fail(rd_kafka_message_errstr(message));
            }
            rd_kafka_message_destroy(message);
        }
        if (first && seen > 0) {
            before = seen;
            start = std::chrono::steady_clock::now();
            cpu = cpu_seconds();
        }
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const auto measured = static_cast<double>(seen - before);
    std::printf(
        "{\"events\":%llu,\"measured\":%.0f,\"seconds\":%.6f,\"cpu_us\":%.3f,\"bytes\":%llu,\"sum\":%llu}\n",
        seen, measured, seconds, measured > 0 ? (cpu_seconds() - cpu) * 1e6 / measured : 0.0,
        static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(sum));
    rd_kafka_consumer_close(client.get());
    return 0;
}
