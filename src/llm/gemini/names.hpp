#pragma once

#include <string>
#include <string_view>

namespace tapes::llm::gemini {

// How things are written. Google's APIs take each field under its name in lower camel case and in snake case
// (ProtoJSON), and bytes in either alphabet of base64 (RFC 4648 §4 and §5).

/// Tells whether a key is this name, which is in lower camel case, in either spelling.
constexpr bool is_name(std::string_view key, std::string_view camel) noexcept {
    std::size_t at = 0;
    for (const char c : camel) {
        const bool upper = c >= 'A' && c <= 'Z';
        if (upper && at + 1 < key.size() && key[at] == '_' && key[at + 1] == c + ('a' - 'A')) {
            at += 2;
        } else if (at < key.size() && key[at] == c) {
            ++at;
        } else {
            return false;
        }
    }
    return at == key.size();
}

/// Returns a model's name alone, without "models/".
std::string plain_model(std::string name);

/// Returns a key in lower camel case.
std::string camel_name(std::string_view key);

/// Returns a key in snake case.
std::string snake_name(std::string_view key);

/// Returns base64 in the standard alphabet, padded and without line ends, so that the same bytes are the same
/// text: Python's SDK sends what it read back in the other alphabet. A text that is no base64 stays as it is.
std::string standard_base64(std::string text);

/// Returns a thought's signature in that form; "" for the values that stand for none
/// (ai.google.dev/gemini-api/docs/thought-signatures: a client that has no signature sends them to skip the
/// check).
std::string thought_signature(std::string text);

}  // namespace tapes::llm::gemini
