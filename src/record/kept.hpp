#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/store/exchange_reader.hpp>
#include <tapes/store/wire_reader.hpp>

#include <memory>

namespace tapes::record {

/// What the store has kept of an answer may be the events as they came, or the object that was made of them,
/// where a credential was spread over several (see turn.cpp).
enum class answer_form { as_it_came, object };

/// The exchange again, as the relay handed it over, but redacted. `wire` may be null: then without bytes.
std::unique_ptr<capture::exchange> make_kept(const store::kept_exchange& row, const store::kept_wire* wire,
                                             answer_form form, capture::budget& limits);

/// Whether a streamed answer can have been kept as an object.
bool may_be_object(const store::kept_wire& wire);

}  // namespace tapes::record
