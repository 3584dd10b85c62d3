#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

/// Secrets in what was said: keys and tokens by the shape that their provider gives them, private keys,
/// passwords in URLs and assignments. docs/exports.md has the table with its sources. Work grows with the
/// bytes. Thread-safe.
namespace tapes::exports {

/// A secret within a text.
struct found_secret {
    std::size_t first = 0, size = 0;  ///< bytes
    std::string_view kind;            ///< such as `github-token`; lives as long as the program
    /// How much of it nobody can guess, in bits, cautiously: 0 for what people choose.
    double bits = 0;

    bool operator==(const found_secret&) const = default;
};

/// Finds the secrets of a text: ascending, apart from each other.
std::vector<found_secret> find_secrets(std::string_view text);
/// The same of texts that stand one behind the other: a secret may begin where one of them does, and one may
/// begin in one and end in another. Places count in all of them, joined.
std::vector<found_secret> find_secrets(std::span<const std::string_view> texts);

/// Tells whether a member of an object, or a variable, of this name with this value holds a secret.
bool is_secret_member(std::string_view name, std::string_view value);

/// A secret of fewer bits may be guessed by whoever has its hash.
inline constexpr double unguessable_bits = 80;

/// The kinds that are known, in the order of the documentation.
std::vector<std::string_view> secret_kinds();

}  // namespace tapes::exports
