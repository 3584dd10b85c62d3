#pragma once

#include "answer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::mock {

using json = nlohmann::ordered_json;

/// Hashes a text by FNV-1a.
std::uint64_t hash_of(std::string_view text) noexcept;

/// Writes JSON without white space; replaces invalid UTF-8.
std::string dump(const json& value);

/// The end of the character that byte `at` is part of (UTF-8).
std::size_t character_end(std::string_view text, std::size_t at) noexcept;

/// Makes a text as long as is wanted.
std::string shaped(std::string text, const shape& wanted);

/// The member `name` of an object, where it is a string; else "".
std::string string_member(const json& object, const char* name);

/// The text of a message's content: a string, or the texts of its parts one after the other.
std::string text_of(const json& content);

/// Cuts a text into pieces between characters and calls `each` for every piece that is not empty.
template <class Each>
void for_pieces(const std::string& whole, std::size_t pieces, Each each) {
    std::size_t begin = 0;
    for (std::size_t i = 1; i <= pieces; ++i) {
        const auto end = std::max(begin, character_end(whole, whole.size() * i / pieces));
        if (end > begin) {
            each(whole.substr(begin, end - begin));
        }
        begin = end;
    }
}

/// The dated name that a model answers with.
std::string model_name(std::string_view requested);

}  // namespace tapes::mock
