#pragma once

#include <tapes/export/secret_filter.hpp>

#include <nlohmann/json.hpp>

#include <string_view>

namespace tapes::exports {

/// Takes the secrets out of the blocks of a node's content (its event form, an array of objects): out of
/// every string but binary data, at any depth, and out of texts that follow each other as one. Returns
/// whether something was taken out.
bool filter_content(nlohmann::ordered_json& blocks, secret_filter& secrets, std::string_view where);

}  // namespace tapes::exports
