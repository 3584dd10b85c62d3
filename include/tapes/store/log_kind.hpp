#pragma once

namespace tapes::store {

/// What a row of the log tells of. The values stand in the column `log.kind`.
enum class log_kind : int { exchange = 1, dead_letter = 2, imported = 3 };

}  // namespace tapes::store
