#pragma once

#include <tapes/page/files.hpp>

#include <span>

namespace tapes::page {

/// The files of the page in the order of their paths, in a source that src/page/embed.mjs writes. It is there
/// with TAPES_UI alone.
std::span<const file> built_files() noexcept;

}  // namespace tapes::page
