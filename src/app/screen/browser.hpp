#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tapes::app {

/// Returns the commands that may open an address, the first that works being the one: those of `configured`
/// ($BROWSER: commands with a colon between each two, in which %s stands for the address), else the system's
/// own. The address is one word of a command, whatever is in it.
std::vector<std::vector<std::string>> browser_commands(std::string_view configured,
                                                       const std::string& address);

/// Opens an address in the user's browser, which may live longer than this process. Returns false where no
/// command could be started, or each said at once that it failed.
bool open_in_browser(const std::string& address);

}  // namespace tapes::app
