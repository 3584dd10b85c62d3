#pragma once

#include "asked.hpp"
#include "body_text.hpp"
#include "past.hpp"
#include "pieces.hpp"
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

/// What is made of an exchange's request alone. It may be prepared while the answer is still to come; what is
/// made then is what would be made at the end. One thread at a time.
class request_work {
public:
    /// Decodes. `of` and `body`, which is its request's, must outlive this; of the former only what belongs
    /// to the request is read. `early`: could be done later, see capture::budget.
    request_work(const capture::exchange& of, std::string_view body, const volatile_patterns& patterns,
                 bool early = false);

    /// Null: it is no turn's.
    const llm::api* api() const noexcept { return api_; }
    const body_text& text() const noexcept { return text_; }
    /// What the text may take once it is parsed.
    std::uint64_t parsed_bytes() const noexcept;

    // One after the other; what was prepared is not done again, but for what depends on the store.

    /// `credentials`: of the exchange.
    void redact(const http::redactor& redactor, const std::vector<std::string>& credentials);
    /// Those that the body itself names; known once it is redacted.
    const std::vector<std::string>& named_credentials() const noexcept { return named_; }
    /// Looks for what is stored already of a request that is kept as it came. `known` may be null.
    void cut(wire_policy policy, past* known);
    /// See asked_reader; there must be an API.
    asked read(past* known) { return reader().read(pieces(), known); }
    asked read_alone(const llm::item_source& items) { return reader().read_alone(items); }

    /// Null: the body is kept in one.
    pieced_body* pieces() noexcept { return pieces_ ? &*pieces_ : nullptr; }

    /// All that can be done ahead of time, charged to the budget as long as this lives. `credentials`: of the
    /// request. False where it is refused, and throws what `known` (which may be null) throws: then this is
    /// of no use.
    bool prepare(const http::redactor& redactor, const std::vector<std::string>& credentials,
                 wire_policy policy, past* known);
    bool is_prepared() const noexcept { return prepared_; }
    /// False when the answer's head has brought credentials that should have been replaced.
    bool fits(const http::redactor& redactor, const std::vector<std::string>& of_answer) const {
        return !text_.held_one_of(redactor, of_answer);
    }
    /// Charges what the rest of the work may take.
    [[nodiscard]] bool resume() noexcept { return charged_.grow_to(parsed_bytes_); }

private:
    asked_reader& reader();
    void look_up(past* known);

    const capture::exchange& of_;
    const volatile_patterns& patterns_;
    const llm::api* api_;
    body_text text_;
    std::vector<std::string> named_;
    std::optional<pieced_body> pieces_;
    std::optional<asked_reader> reader_;
    reservation charged_;
    std::uint64_t parsed_bytes_ = 0;  ///< once it is prepared
    bool prepared_ = false;
};

}  // namespace tapes::record
