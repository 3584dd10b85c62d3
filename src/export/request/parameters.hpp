#pragma once

#include <tapes/export/left_out.hpp>

#include <nlohmann/json.hpp>

#include <string_view>

namespace tapes::exports {

/// Returns the members of a recorded request beside its history, tools and system text, as they were.
nlohmann::ordered_json own_parameters(const nlohmann::ordered_json& recorded);

/// Returns those that `to` has a member for, under the names there. What has none is counted in `left`.
nlohmann::ordered_json parameters_in_form(const nlohmann::ordered_json& recorded, std::string_view to,
                                          left_out& left);

}  // namespace tapes::exports
