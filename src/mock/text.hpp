#pragma once

#include "answer.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::mock {

using json = nlohmann::ordered_json;

/// FNV-1a.
std::uint64_t hash_of(std::string_view text) noexcept;

/// 16 lower-case hexadecimal digits.
std::string hex(std::uint64_t value);

/// Without white space; invalid UTF-8 replaced.
std::string dump(const json& value);

/// The end of the character that byte `at` is part of (UTF-8).
std::size_t character_end(std::string_view text, std::size_t at) noexcept;

/// Appends a JSON string of valid UTF-8 (RFC 8259 §7).
void append_quoted(std::string& out, std::string_view text);

/// Makes a text as long as is wanted.
std::string shaped(std::string text, const shape& wanted);

/// A small object that fits the JSON schema of a tool's parameters well enough; `number` makes calls differ.
json arguments_for(const json& schema, const std::string& said, int number);

/// The dated name that a model answers with.
std::string model_name(std::string_view requested);

}  // namespace tapes::mock
