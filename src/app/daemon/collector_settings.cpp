#include "daemon/collector_settings.hpp"

#include "access/token_file.hpp"

#include <tapes/api/http_content_source.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/bus/kafka.hpp>
#include <tapes/event/types.hpp>

#include <algorithm>
#include <utility>

namespace tapes::app {

config::collector_settings resolved_collector(const config::settings& settings) {
    auto collector = settings.collector;
    const auto& kafka = settings.publisher.kafka;
    collector.brokers = collector.brokers.empty() ? kafka.brokers : collector.brokers;
    collector.topic = collector.topic.empty() ? kafka.topic : collector.topic;
    if (collector.brokers.empty()) {
        throw usage_error{"no brokers to collect from: give --kafka-brokers, or collector.brokers"};
    }
    if (collector.topic.empty()) {
        throw usage_error{"no topic to collect from: give --kafka-topic, or collector.topic"};
    }
    return collector;
}

publish::collector_settings collector_options(const config::collector_settings& collector) {
    publish::collector_settings made;
    auto& reading = made.reading;
    reading.topics = {collector.topic};
    reading.group = collector.group;
    reading.reset = collector.start == config::offset_start::earliest ? bus::offset_reset::earliest
                    : collector.start == config::offset_start::latest ? bus::offset_reset::latest
                                                                      : bus::offset_reset::error;
    reading.session_timeout = collector.session_timeout;
    reading.buffer_messages = collector.buffer_messages;
    reading.buffer_bytes = collector.buffer_bytes;
    reading.batch_messages = collector.batch_messages;
    made.consumers = collector.consumers;
    made.content_attempts = collector.content_attempts;
    return made;
}

std::unique_ptr<bus::message_bus> collector_bus(const config::settings& settings,
                                                const config::collector_settings& collector) {
    const auto& kafka = settings.publisher.kafka;
    return bus::make_kafka_bus({collector.brokers, kafka.client_id, kafka.properties});
}

std::unique_ptr<publish::content_source> collector_contents(const config::collector_settings& collector) {
    if (collector.content_source.empty()) {
        return nullptr;
    }
    api::http_content_settings source;
    source.urls = collector.content_source;
    constexpr std::string_view in_file = "file:";
    source.token = collector.content_token.starts_with(in_file)
                       ? read_token_file(collector.content_token.substr(in_file.size()))
                       : collector.content_token;
    source.timeout = collector.content_timeout;
    return api::make_http_content_source(std::move(source));
}

std::vector<config::publisher_settings> collector_publishers(const config::settings& settings,
                                                             const config::collector_settings& collector) {
    auto all = settings.publishers;
    std::erase_if(all, [&collector](const auto& one) {
        return one.kafka.topic == collector.topic && one.kafka.brokers == collector.brokers;
    });
    auto announcer = settings.publisher;
    announcer.name = "collector";
    announcer.type = config::publisher_type::kafka;
    announcer.kafka.brokers = collector.brokers;
    announcer.kafka.topic = collector.topic;
    announcer.kafka.create_topic = collector.create_topics;
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
