#include "pass/outcome.hpp"

#include <tapes/store/entry.hpp>

namespace tapes::catalogue {

outcome outcome_of(const store::scanned_exchange& seen) noexcept {
    using capture::drop_reason;
    using capture::end_reason;
    constexpr int first_error_status = 400;
    const bool came = seen.status != 0;
    if (seen.status >= first_error_status || seen.ended == end_reason::upstream_unreachable ||
        seen.dropped == drop_reason::stream_error || seen.dropped == drop_reason::upstream_status) {
        return outcome::error;
    }
    if (!came && (seen.ended == end_reason::upstream_closed || seen.ended == end_reason::timeout ||
                  seen.ended == end_reason::protocol_error)) {
        return outcome::error;
    }
    if (seen.stop_reason == store::pending_answer) {
        return outcome::pending;
    }
    return seen.ended != end_reason::complete || seen.stop_reason == "incomplete" ? outcome::cut
                                                                                  : outcome::complete;
}

}  // namespace tapes::catalogue
