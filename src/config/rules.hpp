#pragma once

#include "values.hpp"

#include <tapes/config/keys.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::config {

/// How one key is read into the settings and shown from them.
struct rule {
    key_info about;
    std::function<void(settings&, const raw&)> read;  ///< throws bad_value or error
    std::function<std::string(const settings&)> show;
};

/// In the order of keys().
const std::vector<rule>& rules();
const rule* find_rule(std::string_view name);

inline constexpr std::string_view properties_key = "publisher.kafka.properties";

/// The librdkafka property that `name` addresses ("sasl.password"), or "".
std::string property_of(std::string_view name);

inline constexpr std::string_view clients_key = "proxy.clients";

/// The client that `name` addresses ("proxy.clients.alice"), or "".
std::string client_of(std::string_view name);

/// The environment's name for a key: "TAPES_PROXY_LISTEN".
std::string environment_name(std::string_view key);

}  // namespace tapes::config
