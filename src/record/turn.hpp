#pragma once

#include "asked.hpp"
#include "early_work.hpp"
#include "past.hpp"

#include <tapes/http/redaction.hpp>
#include <tapes/record/pool.hpp>
#include <tapes/store/entry.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::record {

/// Makes store entries of exchanges: decode, redact, reduce, map, chain, compress. Immutable after
/// construction; may be used from several threads.
class turn_maker {
public:
    /// Throws std::invalid_argument for a pattern that does not compile.
    turn_maker(const settings& how, const std::string& redaction_key);

    /// What cannot be mapped has a drop_reason. The exchange's bodies are released, and what was made of them
    /// is charged to its budget; where that is refused the entry is bare and `over_budget`, and where not
    /// even a row can be paid for its exchange holds nothing. `known`: what the caller's thread may ask of
    /// the store, null for nothing. Throws std::bad_alloc only.
    std::unique_ptr<store::entry> make(std::unique_ptr<capture::exchange> ended, past* known = nullptr) const;

    /// Does ahead of time what can be done of a request, and ends the work, which has begun. Shows in nothing
    /// but the time: where it cannot be done, or is refused, it is done in make(). `known` as there.
    void prepare(early_work& work, past* known) const noexcept;

    /// What stands in the place of `past` for an exchange that was recorded before. May throw.
    struct recorded {
        llm::item_source items;
        std::function<void(asked&)> place;  ///< says where the messages hang from
    };
    /// Makes its nodes again, all of its request's messages among them, and keeps no wire bytes. Throws
    /// std::bad_alloc and what `how` throws.
    std::unique_ptr<store::entry> make_again(std::unique_ptr<capture::exchange> ended,
                                             const recorded& how) const;

private:
    std::unique_ptr<store::entry> make(std::unique_ptr<capture::exchange> ended, past* known,
                                       const recorded* how) const;
    std::unique_ptr<request_work> take_early(capture::exchange& ended) const;

    http::redactor redactor_;
    wire_policy wire_;
    volatile_patterns volatile_;
};

}  // namespace tapes::record
