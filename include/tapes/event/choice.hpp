#pragma once

#include <tapes/store/dead_letters.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::event {

/// Which turns a cursor delivers; an empty list takes all.
struct turn_filter {
    std::vector<std::string> providers, agents, projects;

    bool empty() const { return providers.empty() && agents.empty() && projects.empty(); }
    /// Tells whether the filter takes such an exchange, or such a node that came without one.
    bool takes(std::string_view provider, std::string_view agent, std::string_view project) const;
};

/// Which events of the log a cursor delivers.
struct event_choice {
    bool nodes = true;
    bool exchanges = false;
    std::vector<store::letter_change> letters;
    /// Where it is set, only changes of letters from the sources that it accepts are delivered.
    std::function<bool(std::string_view source)> letter_source;
    /// Where it is not empty, each turn that it takes comes with all of its chain that this cursor has not
    /// sent yet, whichever turn recorded that. It does not concern dead letters.
    turn_filter turns;
};

/// Returns the choice of those types. Throws std::invalid_argument, naming the type, where there is no such
/// event.
event_choice choice_of(const std::vector<std::string>& event_types);

}  // namespace tapes::event
