#pragma once

#include "protocol/message.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::mcp {

/// The revisions that are spoken, the newest first.
inline constexpr std::array<std::string_view, 5> revisions{"2026-07-28", "2025-11-25", "2025-06-18",
                                                           "2025-03-26", "2024-11-05"};
/// From this one on each request says its version, and there is no handshake.
inline constexpr std::string_view first_stateless = "2026-07-28";
/// What is offered to a client that begins with a handshake for a revision that is not spoken.
inline constexpr std::string_view newest_with_handshake = "2025-11-25";
/// The only one that has batches.
inline constexpr std::string_view with_batches = "2025-03-26";

bool is_spoken(std::string_view revision) noexcept;
/// Revisions are dates: they compare as text.
inline bool is_stateless(std::string_view revision) noexcept {
    return revision >= first_stateless;
}

/// The revision that a request says it is of, in its `_meta`; nothing where it says none. Sets `problem`
/// where what a stateless request must say is missing or is of another type.
std::optional<std::string> revision_of(const ordered_json& params, std::string& problem);

ordered_json revisions_json();

}  // namespace tapes::mcp
