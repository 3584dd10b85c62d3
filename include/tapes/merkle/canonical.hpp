#pragma once

#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::merkle {

using text::append_json_string;
using text::append_utf8;
using text::decode_json_string;

/// ECMAScript's shortest form of a finite double (RFC 8785 §3.2.2.3): 1.0 is "1", -0 is "0", 1e21 is "1e+21".
void append_json_number(std::string& out, double value);

/// Tells why a text has no canonical form. A text that is `number_out_of_range` is JSON nevertheless.
enum class canonical_error { none, not_json, number_out_of_range, too_deep };

/// RFC 8785 canonical form of one JSON value: keys sorted by UTF-16 code units, numbers as doubles, lone
/// surrogates and invalid UTF-8 as U+FFFD, of a repeated key the last one wins. Nesting beyond 512 is
/// `too_deep`. Appends to `out` only on success. Time and memory are O(n log n). Thread-safe.
///
/// `exact`, where given, tells whether every number of the canonical form is the decimal number of the source
/// (9007199254740993 and 0.1000000000000000055 are not: a double cannot carry them).
canonical_error canonicalize(std::string_view json, std::string& out, bool* exact = nullptr);

}  // namespace tapes::merkle
