#pragma once

#include <tapes/read/ids.hpp>

#include <string>

namespace tapes::app {

/// Returns the path at which the page shows a thing (web/src/route.ts).
std::string page_path(const read::named& meant);

}  // namespace tapes::app
