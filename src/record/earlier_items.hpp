#pragma once

#include "earlier_turns.hpp"

#include <tapes/store/entry.hpp>
#include <tapes/store/exchange_reader.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tapes::record {

/// Tells what the name of an item stood for when a request was recorded. The store leads to the newest answer
/// that gave the name; there are servers whose names begin anew, so those before it are remembered here. The
/// reader must outlive it, and throws. For one thread at a time.
class earlier_items {
public:
    explicit earlier_items(earlier_turns& earlier) : earlier_{earlier} {}

    /// Takes a turn that is what its bytes give. Call it in the order of the log.
    void add(const store::kept_exchange& row, const store::entry& made);

    /// Returns the JSON of the item that the newest of the exchanges before the log row `before` gave under
    /// this name, as far as it had come by then; "" where none did.
    std::string find(std::string_view id, std::int64_t before);

private:
    earlier_turns& earlier_;
    /// Exchanges whose name for an item was given by a later one again, ascending. Nearly always empty.
    std::unordered_map<std::string, std::vector<std::int64_t>> given_again_;
};

}  // namespace tapes::record
