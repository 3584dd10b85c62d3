#pragma once

#include <tapes/http/redaction.hpp>
#include <tapes/record/pool.hpp>
#include <tapes/store/entry.hpp>

#include <re2/re2.h>

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
    /// even a row can be paid for its exchange holds nothing. Throws std::bad_alloc only.
    std::unique_ptr<store::entry> make(std::unique_ptr<capture::exchange> ended) const;

private:
    http::redactor redactor_;
    wire_policy wire_;
    std::vector<std::unique_ptr<re2::RE2>> volatile_;
};

}  // namespace tapes::record
