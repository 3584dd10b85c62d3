#pragma once

#include "run/client.hpp"

#include <tapes/app/printer.hpp>
#include <tapes/app/run.hpp>

#include <string>

namespace tapes::app::run {

/// Returns where a person wants requests to go.
named_upstreams named_by(const run_request& request);

/// Makes the plan of a client. `agent`: its name in the record, "" for the client's.
plan make_plan(const invocation& client, const named_upstreams& named, const std::string& agent);

/// Runs a command that is pointed at its base URLs, to its end, and cleans up. Returns its exit code.
int run_launched(const invocation& client, const plan& way, launch& to, printer& err);

}  // namespace tapes::app::run
