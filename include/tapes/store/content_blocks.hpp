#pragma once

#include <tapes/merkle/content.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <vector>

namespace tapes::store {

/// Reads the blocks of a content in event form, whose depth must be bounded; `dropped_by_clients` is left
/// false. Returns nothing where it is no array of objects, or a field is not what its name says; a field that
/// is null counts as absent, and unknown ones are not looked at. Whoever needs all of it compares hashes.
/// Pure.
std::optional<std::vector<merkle::block>> read_content_blocks(const nlohmann::json& content);

}  // namespace tapes::store
