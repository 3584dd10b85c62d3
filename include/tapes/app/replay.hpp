#pragma once

#include <tapes/app/usage_error.hpp>
#include <tapes/config/config.hpp>

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

/// The events of recorded turns, sent again. Each function returns an exit code, and throws std::exception
/// with one line for people where it cannot be done.
namespace tapes::app {

/// As it was typed; "" where nothing was.
struct replay_request {
    std::string name;
    std::string root, session, since, until, agent, project;
    std::vector<std::string> event_types;
    std::string to;
    std::string speed = "max";
    std::uint64_t batch = 500;
    bool dry_run = false;
};

/// Sends the events of the chosen turns, in this process, until it is done, paused or cancelled; a dry run
/// only tells on `out` what would be sent. Call from the main thread, before others are started. Returns 0
/// when all was sent, 1 when it was stopped or failed.
int start_replay(const config::settings& how, const replay_request& asked, std::ostream& out,
                 std::ostream& err);

/// Goes on where a paused, failed or interrupted replay stopped. As above.
int resume_replay(const config::settings& how, const std::string& name, std::ostream& out, std::ostream& err);

/// One line each, or with `json` one object in each line.
int list_replays(const config::settings& how, bool json, std::ostream& out);

/// Where a process runs it, that stops within a second.
int pause_replay(const config::settings& how, const std::string& name, std::ostream& out);
int cancel_replay(const config::settings& how, const std::string& name, std::ostream& out);

}  // namespace tapes::app
