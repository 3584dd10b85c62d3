#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::merkle {

/// Appends `text` as a JSON string (RFC 8785 §3.2.2.2: shortest escapes, no HTML escaping); invalid UTF-8
/// becomes U+FFFD, one per maximal invalid subpart as in the Unicode standard §3.9.
void append_json_string(std::string& out, std::string_view text);

/// Appends `text` itself, repaired in the same way.
void append_utf8(std::string& out, std::string_view text);

/// Appends what the JSON string literal at the start of `json` says: escapes undone, a lone surrogate as
/// U+FFFD; bytes beyond ASCII are copied as they are. Returns the literal's length, quotes included, or 0
/// where `json` starts with no well-formed literal (`out` may then hold part of it).
std::size_t decode_json_string(std::string_view json, std::string& out);

/// ECMAScript's shortest form of a finite double (RFC 8785 §3.2.2.3): 1.0 is "1", -0 is "0", 1e21 is "1e+21".
void append_json_number(std::string& out, double value);

/// Why a text has no canonical form. What is `number_out_of_range` is JSON nevertheless.
enum class canonical_error { none, not_json, number_out_of_range, too_deep };

/// RFC 8785 canonical form of one JSON value: keys sorted by UTF-16 code units, numbers as doubles, lone
/// surrogates and invalid UTF-8 as U+FFFD, of a repeated key the last one wins. Nesting beyond 512 is
/// `too_deep`. Appends to `out` only on success. Time and memory are O(n log n). Thread-safe.
///
/// `exact`, where given, tells whether every number of the canonical form is the decimal number of the source
/// (9007199254740993 and 0.1000000000000000055 are not: a double cannot carry them).
canonical_error canonicalize(std::string_view json, std::string& out, bool* exact = nullptr);

}  // namespace tapes::merkle
