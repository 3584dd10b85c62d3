#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tapes::text {

/// Undoes base64 (RFC 4648 §4 and §5), also where lines are broken or the padding is left out. Returns
/// nothing for what holds anything else.
std::optional<std::string> decoded_base64(std::string_view text);

/// Returns bytes in base64 (RFC 4648 §4), with padding, in one line.
std::string encoded_base64(std::string_view bytes);

}  // namespace tapes::text
