#pragma once

#include <string_view>

namespace tapes::exports {

/// The style of an exported page, and its script.
std::string_view html_style() noexcept;
std::string_view html_script() noexcept;

}  // namespace tapes::exports
