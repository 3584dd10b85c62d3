#pragma once

#include <string>
#include <string_view>

namespace tapes::catalogue {

/// The first thing that a person typed in a message, in one line of at most 256 bytes; "" where the message
/// has nothing that a person typed.
std::string title_of(std::string_view content);

}  // namespace tapes::catalogue
