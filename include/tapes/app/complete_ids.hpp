#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <string>

namespace tapes::app {

enum class completed_ids { all, sessions, exchanges };

/// Writes the names that begin with `prefix`, a line each, for the completion of a shell: sessions, and from
/// four characters on nodes and exchanges. Only names that a shell takes for words, for strangers choose
/// them. Reads the catalogue as it is. Never throws; returns 0.
int complete_ids(const config::settings& settings, completed_ids kind, const std::string& prefix,
                 printer& out) noexcept;

}  // namespace tapes::app
