#pragma once

#include <string>
#include <string_view>

namespace tapes::llm {

/// Returns the segment of a path behind the last `before` ("/deployments/") where `after` is all that follows
/// it, which may be "" for anything; percent-encoded as it stands. "" where there is none.
std::string_view segment_between(std::string_view path, std::string_view before,
                                 std::string_view after) noexcept;

/// Returns what a part of a path names: decoded, as well-formed UTF-8.
std::string name_in_path(std::string_view part);

}  // namespace tapes::llm
