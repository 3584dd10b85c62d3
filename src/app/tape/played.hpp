#pragma once

#include "access/open_record.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/app/tape.hpp>
#include <tapes/tape/tape.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tapes::app {

/// What is passed on, and how paths name it; see tape::options.
struct tape_route {
    std::string pass_to;
    std::vector<std::string> keys;
};

/// A tape with the stores that it reads.
class played_tape {
public:
    /// Brings the catalogues up to date. Throws usage_error where a choice is wrong, and std::exception, in
    /// one line, where a store cannot be read.
    played_tape(const config::settings& settings, const tape_request& request, tape_route route);

    tape::tape& answers() noexcept { return *tape_; }

private:
    std::vector<std::unique_ptr<open_record>> records_;
    std::unique_ptr<tape::tape> tape_;
};

/// Returns the settings with which requests without an answer are recorded.
config::settings recording_settings(config::settings settings, const tape_request& request);

/// Writes how requests were answered, a line each.
void tell_figures(printer& to, const std::string& store, const tape::figures& told);

/// Throws usage_error where flags of a request cannot go together.
void check_request(const tape_request& request);

}  // namespace tapes::app
