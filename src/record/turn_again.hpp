#pragma once

#include <tapes/store/entry.hpp>

#include <cstdint>
#include <functional>

namespace tapes::record {

/// Makes the turn of an exchange again. Returns null where its bytes are not kept, cannot be mapped or give
/// another turn; else what is valid until the next call.
using turn_again = std::function<const store::entry*(std::int64_t exchange)>;

}  // namespace tapes::record
