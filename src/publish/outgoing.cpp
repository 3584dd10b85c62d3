#include "outgoing.hpp"

#include <span>

namespace tapes::publish {

outgoing::outgoing(const event::event_record& event, std::string_view topic, std::uint64_t opaque)
    : headers_{{
          {"event_id", event.id},
          {"event_type", event.type},
          {"schema", event.type},
          {"provider", event.provider},
          {"agent_name", event.agent_name},
          {"project", event.project},
          {"content-type", "application/json"},
      }} {
    std::size_t count = 7;
    for (const auto& [name, value] : event.extra) {
        if (count < headers_.size()) {
            headers_[count++] = {name.c_str(), value};
        }
    }
    record_ = {topic, event.key, event.value, std::span(headers_).first(count), event.timestamp_ms, opaque};
}

}  // namespace tapes::publish
