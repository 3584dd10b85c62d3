#include "daemon/collector_settings.hpp"

#include <tapes/api/http_content_source.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/bus/kafka.hpp>
#include <tapes/event/types.hpp>

#include <algorithm>
#include <utility>

namespace tapes::app {

config::collector_settings resolved_collector(const config::settings& how) {
    auto with = how.collector;
    const auto& kafka = how.publisher.kafka;
    with.brokers = with.brokers.empty() ? kafka.brokers : with.brokers;
    with.topic = with.topic.empty() ? kafka.topic : with.topic;
    if (with.brokers.empty()) {
        throw usage_error{"no brokers to collect from: give --kafka-brokers, or collector.brokers"};
    }
    if (with.topic.empty()) {
        throw usage_error{"no topic to collect from: give --kafka-topic, or collector.topic"};
    }
    return with;
}

publish::collector_settings collector_options(const config::collector_settings& with) {
    publish::collector_settings made;
    auto& reading = made.reading;
    reading.topics = {with.topic};
    reading.group = with.group;
    reading.reset = with.start == config::offset_start::earliest ? bus::offset_reset::earliest
                    : with.start == config::offset_start::latest ? bus::offset_reset::latest
                                                                 : bus::offset_reset::error;
    reading.session_timeout = with.session_timeout;
    reading.buffer_messages = with.buffer_messages;
    reading.buffer_bytes = with.buffer_bytes;
    reading.batch_messages = with.batch_messages;
    made.consumers = with.consumers;
    made.content_attempts = with.content_attempts;
    return made;
}

std::unique_ptr<bus::message_bus> collector_bus(const config::settings& how,
                                                const config::collector_settings& with) {
    const auto& kafka = how.publisher.kafka;
    return bus::make_kafka_bus({with.brokers, kafka.client_id, kafka.properties});
}

std::unique_ptr<publish::content_source> collector_contents(const config::collector_settings& with) {
    if (with.content_source.empty()) {
        return nullptr;
    }
    api::http_content_settings asking;
    asking.urls = with.content_source;
    asking.token = with.content_token;
    asking.timeout = with.content_timeout;
    return api::make_http_content_source(std::move(asking));
}

std::vector<config::publisher_settings> collector_publishers(const config::settings& how,
                                                             const config::collector_settings& with) {
    auto all = how.publishers;
    std::erase_if(all, [&with](const auto& one) {
        return one.kafka.topic == with.topic && one.kafka.brokers == with.brokers;
    });
    auto announcer = how.publisher;
    announcer.name = "collector";
    announcer.type = config::publisher_type::kafka;
    announcer.kafka.brokers = with.brokers;
    announcer.kafka.topic = with.topic;
    announcer.kafka.create_topic = with.create_topics;
    std::erase_if(announcer.events,
                  [](const std::string& type) { return !event::is_dead_letter_type(type); });
    const bool taken = std::any_of(all.begin(), all.end(),
                                   [&announcer](const auto& one) { return one.name == announcer.name; });
    if (!announcer.events.empty() && !taken) {
        all.insert(all.begin(), std::move(announcer));  // the first announces what is nobody else's
    }
    return all;
}

}  // namespace tapes::app
