#pragma once

#include <tapes/store/import.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Writes and reads the bodies of the import routes. Readers return nothing for any other body.
namespace tapes::api {

std::string hashes_json(std::span<const merkle::digest> hashes);
std::optional<std::vector<merkle::digest>> read_hashes(std::string_view body);

std::string known_json(const std::vector<bool>& known);
std::optional<std::vector<bool>> read_known(std::string_view body);

struct import_order {
    std::vector<store::import_row> rows;
    bool announce = false;
};
std::string order_json(std::span<const store::import_row> rows, bool announce);
std::optional<import_order> read_import_order(std::string_view body);

}  // namespace tapes::api
