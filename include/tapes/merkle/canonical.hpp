#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tapes::merkle {

/// Appends `text` as a JSON string (RFC 8785 §3.2.2.2: shortest escapes, no HTML escaping); invalid UTF-8
/// becomes U+FFFD, one per maximal invalid subpart as in the Unicode standard §3.9.
void append_json_string(std::string& out, std::string_view text);

/// ECMAScript's shortest form of a finite double (RFC 8785 §3.2.2.3): 1.0 is "1", -0 is "0", 1e21 is "1e+21".
void append_json_number(std::string& out, double value);

/// Why a text has no canonical form.
enum class canonical_error { none, not_json, number_out_of_range, too_deep };

/// RFC 8785 canonical form of one JSON value: keys sorted by UTF-16 code units, numbers as doubles, lone
/// surrogates and invalid UTF-8 as U+FFFD, of a repeated key the last one wins. Nesting beyond 512 is
/// `too_deep`. Appends to `out` only on success. Thread-safe.
canonical_error canonicalize(std::string_view json, std::string& out);

}  // namespace tapes::merkle
