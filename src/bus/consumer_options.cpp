#include <tapes/bus/bus.hpp>
#include <tapes/bus/consumer.hpp>

#include <algorithm>

namespace tapes::bus {

std::string derived_group(std::vector<std::string> topics) {
    std::sort(topics.begin(), topics.end());
    topics.erase(std::unique(topics.begin(), topics.end()), topics.end());
    std::string group = "tapes";
    for (const auto& topic : topics) {
        group += '+';  // no topic's name has one
        group += topic;
    }
    return group;
}

void check(const consumer_options& options) {
    const auto refuse = [](const std::string& problem) { throw setting_error("consumer: " + problem); };
    if (options.topics.empty()) {
        refuse("topics: at least one is required");
    }
    if (std::any_of(options.topics.begin(), options.topics.end(),
                    [](const auto& topic) { return topic.empty(); })) {
        refuse("topics: an empty name");
    }
    if (options.buffer_messages == 0) {
        refuse("buffer_messages must be at least 1");
    }
    if (options.buffer_bytes == 0) {
        refuse("buffer_bytes must be at least 1");
    }
    if (options.batch_messages == 0) {
        refuse("batch_messages must be at least 1");
    }
    if (options.batch_bytes == 0) {
        refuse("batch_bytes must be at least 1");
    }
    if (options.session_timeout.count() <= 0) {
        refuse("session_timeout must be more than 0");
    }
    if (options.handover.count() <= 0) {
        refuse("handover must be more than 0");
    }
    if (options.retry_base.count() <= 0 || options.retry_cap < options.retry_base) {
        refuse("retry_base must be more than 0 and at most retry_cap");
    }
    if (options.commit_interval.count() < 0) {
        refuse("commit_interval must not be negative");
    }
}

}  // namespace tapes::bus
