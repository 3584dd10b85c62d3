#pragma once

namespace tapes::store {

/// What a row of the log tells of. The values stand in the column `log.kind`. An amendment is an exchange
/// whose answer turned out to be fuller than its row said.
enum class log_kind : int { exchange = 1, dead_letter = 2, imported = 3, amendment = 4 };

}  // namespace tapes::store
