#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/config/config.hpp>

#include <cstdint>
#include <string>

/// Keeping a store. Each returns 0 when it is done, and 1 when the copy is not sound, which then has no name;
/// each throws std::exception with one line for people when it cannot be done. They show progress on a
/// terminal.
namespace tapes::app {

struct backup_order {
    std::string to;
    bool replace = false;  ///< a file that stands there is replaced
    bool verify = true;    ///< the copy is checked as `tapes verify` does, but for the mapping
    std::uint64_t megabytes_per_second = 0;  ///< at most; 0: as many as there can be
    bool json = false;
};

/// Copies the configured store, which may be written to meanwhile.
int back_up_store(const config::settings& settings, const backup_order& order, printer& out, printer& err);

struct restore_order {
    std::string from;
    bool replace = false;  ///< a store that stands at the configured place is moved aside
    bool verify = true;
    bool json = false;
};

/// Puts a backup in the configured store's place.
int restore_store(const config::settings& settings, const restore_order& order, printer& out, printer& err);

}  // namespace tapes::app
