#pragma once

#include <tapes/bus/bus.hpp>
#include <tapes/config/config.hpp>
#include <tapes/publish/collector.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// What `[collector]` says, with what it leaves to `[publisher.kafka]`. Throws std::runtime_error, in one
/// line, where brokers or the topic are missing.
config::collector_settings resolved_collector(const config::settings& how);

publish::collector_settings collector_options(const config::collector_settings& with);

/// The bus that it reads from.
std::unique_ptr<bus::message_bus> collector_bus(const config::settings& how,
                                                const config::collector_settings& with);

/// Nothing where none is configured. Throws std::invalid_argument.
std::unique_ptr<publish::content_source> collector_contents(const config::collector_settings& with);

/// The publishers beside it. What is collected may go on to other topics, back to where it came from it does
/// not; what becomes of its dead letters is announced on the brokers that it reads from, by a publisher that
/// sends nothing else.
std::vector<config::publisher_settings> collector_publishers(const config::settings& how,
                                                             const config::collector_settings& with);

}  // namespace tapes::app
