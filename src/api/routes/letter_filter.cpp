#include "routes/query.hpp"

#include <tapes/api/letter_routes.hpp>
#include <tapes/text/percent.hpp>

#include <stdexcept>

namespace tapes::api {

namespace {

std::int64_t whole_number(const std::string& name, const std::string& text) {
    const auto number = parse_number<std::int64_t>(text);
    if (!number || *number < 0) {
        throw std::invalid_argument{name + "=" + text + " must be a whole number"};
    }
    return *number;
}

}  // namespace

std::string filter_query(const store::letter_filter& filter) {
    std::string query;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) {
            query.append(query.empty() ? "" : "&")
                .append(name)
                .append("=")
                .append(text::percent_encoded(value));
        }
    };
    for (const auto id : filter.ids) {
        add("id", std::to_string(id));
    }
    for (const auto state : filter.states) {
        add("state", store::name_of(state));
    }
    add("topic", filter.topic);
    add("event_type", filter.event_type);
    add("source", filter.source);
    add("since", filter.received_from_us == 0 ? "" : std::to_string(filter.received_from_us));
    add("until", filter.received_until_us == 0 ? "" : std::to_string(filter.received_until_us));
    return query;
}

std::string reason_query(std::string_view reason) {
    return "reason=" + text::percent_encoded(reason);
}

store::letter_filter filter_of_query(std::string_view query) {
    store::letter_filter filter;
    for (const auto& [name, value] : query_pairs(query)) {
        if (name == "id") {
            filter.ids.push_back(whole_number(name, value));
        } else if (name == "state") {
            const auto state = store::letter_state_of(value);
            if (!state) {
                throw std::invalid_argument{"state=" + value +
                                            " must be pending, scheduled, retried or discarded"};
            }
            filter.states.push_back(*state);
        } else if (name == "topic") {
            filter.topic = value;
        } else if (name == "event_type") {
            filter.event_type = value;
        } else if (name == "source") {
            filter.source = value;
        } else if (name == "since") {
            filter.received_from_us = whole_number(name, value);
        } else if (name == "until") {
            filter.received_until_us = whole_number(name, value);
        } else if (name != "limit" && name != "reason" && name != "all") {
            throw std::invalid_argument{
                "unknown parameter " + name +
                "; there are id, state, topic, event_type, source, since, until, limit, reason, all"};
        }
    }
    return filter;
}

}  // namespace tapes::api
