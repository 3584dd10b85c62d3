#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>
#include <tapes/store/dead_letters.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The dead letters, for people and scripts. Reading works while a proxy runs; changes go through it, if one
/// runs. Each function returns an exit code, and throws std::runtime_error with one line for people when it
/// cannot be done, and usage_error for wrong use.
namespace tapes::app {

/// Chooses letters, as people give it; an empty member does not restrict the choice.
struct letter_choice {
    std::vector<std::int64_t> ids;
    std::vector<std::string> states;  ///< "pending", "scheduled", "retried" or "discarded"
    std::string topic, event_type, source;
    std::string since, until;  ///< when they were received: moments or ages (`2026-01-31`, `90m`)
    bool all = false;
};

/// Lists letters, the newest first, one in each line; with `json`, one object in each line.
int list_letters(const config::settings& settings, const letter_choice& choice, std::size_t limit, bool json,
                 printer& out);
/// Shows a letter with its history and payload.
int show_letter(const config::settings& settings, std::int64_t id, bool json, printer& out);
/// Shows the totals by topic and state.
int letter_stats(const config::settings& settings, bool json, printer& out);

/// Schedules pending and scheduled letters for now; with `dry_run` it only counts them. If one of the chosen
/// numbers does not exist, nothing is changed.
int retry_letters(const config::settings& settings, const letter_choice& choice, bool dry_run, printer& out);
/// Gives letters up, for a reason. Otherwise like retry_letters().
int discard_letters(const config::settings& settings, const letter_choice& choice, const std::string& reason,
                    bool dry_run, printer& out);

}  // namespace tapes::app
