#pragma once

#include "toml_text.hpp"

#include <tapes/config/load.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tapes::config {

/// The tables [[publisher]] of a file, as they gather leaf by leaf. Their keys are those of [publisher] and
/// [publisher.kafka] without that name, and `name`.
class publisher_tables {
public:
    /// Whether a leaf belongs to one of them.
    static bool holds(const std::string& path);
    /// `where`: "FILE:LINE". Throws error.
    void take(const toml_leaf& leaf, const std::string& where);

    /// What one table alone cannot tell: names, brokers, topics. Adds them to `values.publishers`, and
    /// `values.publisher` where it publishes; sets that one's name. Throws error.
    void finish(settings& values) const;
    /// Every key of each, as "publisher[NAME].KEY".
    void list(std::vector<entry>& to) const;

private:
    struct table {
        settings values;  ///< only `publisher` is used
        std::string name;
        std::string where;                           ///< of its first leaf
        std::map<std::string, std::string> origins;  ///< by key
    };

    table& at(std::size_t index, const std::string& where);

    std::vector<table> tables_;
};

/// The librdkafka property of "publisher[NAME].properties.PROPERTY", or "".
std::string table_property_of(std::string_view name);

}  // namespace tapes::config
