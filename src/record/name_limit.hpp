#pragma once

#include <tapes/text/utf8.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace tapes::record {

/// The most bytes of a name that a turn may have: of its model and its agent, which are hashed anew for each
/// message, and of its session, which is compared with those of many exchanges. Names of models are short,
/// paths to their files and names of resources in clouds have some hundred bytes.
inline constexpr std::size_t most_name_bytes = 1024;

constexpr bool is_too_long(std::string_view name) noexcept {
    return name.size() > most_name_bytes;
}

/// Cuts a name that is too long, at the start of a character of UTF-8.
inline void cut_name(std::string& name) {
    if (is_too_long(name)) {
        name.resize(text::character_start(name, most_name_bytes));
    }
}

}  // namespace tapes::record
