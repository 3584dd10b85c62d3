#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/wire_reader.hpp>

#include <cstdint>
#include <memory>

namespace tapes::record {

/// How much memory the exchanges that are read back from a store may take.
inline constexpr std::uint64_t restore_budget_bytes = std::uint64_t{4} << 30;

/// The stored bytes of an answer may be the events as they came, or the object that they were folded into
/// where a credential was spread over several events (see answer_work::read).
enum class answer_form { as_it_came, object };

/// Restores an exchange as the relay handed it over, but redacted. `wire` may be null: then it has no bytes.
std::unique_ptr<capture::exchange> restore_exchange(const store::kept_exchange& row,
                                                    const store::kept_wire* wire, answer_form form,
                                                    capture::budget& limits);

/// Tells whether the stored bytes of a streamed answer can be an object.
bool may_be_object(const store::kept_wire& wire);

}  // namespace tapes::record
