#include "kafka_admin.hpp"

#include <tapes/text/list.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace tapes::bus {
namespace {

using std::chrono::milliseconds;

using metadata_handle = std::unique_ptr<const rd_kafka_metadata_t, deleter<rd_kafka_metadata_destroy>>;
using options_handle = std::unique_ptr<rd_kafka_AdminOptions_t, deleter<rd_kafka_AdminOptions_destroy>>;
using new_topic_handle = std::unique_ptr<rd_kafka_NewTopic_t, deleter<rd_kafka_NewTopic_destroy>>;
using resource_handle = std::unique_ptr<rd_kafka_ConfigResource_t, deleter<rd_kafka_ConfigResource_destroy>>;

int as_int(milliseconds time) {
    return static_cast<int>(std::clamp<std::int64_t>(time.count(), 1, 3'600'000));
}

options_handle make_options(rd_kafka_t* client, rd_kafka_admin_op_t operation, milliseconds timeout) {
    options_handle options(rd_kafka_AdminOptions_new(client, operation));
    std::array<char, 256> text{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), as_int(timeout), text.data(), text.size());
    if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS) {
        rd_kafka_AdminOptions_set_operation_timeout(options.get(), as_int(timeout), text.data(), text.size());
    }
    return options;
}

std::string seconds(milliseconds time) {
    const auto ms = time.count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

kafka_admin::kafka_admin(const kafka_settings& settings) : brokers_{text::comma_list(settings.brokers)} {
    auto conf = make_conf(settings, {}, log_);
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
    client_ = make_client(std::move(conf));
    main_.reset(rd_kafka_queue_get_main(client_.get()));
}

void kafka_admin::collect_problems() {
    while (const event_handle event{rd_kafka_queue_poll(main_.get(), 0)}) {
        // "all brokers down" follows the error that says why; keep that one.
        if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR &&
            rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
            log_.note_problem(rd_kafka_event_error_string(event.get()));
        }
    }
}

void kafka_admin::fail(const std::string& problem, rd_kafka_resp_err_t error) {
    collect_problems();
    const auto logged = log_.last_problem();
    throw bus_error("kafka brokers " + brokers_ + ": " + problem + ": " +
                    (logged.empty() ? rd_kafka_err2str(error) : logged));
}

void kafka_admin::ping(milliseconds timeout) {
    const rd_kafka_metadata_t* found = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 0, nullptr, &found, as_int(timeout));
    const metadata_handle metadata(found);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail("no answer within " + seconds(timeout), error);
    }
    collect_problems();
    log_.note_problem("");
}

std::optional<topic_info> kafka_admin::topic(const std::string& name, milliseconds timeout) {
    const topic_handle topic(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
    if (!topic) {
        throw setting_error("kafka topic \"" + name + "\": " + rd_kafka_err2str(rd_kafka_last_error()));
    }
    const rd_kafka_metadata_t* found = nullptr;
    const auto error = rd_kafka_metadata(client_.get(), 0, topic.get(), &found, as_int(timeout));
    const metadata_handle metadata(found);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail("topic \"" + name + "\" could not be looked up", error);
    }
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const auto& topic = metadata->topics[i];
        if (name != topic.topic) {
            continue;
        }
        if (topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
            return std::nullopt;
        }
        if (topic.err != RD_KAFKA_RESP_ERR_NO_ERROR && topic.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
            throw bus_error("kafka brokers " + brokers_ + ": topic \"" + name +
                            "\": " + rd_kafka_err2str(topic.err));
        }
        return topic_info{topic.partition_cnt};
    }
    return std::nullopt;
}

event_handle kafka_admin::await(rd_kafka_queue_t* queue, milliseconds timeout) {
    // The request's own deadline is `timeout`; a little more, and its answer tells more than ours would.
    return event_handle(rd_kafka_queue_poll(queue, as_int(timeout) + 1000));
}

void kafka_admin::create_topic(const topic_spec& wanted, milliseconds timeout) {
    std::array<char, 512> text{};
    const new_topic_handle topic(
        rd_kafka_NewTopic_new(wanted.name.c_str(), wanted.partitions, -1, text.data(), text.size()));
    if (!topic) {
        throw setting_error("kafka topic \"" + wanted.name + "\": " + text.data());
    }
    const auto limit = std::to_string(wanted.max_message_bytes);
    rd_kafka_NewTopic_set_config(topic.get(), "max.message.bytes", limit.c_str());
    // Retention counts from when a record came: what it tells of may be older than that.
    rd_kafka_NewTopic_set_config(topic.get(), "message.timestamp.type", "LogAppendTime");
    if (wanted.retention.count() != 0) {
        rd_kafka_NewTopic_set_config(topic.get(), "retention.ms",
                                     std::to_string(wanted.retention.count()).c_str());
    }
    const queue_handle queue(rd_kafka_queue_new(client_.get()));
    const auto options = make_options(client_.get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
    auto* request = topic.get();
    rd_kafka_CreateTopics(client_.get(), &request, 1, options.get(), queue.get());
    const auto event = await(queue.get(), timeout);
    const auto problem = "topic \"" + wanted.name + "\" could not be created";
    if (!event) {
        fail(problem, RD_KAFKA_RESP_ERR__TIMED_OUT);
    }
    if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw bus_error("kafka brokers " + brokers_ + ": " + problem + ": " +
                        rd_kafka_event_error_string(event.get()));
    }
    std::size_t count = 0;
    const auto* results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto error = rd_kafka_topic_result_error(results[i]);
        if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            const char* why = rd_kafka_topic_result_error_string(results[i]);
            throw bus_error("kafka brokers " + brokers_ + ": " + problem + ": " +
                            (why != nullptr ? why : rd_kafka_err2str(error)));
        }
    }
}

std::optional<std::uint64_t> kafka_admin::max_message_bytes(const std::string& topic, milliseconds timeout) {
    const resource_handle resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    const queue_handle queue(rd_kafka_queue_new(client_.get()));
    const auto options = make_options(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
    auto* request = resource.get();
    rd_kafka_DescribeConfigs(client_.get(), &request, 1, options.get(), queue.get());
    const auto event = await(queue.get(), timeout);
    if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::nullopt;
    }
    std::size_t count = 0;
    const auto* answers =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    for (std::size_t i = 0; i < count; ++i) {
        std::size_t entries = 0;
        const auto* configs = rd_kafka_ConfigResource_configs(answers[i], &entries);
        for (std::size_t j = 0; j < entries; ++j) {
            const char* name = rd_kafka_ConfigEntry_name(configs[j]);
            const char* value = rd_kafka_ConfigEntry_value(configs[j]);
            if (value != nullptr && std::string_view(name) == "max.message.bytes") {
                std::uint64_t bytes = 0;
                const auto parsed = std::from_chars(value, value + std::strlen(value), bytes);
                return parsed.ec == std::errc() ? std::optional(bytes) : std::nullopt;
            }
        }
    }
    return std::nullopt;
}

}  // namespace tapes::bus
