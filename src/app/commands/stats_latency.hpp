#pragma once

#include <tapes/app/printer.hpp>
#include <tapes/app/reading.hpp>

namespace tapes::app {

/// `tapes stats --latency`: how long one waited for answers.
int show_latency(const config::settings& settings, const usage_request& options, printer& out, printer& err);

}  // namespace tapes::app
