#pragma once

#include "json.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace tapes::llm {

/// The JSON text of an object without the members named `left_out` and, at any depth, without members that
/// are null: what SDKs add, drop or write as null says nothing. Throws simdjson::simdjson_error.
std::string said_json(json_object from, std::initializer_list<std::string_view> left_out = {});

/// The same of any value.
std::string said_json(json_value from);

}  // namespace tapes::llm
