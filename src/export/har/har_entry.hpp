#pragma once

#include "exchanges/recorded_exchange.hpp"

#include <tapes/export/form.hpp>

#include <string>

namespace tapes::exports {

/// Makes the JSON of one entry. Heads are as recorded, what credentials there were is redacted in them; all
/// of it goes through the filter of secrets. `hashes`: whether hashes may be told, as no secret that can be
/// guessed was taken out so far.
std::string har_entry(task& given, const recorded_exchange& one, const std::string& session, bool& hashes);

}  // namespace tapes::exports
