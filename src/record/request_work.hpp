#pragma once

#include "body_text.hpp"
#include "earlier_turns.hpp"
#include "pieces.hpp"
#include "request_reader.hpp"
#include "reservation.hpp"

#include <tapes/http/redaction.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/record/pool.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// The work on an exchange's request alone. It may be prepared while the answer is still to come, with the
/// same result as at the end. For one thread at a time.
class request_work {
public:
    /// Decodes `body`, which is the request's. Both must outlive this; of `exchange` only what belongs to the
    /// request is read. `early` means that the work could be done later, see capture::budget.
    request_work(const capture::exchange& exchange, std::string_view body, const volatile_patterns& patterns,
                 bool early = false);

    /// Returns null where the request is no turn's.
    const llm::api* api() const noexcept { return api_; }
    const body_text& text() const noexcept { return text_; }
    /// Returns how much memory the text may take once it is parsed.
    std::uint64_t parsed_bytes() const noexcept;

    // These are called one after the other. Of what was prepared, only what depends on the store is done
    // again.

    /// Replaces the exchange's `credentials`, and those that the body itself names.
    void redact(const http::redactor& redactor, const http::credential_set& credentials);
    /// Returns the credentials that the body itself names; valid after redact().
    const std::vector<std::string>& named_credentials() const noexcept { return named_; }
    /// Looks up which pieces are stored already, where the body is stored as it came. `earlier` may be null.
    void cut(wire_policy policy, earlier_turns* earlier);
    /// See request_reader. There must be an API.
    placed_request read(earlier_turns* earlier);
    placed_request read_alone(const llm::item_source& items) { return reader().read_alone(items); }

    /// Returns null where the body is stored in one piece.
    pieced_body* pieces() noexcept { return pieces_ ? &*pieces_ : nullptr; }

    /// Does all that can be done ahead of time; what it makes is charged to the budget as long as this lives.
    /// `credentials` are those of the request. Returns false where the budget refuses it, and throws what
    /// `earlier` (which may be null) throws; in both cases this must not be used any more.
    bool prepare(const http::redactor& redactor, const http::credential_set& credentials, wire_policy policy,
                 earlier_turns* earlier);
    bool is_prepared() const noexcept { return prepared_; }
    /// Returns false when the answer's head has brought credentials that should have been replaced here.
    bool fits(const http::redactor& redactor, const http::credential_set& answer_credentials) {
        return !text_.held_one_of(redactor, answer_credentials) &&
               redactor.without(agent_name_, answer_credentials) == agent_name_ &&
               redactor.without(path_.model, answer_credentials) == path_.model;
    }
    /// Charges what the rest of the work may take.
    [[nodiscard]] bool resume() noexcept { return charged_.grow_to(parsed_bytes_); }

private:
    request_reader& reader();
    void look_up(earlier_turns* earlier);

    const capture::exchange& exchange_;
    const volatile_patterns& patterns_;
    const llm::api* api_;
    body_text text_;
    std::vector<std::string> named_;
    std::string agent_name_;  ///< redacted
    llm::path_facts path_;    ///< redacted
    std::optional<pieced_body> pieces_;
    std::optional<request_reader> reader_;
    reservation charged_;
    std::uint64_t parsed_bytes_ = 0;  ///< once it is prepared
    bool prepared_ = false;
};

}  // namespace tapes::record
