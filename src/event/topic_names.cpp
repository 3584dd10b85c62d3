#include <tapes/event/topic_names.hpp>
#include <tapes/event/types.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tapes::event {

bool valid_topic(std::string_view name) {
    constexpr std::size_t longest = 249;
    const auto takes = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    };
    return !name.empty() && name.size() <= longest && name != "." && name != ".." &&
           std::all_of(name.begin(), name.end(), takes);
}

topic_names::topic_names(std::string node_topic, std::string prefix)
    : node_topic_{std::move(node_topic)}, prefix_{std::move(prefix)} {
    for (const auto& type : all_types()) {
        if (const auto topic = topic_of(type); !valid_topic(topic)) {
            throw std::invalid_argument("\"" + topic +
                                        "\" is no name of a topic: 1 to 249 letters, digits, '.', '_', '-'");
        }
    }
}

std::string topic_names::topic_of(std::string_view event_type) const {
    return event_type == node_event_type ? node_topic_ : prefix_ + std::string(event_type);
}

}  // namespace tapes::event
