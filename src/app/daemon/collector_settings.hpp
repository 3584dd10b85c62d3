#pragma once

#include <tapes/bus/bus.hpp>
#include <tapes/config/config.hpp>
#include <tapes/publish/collector.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// Returns the settings of the collector, with those of `[publisher.kafka]` in place of missing ones. Throws
/// usage_error, in one line, when brokers or the topic are missing.
config::collector_settings resolved_collector(const config::settings& settings);

publish::collector_settings collector_options(const config::collector_settings& collector);

/// Makes the bus that the collector reads from.
std::unique_ptr<bus::message_bus> collector_bus(const config::settings& settings,
                                                const config::collector_settings& collector);

/// Makes the source of content; nullptr when none is configured. Throws std::invalid_argument for a wrong
/// URL.
std::unique_ptr<publish::content_source> collector_contents(const config::collector_settings& collector);

/// Returns the publishers that run beside the collector. What is collected may be published to other topics,
/// but not back to the topic it came from. One more publisher announces the collector's dead letters, and
/// nothing else, on the brokers that it reads from.
std::vector<config::publisher_settings> collector_publishers(const config::settings& settings,
                                                             const config::collector_settings& collector);

}  // namespace tapes::app
