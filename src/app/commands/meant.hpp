#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/read/ids.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tapes::app {

/// Finds the one thing that `id` means. Where there is none, or where it may mean several, says so and
/// returns nothing.
std::optional<read::named> find_meant(read::sources& from, const std::string& id, printer& err);

/// Returns all sessions that `name` stands for, as ids of the catalogue. Throws usage_error where they are
/// more than 5,000.
std::vector<std::int64_t> find_sessions(read::sources& from, const std::string& name);

}  // namespace tapes::app
