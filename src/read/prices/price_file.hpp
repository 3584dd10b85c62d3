#pragma once

#include <tapes/read/prices.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// What config/prices.toml says.
struct price_file {
    std::string dated;
    std::vector<price_row> rows;
};

/// Throws as read_price_rows does.
price_file read_price_file(std::string_view text);

}  // namespace tapes::read
