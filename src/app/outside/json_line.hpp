#pragma once

#include "outside/outside_entry.hpp"

#include <tapes/text/json_view.hpp>

namespace tapes::app {

/// Reads a line of JSON with a request and its answer, in one of these forms (docs/exports.md has the table):
/// `request` and `response` as POST /v1/ingest takes them; LiteLLM's standard logging payload; Helicone's
/// export; OpenAI's stored chat completions with the messages that were asked. Throws std::invalid_argument
/// where it is none.
outside_entry read_json_line(text::json_view line, const outside_defaults& defaults);

}  // namespace tapes::app
