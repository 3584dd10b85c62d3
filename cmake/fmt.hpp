#pragma once

// Included before all else where spdlog is used (cmake/dependencies.cmake): what libfmt.so has is not made
// again.

#include <fmt/format.h>

extern template void fmt::detail::vformat_to<char>(fmt::detail::buffer<char>&, fmt::string_view,
                                                   fmt::format_args, fmt::detail::locale_ref);
