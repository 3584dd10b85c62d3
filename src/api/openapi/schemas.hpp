#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace tapes::api {

/// The schemas of the bodies by their names, in a short form that expanded_schema() reads.
std::string_view schema_text() noexcept;

/// Makes JSON Schema (2020-12) of the short form. An object lists its members and has no others; a member
/// whose name ends in `?` may be missing. A text is one of
///   string, integer, count (from 0 on), number, boolean, time, any,
///   #NAME a schema of the document, [X] a list, {X} an object whose members are X, =A|B one of these texts,
/// with `?` behind it where it may be null. `{"oneOf":[…]}` is one of several.
nlohmann::ordered_json expanded_schema(const nlohmann::ordered_json& form);

}  // namespace tapes::api
