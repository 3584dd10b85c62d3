#pragma once

#include <tapes/catalogue/names.hpp>
#include <tapes/catalogue/session.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/read/block.hpp>
#include <tapes/read/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

/// How single values are written.
namespace tapes::read {

/// Text that is empty is not known.
inline ordered_json text_json(const std::string& text) {
    return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

inline ordered_json hash_json(const merkle::digest& hash) {
    return merkle::to_hex(hash);
}

/// 0 stands for none.
inline ordered_json number_json(std::uint64_t number) {
    return number == 0 ? ordered_json(nullptr) : ordered_json(number);
}

inline ordered_json cause_json(const std::optional<catalogue::fork_cause>& cause) {
    return cause ? ordered_json(catalogue::to_string(*cause)) : ordered_json(nullptr);
}

/// Adds what was read of a text as `NAME`, and how long all of it is as `NAME_bytes`.
inline void add_excerpt(ordered_json& to, const std::string& name, const excerpt& text) {
    to[name] = text.text;
    to[name + "_bytes"] = text.bytes;
}

}  // namespace tapes::read
