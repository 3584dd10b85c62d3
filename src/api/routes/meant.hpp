#pragma once

#include <tapes/api/record.hpp>
#include <tapes/read/ids.hpp>
#include <tapes/read/json.hpp>

#include <string_view>

namespace tapes::api {

/// Returns the catalogue. Throws a refusal (503) where there is none yet.
catalogue::reader& catalogue_of(record& from);

/// Finds the one thing of a kind that `name` means, as read::find_named takes names. Throws a refusal: 404
/// where there is none, 409 with the candidates where there are several.
read::named one_meant(record& from, std::string_view name, read::named_kind kind);
/// The same for a thing of any kind.
read::named one_meant(record& from, std::string_view name);

/// Whatever `name` may mean, as candidates; empty where it means nothing.
read::ordered_json meanings(record& from, std::string_view name);

catalogue::session session_meant(record& from, std::string_view name);
read::exchange exchange_meant(record& from, std::string_view name);
/// A node by its whole hash, or by its number in the store. Throws std::invalid_argument for other text.
store::node_row node_meant(record& from, std::string_view name);

}  // namespace tapes::api
