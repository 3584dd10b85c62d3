#pragma once

#include <tapes/capture/body.hpp>
#include <tapes/store/entry.hpp>

#include <cstdint>
#include <optional>

namespace tapes::store {

/// Returns how much of a body was captured, or nothing where it was all of it.
std::optional<std::int64_t> captured_of(const capture::body& body, std::uint64_t received);

/// Returns the sizes and times that stand in the row of an exchange.
committed_before counts_of(const entry& turn);

}  // namespace tapes::store
