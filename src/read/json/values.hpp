#pragma once

#include <tapes/merkle/digest.hpp>
#include <tapes/read/block.hpp>
#include <tapes/read/json.hpp>

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

/// Adds what was read of a text as `NAME`, and how long all of it is as `NAME_bytes`.
inline void add_excerpt(ordered_json& to, const std::string& name, const excerpt& text) {
    to[name] = text.text;
    to[name + "_bytes"] = text.bytes;
}

}  // namespace tapes::read
