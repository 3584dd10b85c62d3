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

void check(const consumer_options& how) {
    const auto refuse = [](const std::string& what) { throw setting_error("consumer: " + what); };
    if (how.topics.empty()) {
        refuse("topics: at least one is required");
    }
    if (std::any_of(how.topics.begin(), how.topics.end(), [](const auto& one) { return one.empty(); })) {
        refuse("topics: an empty name");
    }
    if (how.buffer_messages == 0) {
        refuse("buffer_messages must be at least 1");
    }
    if (how.buffer_bytes == 0) {
        refuse("buffer_bytes must be at least 1");
    }
    if (how.batch_messages == 0) {
        refuse("batch_messages must be at least 1");
    }
    if (how.batch_bytes == 0) {
        refuse("batch_bytes must be at least 1");
    }
    if (how.session_timeout.count() <= 0) {
        refuse("session_timeout must be more than 0");
    }
    if (how.handover.count() <= 0) {
        refuse("handover must be more than 0");
    }
    if (how.retry_base.count() <= 0 || how.retry_cap < how.retry_base) {
        refuse("retry_base must be more than 0 and at most retry_cap");
    }
    if (how.commit_interval.count() < 0) {
        refuse("commit_interval must not be negative");
    }
}

}  // namespace tapes::bus
