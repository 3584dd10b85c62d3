#include "publisher_tables.hpp"

#include "rules.hpp"

#include <tapes/config/keys.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

namespace tapes::config {

namespace {

constexpr std::string_view mark = "publisher[";
constexpr std::string_view properties_mark = "properties.";
constexpr std::size_t longest_name = 64;

/// A key of [[publisher]], and the rule that reads it.
struct table_key {
    const char* name;
    const char* rule;
};

constexpr std::array<table_key, 17> table_keys{{
    {"type", "publisher.type"},
    {"events", "publisher.events"},
    {"brokers", "publisher.kafka.brokers"},
    {"topic", "publisher.kafka.topic"},
    {"topic_prefix", "publisher.topic_prefix"},
    {"source", "publisher.source"},
    {"filter.provider", "publisher.filter.provider"},
    {"filter.agent", "publisher.filter.agent"},
    {"filter.project", "publisher.filter.project"},
    {"client_id", "publisher.kafka.client_id"},
    {"window_bytes", "publisher.window_bytes"},
    {"start", "publisher.start"},
    {"flush_timeout", "publisher.flush_timeout"},
    {"create_topic", "publisher.kafka.create_topic"},
    {"partitions", "publisher.kafka.partitions"},
    {"retention", "publisher.kafka.retention"},
    {"max_message_bytes", "publisher.kafka.max_message_bytes"},
}};

const rule* rule_of(const std::string& key) {
    for (const auto& known : table_keys) {
        if (key == known.name) {
            return find_rule(known.rule);
        }
    }
    return nullptr;
}

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
    throw error{where + ": " + why, source::file};
}

void check_name(const std::string& name, const std::string& where) {
    if (name.empty()) {
        refuse(where, "[[publisher]] without a name; give it name = \"…\"");
    }
    const bool plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string::npos;
    if (!plain || name.size() > longest_name) {
        refuse(where, "the name \"" + name + "\" of a publisher must be 1 to 64 of a-z, 0-9, '_' and '-'");
    }
}

void check_complete(const publisher_settings& publisher, const std::string& where) {
    if (publisher.type != publisher_type::kafka) {
        return;
    }
    const auto lacks = [&](const std::string& key) {
        refuse(where, "publisher " + publisher.name + " has no " + key);
    };
    if (publisher.kafka.brokers.empty()) {
        lacks("brokers");
    }
    if (publisher.kafka.topic.empty()) {
        lacks("topic");
    }
}

}  // namespace

bool publisher_tables::holds(const std::string& path) {
    return path.starts_with(mark);
}

publisher_tables::table& publisher_tables::at(std::size_t index, const std::string& where) {
    while (tables_.size() <= index) {
        tables_.emplace_back().where = where;
    }
    return tables_[index];
}

void publisher_tables::take(const toml_leaf& leaf, const std::string& where) {
    std::size_t index = 0;
    const auto close = leaf.path.find("].");
    std::from_chars(leaf.path.data() + mark.size(), leaf.path.data() + close, index);
    auto& to = at(index, where);
    const auto key = leaf.path.substr(close + 2);
    try {
        if (key == "name") {
            to.name = text_of(leaf.value);
        } else if (key.starts_with(properties_mark)) {
            to.values.publisher.kafka.properties[key.substr(properties_mark.size())] = text_of(leaf.value);
        } else if (const auto* known = rule_of(key)) {
            known->read(to.values, leaf.value);
        } else {
            std::vector<std::string> names{"name", "properties"};
            for (const auto& one : table_keys) {
                names.emplace_back(one.name);
            }
            const auto meant = nearest(key, names);
            refuse(where, "unknown key " + key + " in [[publisher]]" +
                              (meant.empty() ? "" : "; did you mean " + meant + "?"));
        }
    } catch (const reference_text& wrong) {
        refuse(where, wrong.what());
    } catch (const bad_value& wrong) {
        refuse(where, key + " = \"" +
                          masked("publisher[" + to.name + "]." + key,
                                 leaf.value.list ? as_names::show(leaf.value.items) : leaf.value.text) +
                          "\" in [[publisher]]: " + wrong.what());
    }
    to.origins[key] = where;
}

void publisher_tables::finish(settings& values) const {
    std::set<std::string> names;
    for (const auto& one : tables_) {
        auto made = one.values.publisher;
        made.name = one.name;
        made.type = made.type == publisher_type::none ? publisher_type::kafka : made.type;
        check_name(made.name, one.where);
        check_complete(made, one.where);
        if (!names.insert(made.name).second) {
            refuse(one.where, "two publishers have the name " + made.name);
        }
        values.publishers.push_back(std::move(made));
    }
    if (values.publisher.type == publisher_type::none) {
        return;
    }
    if (!names.insert(values.publisher.name).second) {
        throw error{"the publisher of flags and variables is named " + values.publisher.name +
                    ", and [[publisher]] has one of that name too"};
    }
    values.publishers.push_back(values.publisher);
}

void publisher_tables::list(std::vector<entry>& to) const {
    for (const auto& one : tables_) {
        const auto prefix = "publisher[" + one.name + "].";
        const auto add = [&](const std::string& key, const std::string& value) {
            const auto found = one.origins.find(key);
            const bool given = found != one.origins.end();
            to.push_back({prefix + key, value, given ? source::file : source::fallback,
                          given ? found->second : "default"});
        };
        for (const auto& known : table_keys) {
            add(known.name, find_rule(known.rule)->show(one.values));
        }
        for (const auto& [property, value] : one.values.publisher.kafka.properties) {
            add(std::string{properties_mark} + property, value);
        }
    }
}

std::string table_property_of(std::string_view name) {
    if (!name.starts_with(mark)) {
        return {};
    }
    const auto at = name.find("].properties.");
    return at == std::string_view::npos ? std::string{} : std::string{name.substr(at + 13)};
}

}  // namespace tapes::config
