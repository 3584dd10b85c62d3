#pragma once

#include <tapes/config/config.hpp>

#include <cstddef>
#include <iosfwd>
#include <string>

/// What was kept of exchanges, for people and scripts. Reads the store of `how` while a proxy may write to
/// it. Each returns an exit code, and throws std::runtime_error with one line for people where it cannot be
/// done, and usage_error for wrong use.
namespace tapes::app {

struct exchange_list {
    std::size_t limit = 20;
    std::string since;  ///< a date and time in UTC (`2026-01-31`, `2026-01-31T12:00:00Z`) or an age (`90m`)
    std::string api;
    std::string session;
    bool dropped = false;
    bool json = false;  ///< an object in each line, with all columns
};

/// The newest first.
int list_exchanges(const config::settings& how, const exchange_list& asked, std::ostream& out);

struct exchange_show {
    enum class part { all, request, response };

    std::string id;  ///< UUID, its beginning, or `seq`
    part what = part::all;
    bool raw = false;      ///< also in the whole, bodies as they came
    bool decoded = false;  ///< also of one body, content codings undone
};

/// One body is written byte by byte; of the whole, bodies are decoded unless `raw`.
int show_exchange(const config::settings& how, const exchange_show& asked, std::ostream& out,
                  std::ostream& err);

}  // namespace tapes::app
