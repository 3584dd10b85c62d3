#pragma once

#include <tapes/config/config.hpp>
#include <tapes/store/dead_letters.hpp>

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

/// Dead letters, for people and scripts. Reading works while a proxy runs; changes go through it where there
/// is one. Each returns an exit code, and throws std::runtime_error with one line for people where it cannot
/// be done, and usage_error for wrong use.
namespace tapes::app {

/// Which letters, as people give them; what is empty does not restrict.
struct letter_choice {
    std::vector<std::int64_t> ids;
    std::vector<std::string> states;  ///< names
    std::string topic, event_type, source;
    std::string since, until;  ///< moments or ages (`2026-01-31`, `90m`), of when they were received
    bool all = false;
};

/// The newest first; `json`: an object in each line.
int list_letters(const config::settings& how, const letter_choice& which, std::size_t limit, bool json,
                 std::ostream& out);
/// With its history and payload.
int show_letter(const config::settings& how, std::int64_t id, bool json, std::ostream& out);
int letter_stats(const config::settings& how, bool json, std::ostream& out);

/// Schedules those that are pending or scheduled for now; `dry_run` only counts. Where a number is of no dead
/// letter, nothing is changed.
int retry_letters(const config::settings& how, const letter_choice& which, bool dry_run, std::ostream& out);
int discard_letters(const config::settings& how, const letter_choice& which, const std::string& reason,
                    bool dry_run, std::ostream& out);

}  // namespace tapes::app
