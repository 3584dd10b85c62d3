#pragma once

#include "continuation.hpp"
#include "past.hpp"
#include "pieces.hpp"

#include <tapes/llm/api.hpp>

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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
    linked_messages links;          ///< of `request.messages`, as far as they were needed
};

/// Maps a request's decoded body. What `prepare` has done is done anew only where it no longer fits what is
/// stored: whether it was called shows in nothing but the time. One thread at a time.
class asked_reader {
public:
    /// All but `where` must outlive this.
    asked_reader(const llm::api& api, std::string_view body, merkle::identity where,
                 const volatile_patterns& patterns)
        : api_{api}, body_{body}, who_{std::move(where)}, patterns_{patterns} {}

    /// Without reading again what is known; once. `pieces` and `known` may be null: then all of it is new to
    /// us. Never throws but std::bad_alloc.
    asked read(const pieced_body* pieces, past* known);

    /// As if nothing were stored: all its messages, under a root. `items` may be empty; throws what that
    /// throws.
    asked read_alone(const llm::item_source& items);

    /// Does what it can of read() beforehand. Looks nothing up by the provider's ids: what they name may be
    /// on its way. Throws what `known` throws; then this is of no use any more.
    void prepare(const pieced_body* pieces, past* known);

    /// Of what was prepared.
    std::uint64_t held_bytes() const noexcept;

private:
    /// The body mapped from one element of its history on; 0: the whole body.
    struct mapping {
        std::size_t first_element = 0;
        bool whole = false;
        llm::request request;
        linked_messages links;
    };

    llm::item_source items_of(past* known);
    asked with_past(const pieced_body* pieces, past& known);
    std::optional<asked> behind_known(const pieced_body& pieces, past& known);
    void go_on_by_name(past& known, asked& out);
    bool map(const pieced_body* pieces, std::size_t first_element, const llm::item_source& items,
             llm::request& out);

    const llm::api& api_;
    std::string_view body_;
    merkle::identity who_;
    const volatile_patterns& patterns_;
    bool early_ = false;
    bool named_items_ = false;
    std::optional<mapping> ready_;
    linked_messages links_;  ///< of the request that was mapped last
};

/// What stands for the name of an earlier answer (`type`: "previous_response_id" or "conversation") that is
/// not known: it begins a conversation, and is kept.
merkle::message unresolved(std::string type, const std::string& id);

}  // namespace tapes::record
