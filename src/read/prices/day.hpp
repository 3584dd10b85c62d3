#pragma once

#include <tapes/text/rfc3339.hpp>

#include <cstdint>
#include <string>

namespace tapes::read {

/// The day of a moment in UTC, `2026-01-31`.
inline std::string day_of(std::int64_t us) {
    std::string text;
    text::append_rfc3339(text, us);
    return text.substr(0, 10);
}

}  // namespace tapes::read
