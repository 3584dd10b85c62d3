#pragma once

#include <cstdint>
#include <string>

namespace tapes::app {

/// A number and its noun, for people: "1 node", "3 nodes".
inline std::string counted(std::uint64_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace tapes::app
