#pragma once

#include <cstdint>
#include <string>

namespace tapes::catalogue {

/// The FTS5 table of a generation.
inline std::string text_table(std::int64_t generation) {
    return "text_" + std::to_string(generation);
}

}  // namespace tapes::catalogue
