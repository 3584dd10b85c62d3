#pragma once

#include <tapes/capture/exchange.hpp>

#include <memory>

namespace tapes::record {

/// Where the relay hands over what it captured. Thread-safe; never blocks.
class recorder {
public:
    virtual ~recorder() = default;

    /// The exchange has ended (or its end was seen): it will be mapped, committed and settled in the ledger, and
    /// its waiter told. Takes ownership.
    virtual void finish(std::unique_ptr<capture::exchange> ended) = 0;
};

/// `record.ack`: what the end of an answer waits for.
enum class ack_mode { bounded, wait, none };

}  // namespace tapes::record
