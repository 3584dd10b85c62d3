#pragma once

#include <string_view>

namespace tapes::read {

/// Returns config/prices.toml as this program was built with it.
std::string_view built_in_prices() noexcept;

}  // namespace tapes::read
