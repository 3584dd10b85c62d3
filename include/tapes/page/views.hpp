#pragma once

#include <span>
#include <string_view>

namespace tapes::page {

/// Returns the first segments of the paths that the page shows ("s" for "/s/ID"), in the order of their
/// names. The page's own table is web/src/route.ts.
std::span<const std::string_view> view_names() noexcept;

}  // namespace tapes::page
