#pragma once

#include <tapes/text/json_cursor.hpp>

#include <cstddef>
#include <string_view>

namespace tapes::exports {

/// A page carries no content of more values than are read back from it: a tree of more would take gigabytes,
/// and no node with so many is recorded within the usual budget.
inline constexpr std::size_t most_values = 1'000'000;

/// Whether a text of JSON has more than `most_values`. Makes no tree.
inline bool has_too_many_values(std::string_view json) {
    std::size_t values = 0;
    text::visit_json_marks(json, [&values](char mark) {
        values += mark == ',' || mark == '[' || mark == '{' ? 1 : 0;
        return values <= most_values;
    });
    return values > most_values;
}

}  // namespace tapes::exports
