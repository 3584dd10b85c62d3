#pragma once

#include "pass/kind_table.hpp"

#include <cstdint>

namespace tapes::catalogue {

/// A kind of sessions as a reader knows it.
struct known_kind {
    std::int64_t id = 0;
    session_kind kind;
};

}  // namespace tapes::catalogue
