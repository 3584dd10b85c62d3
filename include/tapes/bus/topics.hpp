#pragma once

#include <tapes/bus/bus.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::bus {

/// Makes sure that every topic exists: creates those that are missing where `may_create`, leaves the others
/// as they are. Idempotent. Returns the names of those that it created. After about `timeout` in all it
/// throws one bus_error that names every topic that is still missing and why.
std::vector<std::string> ensure_topics(message_bus& bus, std::span<const topic_spec> wanted, bool may_create,
                                       std::chrono::milliseconds timeout);

/// Returns the name of the topic for dead letters of this one: "<topic>.dead".
std::string dead_topic(std::string_view topic);

}  // namespace tapes::bus
