#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tapes::config {

/// One thing that can be configured, as a user sees it. The one list from which the file reader, the
/// environment,
/// `--set`, `tapes config`, config/config.toml and docs/configuration.md are made.
struct key_info {
    std::string name;         ///< path in config.toml: "proxy.listen"
    std::string environment;  ///< "TAPES_PROXY_LISTEN"
    std::string form;         ///< what a value looks like: "duration", "host:port", "cancel | drain"
    std::string fallback;     ///< the default, as it would be written
    std::string about;        ///< one line for people
    bool secret = false;      ///< never shown
};

/// All keys in the order in which they are documented. Librdkafka's properties are one key,
/// "publisher.kafka.properties"; a single one is addressed as "publisher.kafka.properties.NAME".
const std::vector<key_info>& keys();

/// The key with that name, a single librdkafka property included; nullptr when there is none.
const key_info* find_key(std::string_view name);

/// The candidate with the smallest edit distance to `text` (at most a third of its length, at least 2), or
/// "".
std::string nearest(std::string_view text, const std::vector<std::string>& candidates);
std::string nearest_key(std::string_view text);

/// `value` of key `name` as it may be shown: secrets as asterisks, user info and queries of URLs replaced.
std::string masked(std::string_view name, std::string_view value);

/// The reference's keys that mean nothing here ("api.listen", anything in [embedding], ...).
bool is_obsolete(std::string_view name);

/// The table of docs/configuration.md, and the sample config.toml with every key commented out.
std::string markdown_table();
std::string sample_file();

}  // namespace tapes::config
