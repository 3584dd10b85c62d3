#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::store {

/// A chain of pieces at its place in the bytes of a request that are kept beside the pieces.
struct placed_chain {
    std::size_t offset = 0;
    std::int64_t last = 0;  ///< the piece at its end; 0: it is empty
};

/// Reads `wire.request_parts`: `[[offset,piece],…]`.
std::vector<placed_chain> read_request_parts(std::string_view text);
/// Writes the same; "" for no chain.
std::string write_request_parts(const std::vector<placed_chain>& parts);

}  // namespace tapes::store
