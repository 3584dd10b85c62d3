#include <tapes/event/choice.hpp>
#include <tapes/event/types.hpp>

#include <algorithm>
#include <stdexcept>

namespace tapes::event {
namespace {

bool among(const std::vector<std::string>& names, std::string_view name) {
    return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool turn_filter::takes(std::string_view provider, std::string_view agent, std::string_view project) const {
    return among(providers, provider) && among(agents, agent) && among(projects, project);
}

event_choice choice_of(const std::vector<std::string>& event_types) {
    event_choice made;
    made.nodes = false;
    for (const auto& type : event_types) {
        if (type == node_event_type) {
            made.nodes = true;
            continue;
        }
        if (type == exchange_event_type) {
            made.exchanges = true;
            continue;
        }
        bool known = false;
        for (const auto change : {store::letter_change::received, store::letter_change::retried,
                                  store::letter_change::discarded}) {
            if (type == type_of(change)) {
                made.letters.push_back(change);
                known = true;
            }
        }
        if (!known) {
            throw std::invalid_argument("there is no event type \"" + type + "\"");
        }
    }
    return made;
}

}  // namespace tapes::event
