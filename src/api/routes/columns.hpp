#pragma once

#include "routes/asked.hpp"

#include <tapes/read/columns.hpp>
#include <tapes/text/list.hpp>

#include <array>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::api {

/// The columns that the parameter `by` names, with commas, each once, in its order. Throws
/// std::invalid_argument for another name.
template <class Column, std::size_t Count>
std::vector<const Column*> columns_asked(const asked& from, const std::array<Column, Count>& known) {
    const auto by = from.text("by");
    std::vector<std::string_view> names;
    for (std::string_view left = by; !left.empty();) {
        names.push_back(text::take_element(left));
    }
    try {
        return read::columns_named(known, names);
    } catch (const std::invalid_argument& error) {
        throw std::invalid_argument{std::string{"the parameter by takes "} + error.what() + ", with commas"};
    }
}

}  // namespace tapes::api
