#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

/// The recorded exchanges, for people and scripts. A proxy may write to the store meanwhile. Each function
/// returns an exit code, and throws std::runtime_error with one line for people when it cannot be done, and
/// usage_error for wrong use.
namespace tapes::app {

struct exchange_list {
    std::size_t limit = 20;
    std::string since;  ///< a date and time in UTC (`2026-01-31`, `2026-01-31T12:00:00Z`) or an age (`90m`)
    std::string api;
    std::string session;  ///< a session's id, or its beginning
    bool dropped = false;
    bool json = false;  ///< one object in each line, with all columns and the opening
};

/// Lists exchanges, the newest first.
int list_exchanges(const config::settings& settings, const exchange_list& options, printer& out);

struct exchange_show {
    enum class part { all, request, response };

    std::string id;  ///< UUID, its beginning, or `seq`
    part shown = part::all;
    bool raw = false;      ///< write bodies as they came, even when all is shown
    bool decoded = false;  ///< undo content codings, even when one body is shown
};

struct exchange_events {
    bool wanted = false;
    std::string id;            ///< UUID, its beginning, or `seq`
    std::uint64_t from = 0;    ///< offset in the decoded body
    std::size_t limit = 1000;  ///< events; 0: all
    bool json = false;         ///< a line for the answer, then one for each event
};

/// Lists what an answer said, event by event.
int show_events(const config::settings& settings, const exchange_events& options, printer& out);

/// Shows one body byte for byte, or the whole exchange with its bodies decoded.
int show_exchange(const config::settings& settings, const exchange_show& options, printer& out, printer& err);

}  // namespace tapes::app
