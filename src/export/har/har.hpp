#pragma once

#include <tapes/export/form.hpp>

namespace tapes::exports {

/// Writes HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/): an entry for each exchange,
/// with what tapes knows beside it as `_tapes`.
void write_har(task& given);

}  // namespace tapes::exports
