#pragma once

#include <tapes/read/sources.hpp>

#include <cstdint>
#include <deque>
#include <optional>

namespace tapes::read {

/// The exchanges of a session that gave no turn, in the order of the log, read a page at a time.
class dropped_list {
public:
    /// Without a session, or without a catalogue, there is none.
    dropped_list(sources& from, std::int64_t session) : from_{from}, session_{session} {
        ended_ = session == 0 || !from.catalogue;
    }

    /// The next one that stands before the log row `before`; 0: any.
    std::optional<exchange> next(std::int64_t before);
    /// Passes over those before the log row `seq`.
    void skip_past(std::int64_t seq) {
        while (seq != 0 && next(seq)) {
        }
    }

private:
    sources& from_;
    std::int64_t session_;
    std::deque<std::int64_t> page_;
    std::int64_t after_ = 0;
    std::optional<exchange> read_;  ///< but not given yet
    bool ended_;
};

}  // namespace tapes::read
