#pragma once

#include <string>
#include <string_view>

namespace tapes::text {

/// How a `+` is read: as itself (RFC 3986), or as a space (WHATWG URL, application/x-www-form-urlencoded).
enum class plus_sign : bool { plus, space };

/// Undoes percent-encoding (RFC 3986 §2.1). A malformed escape stays as it is.
std::string percent_decoded(std::string_view text, plus_sign plus = plus_sign::plus);

/// Encodes everything but the unreserved characters (RFC 3986 §2.3), with upper-case digits.
std::string percent_encoded(std::string_view text);

}  // namespace tapes::text
