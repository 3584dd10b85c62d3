#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/read/ids.hpp>

#include <optional>
#include <string>

namespace tapes::app {

/// Finds the one thing that `id` means. Where there is none, or where it may mean several, says so and
/// returns nothing.
std::optional<read::named> find_meant(read::sources& from, const std::string& id, printer& err);

}  // namespace tapes::app
