#pragma once

#include <tapes/config/config.hpp>
#include <tapes/read/prices.hpp>

#include <vector>

namespace tapes::app {

/// Returns the rows of the tables [[prices]] in the configuration. Throws config::error, which names the
/// place in the file, the row and what would be right.
std::vector<read::price_row> own_prices(const std::vector<config::price_settings>& tables);

}  // namespace tapes::app
