#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// "day, model and api": the names of the columns of a table.
template <class Column, std::size_t Count>
std::string names_of(const std::array<Column, Count>& known) {
    std::string made;
    for (std::size_t i = 0; i < Count; ++i) {
        made += i == 0 ? "" : i + 1 == Count ? " and " : ", ";
        made += known[i].name;
    }
    return made;
}

/// The columns of a table that names stand for, each once, in the order of the names. Throws
/// std::invalid_argument, with the names that there are, for another one.
template <class Column, std::size_t Count, class Names>
std::vector<const Column*> columns_named(const std::array<Column, Count>& known, const Names& names) {
    std::vector<const Column*> made;
    for (const std::string_view name : names) {
        const auto* const found = std::ranges::find(known, name, &Column::name);
        if (found == known.end()) {
            throw std::invalid_argument{names_of(known)};
        }
        if (std::ranges::find(made, found) == made.end()) {
            made.push_back(found);
        }
    }
    return made;
}

}  // namespace tapes::read
