#pragma once

#include "file/sqlite.hpp"

#include <tapes/store/dead_letters.hpp>

#include <string>
#include <string_view>

namespace tapes::store {

/// SELECT of all that letter_of reads, without WHERE.
inline constexpr std::string_view letter_columns =
    "SELECT id, state, source, seq, event_id, event_type, topic, partition, \"offset\", key, payload, reason,"
    " attempts, retries, received_at, last_at, changed_at, due_at, leased_until, discard_reason"
    " FROM dead_letter";

/// Of those that are neither retried nor discarded.
inline constexpr std::string_view open_states = "(state = 'pending' OR state = 'scheduled')";

kept_letter letter_of(const statement& row);

/// The WHERE of a filter, and what is bound in it.
class letter_query {
public:
    /// `also` is AND'ed to it.
    explicit letter_query(const letter_filter& filter, std::string_view also = "1");

    const std::string& where() const noexcept { return where_; }
    /// The filter must live until the statement is reset.
    void bind(statement& in) const;

private:
    const letter_filter& filter_;
    std::string where_;
};

}  // namespace tapes::store
