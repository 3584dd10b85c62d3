#pragma once

#include <tapes/store/entry.hpp>

namespace tapes::store {

/// Returns the sizes and times that stand in the row of an exchange.
committed_before counts_of(const entry& turn);

}  // namespace tapes::store
