#include "write/exchange_counts.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace tapes::store {

namespace {

/// Returns how much of a body was captured, or nothing where it was all of it.
std::optional<std::int64_t> captured_of(const capture::body& body, std::uint64_t received) {
    const auto captured = body.complete() ? body.size() : 0;
    return captured == received ? std::nullopt : std::optional{static_cast<std::int64_t>(captured)};
}

}  // namespace

committed_before counts_of(const entry& turn) {
    if (turn.before) {
        return *turn.before;
    }
    const auto& seen = *turn.exchange;
    committed_before counts;
    // Who counts nothing has captured all that came.
    counts.request_bytes = std::max(seen.request_received, seen.request_body.size());
    counts.response_bytes = std::max(seen.response_received, seen.response_body.size());
    counts.captured_request_bytes = captured_of(seen.request_body, counts.request_bytes);
    counts.captured_response_bytes = captured_of(seen.response_body, counts.response_bytes);
    if (seen.response_times.size() > 1) {
        counts.times = seen.response_times.encoded();
    }
    return counts;
}

}  // namespace tapes::store
