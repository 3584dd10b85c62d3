#pragma once

#include "json.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace tapes::llm::openai {

/// Returns the JSON text of an object without the members named `left_out` and, at any depth, without members
/// that are null: SDKs add and drop those between turns. Throws simdjson::simdjson_error.
std::string pruned_json(json_object from, std::initializer_list<std::string_view> left_out = {});

/// Returns the JSON text of any value without members that are null.
std::string pruned_json(json_value from);

}  // namespace tapes::llm::openai
