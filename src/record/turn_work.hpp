#pragma once

#include "answer_work.hpp"
#include "earlier_turns.hpp"
#include "request_work.hpp"
#include "turn_maker.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/llm/later_request.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/store/entry.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tapes::record {

/// Turns one exchange into the entry that is stored of it. Its steps are called in this order: afford(),
/// redact(), cut(), map(), keep_wire(). What was prepared of the request ahead of time is used. For one
/// thread at a time; every reference must outlive it.
class turn_work {
public:
    /// Decodes both bodies of the exchange of `entry`. `credentials` are those of its heads. `earlier` may be
    /// null: then nothing is looked up. `context` is null unless the exchange was recorded before. `early`:
    /// the work that was done ahead of time, or null.
    turn_work(const http::redactor& redactor, const volatile_patterns& patterns, store::entry& entry,
              const http::credential_set& credentials, earlier_turns* earlier,
              const turn_maker::stored_context* context, std::unique_ptr<request_work> early);

    /// Charges what the texts may take once they are parsed. Returns false where the budget refuses that.
    bool afford() noexcept;
    /// Tells whether the work would not fit even if the budget served nobody else.
    bool is_hopeless() const noexcept;
    /// Tells whether the budget refused a decoded body.
    bool is_refused() const noexcept;

    /// Replaces all credentials of the exchange in its texts.
    void redact();
    /// Looks up which pieces of the request are stored already.
    void cut(wire_policy policy);
    /// Maps request and answer and fills the entry's nodes. Returns why there is no turn, or `none`.
    capture::drop_reason map();
    /// Returns how bodies were read whose labels say otherwise, see store::entry.
    std::string reading() const;
    /// Fills the entry's wire bytes as far as `policy` wants them.
    void keep_wire(wire_policy policy);

private:
    const http::credential_set& credentials() const noexcept { return all_ ? *all_ : from_heads_; }
    capture::drop_reason map_later();
    capture::drop_reason map_about(const store::history::asked& asked);
    capture::drop_reason take_answer(const store::history::asked& asked);
    capture::drop_reason complete(const store::history::asked& asked, llm::answer answered);
    bool may_be_question_alone(const llm::answer& answered) const;
    bool is_question_alone(capture::drop_reason reason, const llm::answer& answered) const;
    int node_behind(std::size_t element, std::size_t elements) const;
    bool only_prepares(const llm::answer& answered) const;
    void read_request();
    void chain(llm::answer& answered);
    std::optional<merkle::link> chain_request(const merkle::identity& identity, std::size_t answers);
    void join_unasked(std::vector<llm::choice>& choices) const;
    static void drop_known_variants(llm::answer& answered);
    static void add_answers(const std::optional<merkle::link>& above, const merkle::identity& identity,
                            llm::answer& answered, store::entry& to);

    const http::redactor& redactor_;
    earlier_turns* earlier_;
    const turn_maker::stored_context* context_;
    store::entry& entry_;
    capture::exchange& exchange_;
    std::unique_ptr<request_work> early_;
    std::optional<request_work> late_;  ///< the request's work where none was done ahead of time
    request_work& request_;             ///< one of the two
    const llm::api* api_;
    std::optional<llm::later_request> later_;  ///< where there is no API: it is about an earlier answer
    answer_work answer_;
    const http::credential_set& from_heads_;
    std::optional<http::credential_set> all_;  ///< also those that the request's body names, where it does
    placed_request placed_;
};

/// Replaces credentials in what is stored of an exchange beside its bodies and heads.
void redact_names(const http::redactor& redactor, const http::credential_set& credentials,
                  store::entry& entry);

}  // namespace tapes::record
