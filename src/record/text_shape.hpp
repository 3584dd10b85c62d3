#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

namespace tapes::record {

/// The byte order mark of UTF-8, which some senders put before their JSON (RFC 8259 §8.1 lets readers ignore
/// it).
inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

/// Tells whether bytes begin as a body of an API does: as JSON or as an event stream (whose first line may be
/// a comment, `id:` or `retry:`), and as text.
bool looks_readable(std::string_view bytes) noexcept;

/// Tells whether a text begins as an event stream does.
bool looks_like_events(std::string_view text) noexcept;

/// Returns the only JSON text of `text`, where nothing but white space and `data: [DONE]` follows it.
std::optional<std::string_view> only_json(std::string_view text) noexcept;

/// Calls `visit` with each of several JSON texts that stand one after the other, or are the elements of one
/// array, until it returns false. Of one that breaks off, nothing is given.
void each_json(std::string_view text, const std::function<bool(std::string_view json)>& visit);

}  // namespace tapes::record
