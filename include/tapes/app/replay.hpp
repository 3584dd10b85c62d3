#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/config/config.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// Sends the events of recorded turns again. Each function returns an exit code, and throws std::exception
/// with one line for people when it cannot be done, and usage_error for wrong use.
namespace tapes::app {

/// A replay as it was typed; "" for what was not given.
struct replay_request {
    std::string name;
    std::string root, session, since, until, agent, project;
    std::vector<std::string> event_types;
    std::string to;
    std::string speed = "max";
    std::uint64_t batch = 500;
    bool dry_run = false;
};

/// Sends the events of the chosen turns in this process, until the replay is done, paused or cancelled. A dry
/// run only writes to `out` what would be sent. Call it from the main thread, before other threads are
/// started. Returns 0 when everything was sent, 1 when the replay was stopped or has failed.
int start_replay(const config::settings& settings, const replay_request& request, printer& out, printer& err);

/// Continues a paused, failed or interrupted replay. Otherwise like start_replay().
int resume_replay(const config::settings& settings, const std::string& name, printer& out, printer& err);

/// Lists the replays, one in each line; with `json`, one object in each line.
int list_replays(const config::settings& settings, bool json, printer& out);

/// Pauses or cancels a replay. A process that runs it stops within a second.
int pause_replay(const config::settings& settings, const std::string& name, printer& out);
int cancel_replay(const config::settings& settings, const std::string& name, printer& out);

}  // namespace tapes::app
