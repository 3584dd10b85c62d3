#pragma once

#include "turn_maker.hpp"

#include <tapes/record/pool.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/verify.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// Calls `visit` for each exchange that is stored now, in the order of the log, and shows under the name
/// `stage` how far it has come.
void visit_exchanges(store::exchange_reader& rows, std::string_view stage, const store::progress& on_progress,
                     const std::function<void(const store::kept_exchange&)>& visit);

/// Makes a turn_maker for each set of volatile patterns under which the exchanges of the store at `path` may
/// have been recorded, likeliest first: `present`, those of the store's note, none. Throws
/// std::invalid_argument.
std::vector<std::unique_ptr<turn_maker>> make_turn_makers(const std::string& path,
                                                          const std::vector<std::string>& present,
                                                          wire_policy wire, const std::string& redaction_key);

}  // namespace tapes::record
