#pragma once

#include <tapes/capture/exchange.hpp>

#include <string_view>

namespace tapes::record {

/// Tells whether AWS has refused a request because its signature is not that of what came: Signature Version
/// 4 signs host and path, which a relay changes. `answer` is the decoded body.
bool is_refused_signature(const capture::exchange& refused, std::string_view answer) noexcept;

/// Says in the log, once in a process, what to do where that is so.
void note_refused_signature(const capture::exchange& refused, std::string_view answer);

}  // namespace tapes::record
