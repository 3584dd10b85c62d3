#pragma once

#include "continuation.hpp"
#include "past.hpp"
#include "pieces.hpp"

#include <tapes/llm/api.hpp>

#include <re2/re2.h>

#include <memory>
#include <string_view>
#include <vector>

namespace tapes::record {

/// Patterns of `record.volatile`.
using volatile_patterns = std::vector<std::unique_ptr<re2::RE2>>;

/// What was asked, and what it goes on from.
struct asked {
    llm::request request;  ///< with `from.first_new` > 0 or `from.above`: what stands before is not new
    continuation from;
    std::size_t first_element = 0;  ///< of the history: where the messages behind the leading ones begin
    bool whole = false;             ///< the body could be mapped
    bool from_history = true;       ///< the chain is what the body's history says, and nothing else
};

/// Maps a request's decoded body without reading again what is known of it. `pieces` and `known` may be null:
/// then all of it is new to us. Never throws but std::bad_alloc.
asked read_asked(const llm::api& api, std::string_view body, const merkle::identity& where,
                 const volatile_patterns& patterns, const pieced_body* pieces, past* known);

/// Maps it as if nothing were stored: all its messages, under a root. `items` may be empty; throws what that
/// throws.
asked read_alone(const llm::api& api, std::string_view body, const merkle::identity& where,
                 const volatile_patterns& patterns, const llm::item_source& items);

/// What stands for the name of an earlier answer (`type`: "previous_response_id" or "conversation") that is
/// not known: it begins a conversation, and is kept.
merkle::message unresolved(std::string type, const std::string& id);

}  // namespace tapes::record
