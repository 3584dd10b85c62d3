#include <tapes/live/event.hpp>

#include <array>
#include <utility>

namespace tapes::live {

namespace {

constexpr std::array<std::pair<event_kind, std::string_view>, 5> kind_names{{
    {event_kind::state, "state"},
    {event_kind::exchange, "exchange"},
    {event_kind::node, "node"},
    {event_kind::partial, "partial"},
    {event_kind::heartbeat, "heartbeat"},
}};

bool takes_name(const std::string& wanted, const std::string& name) noexcept {
    return wanted.empty() || wanted == name;
}

}  // namespace

std::string_view to_string(event_kind value) noexcept {
    for (const auto& [kind, name] : kind_names) {
        if (kind == value) {
            return name;
        }
    }
    return {};
}

std::optional<event_kind> kind_from(std::string_view text) noexcept {
    for (const auto& [kind, name] : kind_names) {
        if (name == text) {
            return kind;
        }
    }
    return std::nullopt;
}

bool event_filter::takes(event_kind kind) const noexcept {
    switch (kind) {
        case event_kind::exchange:
            return exchanges;
        case event_kind::node:
            return nodes;
        case event_kind::partial:
            return partials;
        case event_kind::state:
        case event_kind::heartbeat:
            break;
    }
    return true;
}

bool event_filter::takes(const event_subject& about) const noexcept {
    return takes_name(project, about.project) && takes_name(agent, about.agent) &&
           takes_name(session, about.session) && takes_name(provider, about.provider) &&
           (takes_name(model, about.model) || takes_name(model, about.response_model));
}

}  // namespace tapes::live
