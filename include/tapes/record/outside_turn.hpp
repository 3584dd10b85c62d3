#pragma once

#include <tapes/record/intake.hpp>
#include <tapes/text/json_view.hpp>

#include <string>

namespace tapes::record {

/// Reads a turn as POST /v1/ingest and JSON lines have it: {"provider":"…","request":{…},"response":{…}, …}.
/// Where no `provider` is named it is told from the answer. Throws std::invalid_argument with what is wrong
/// and what would be right.
outside_exchange read_turn(text::json_view turn, const std::string& project);

/// Writes a turn as read_turn reads it.
std::string turn_json(const outside_exchange& one);

/// The providers of the APIs that are known: "anthropic ollama openai".
std::string provider_names();

}  // namespace tapes::record
