#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace tapes::catalogue {

/// What sessions of trees are found by, whose names are hashes: the first eight bytes of one, as a number.
/// The names themselves would be an index of five times the size, written all over with each batch.
std::int64_t tree_key_of(std::string_view name) noexcept;

/// The keys, both included, of the names that begin so; nothing where no hash does.
std::optional<std::pair<std::int64_t, std::int64_t>> tree_keys_of(std::string_view prefix) noexcept;

}  // namespace tapes::catalogue
