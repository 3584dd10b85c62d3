#pragma once

#include <string_view>

/// Whether what has the shape of a secret is one.
namespace tapes::exports {

/// Shannon's entropy of the bytes of a text, in bits for each of them.
double entropy_of(std::string_view text) noexcept;

/// Stands for a secret in documentation: `AKIAIOSFODNN7EXAMPLE`, `sk-...`, `<your-key>`, `${TOKEN}`, one
/// character over and over, the alphabet in its order.
bool is_placeholder(std::string_view value) noexcept;

/// Has letters and digits, and no word can be seen in it.
bool looks_random(std::string_view value) noexcept;

/// Is what a person, or a program, would take as a password: no word of documentation, no variable.
bool looks_like_password(std::string_view value) noexcept;

/// 8-4-4-4-12 hexadecimal digits.
bool is_uuid(std::string_view value) noexcept;

/// How much of a secret that a machine made nobody can guess, in bits, cautiously: of its longest part
/// without punctuation, three quarters of what its characters tell.
double unguessable_of(std::string_view value) noexcept;

}  // namespace tapes::exports
