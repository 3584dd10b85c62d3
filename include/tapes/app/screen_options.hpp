#pragma once

namespace tapes::app {

enum class colour_choice { automatic, always, never };

/// How a command that shows the record writes to a terminal.
struct screen_options {
    colour_choice colour = colour_choice::automatic;  ///< automatic: on a terminal, unless NO_COLOR is set
    bool pager = true;                                ///< on a terminal
};

}  // namespace tapes::app
