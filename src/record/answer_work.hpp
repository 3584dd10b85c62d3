#pragma once

#include "body_text.hpp"
#include "reservation.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/llm/api.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// The work on an exchange's answer. For one thread at a time.
class answer_work {
public:
    /// Decodes the answer of `exchange`, which must outlive this. `api` is null where it is no turn's.
    answer_work(capture::exchange& exchange, const llm::api* api);

    const body_text& text() const noexcept { return text_; }
    /// Charges what reading the text may take, together with `beside` bytes, which are the caller's as long
    /// as this lives. Returns false where the budget refuses that.
    [[nodiscard]] bool afford(std::uint64_t beside) noexcept {
        beside_ = beside;
        return grow_to(text_bytes_);
    }
    /// Returns the most that reading the answer was found to take so far.
    std::uint64_t wanted_bytes() const noexcept { return wanted_; }

    /// Reads the stream as one that goes on behind `events`. Returns false where the budget refuses that.
    [[nodiscard]] bool go_on_from(std::string events) noexcept;

    /// Replaces the exchange's `credentials`.
    void redact(const http::redactor& redactor, const http::credential_set& credentials);
    /// Reads what the answer says; there must be an API. `answered` is valid where `none` is returned; its
    /// id, its model and its usage are valid also where the answer says nothing.
    capture::drop_reason read(const http::redactor& redactor, const http::credential_set& credentials,
                              llm::answer& answered);
    /// Tells whether the answer was a stream, even if its head did not say so.
    bool streamed() const noexcept { return streamed_; }
    /// Returns how the answer was read where its Content-Type says otherwise: "one_shot", "events", "values"
    /// (JSON texts one after the other); else "".
    std::string_view reading() const noexcept { return reading_; }
    /// Tells whether something of a stream could not be read and was passed over.
    bool has_gaps() const noexcept { return gaps_; }

    /// Replaces the credentials that read() did not come across. After this, `text().stored()` may be stored.
    void finish_redaction(const http::redactor& redactor, const http::credential_set& credentials);

private:
    bool grow_to(std::uint64_t bytes) noexcept {
        wanted_ = std::max(wanted_, bytes);
        return parsed_.grow_to(beside_ + bytes);
    }
    using feeder = std::function<bool(llm::stream_reducer& reducer)>;  ///< false: the budget refuses it

    capture::drop_reason map(std::string_view json, llm::answer& answered);
    bool read_otherwise(const http::redactor& redactor, const http::credential_set& credentials,
                        llm::answer& answered, capture::drop_reason& reason);
    capture::drop_reason read_stream(const http::redactor& redactor, const http::credential_set& credentials,
                                     llm::answer& answered, const feeder& feed);
    bool feed_text(llm::stream_reducer& reducer);
    bool feed_bytes(llm::stream_reducer& reducer, std::string_view bytes);
    bool feed_values(llm::stream_reducer& reducer, std::string_view before, std::string_view after);

    const capture::exchange& exchange_;
    const llm::api* api_;
    body_text text_;
    reservation parsed_;
    std::uint64_t text_bytes_;  ///< what reading the text may take, beside what a reducer holds of it
    std::uint64_t wanted_;
    std::uint64_t beside_ = 0;
    std::string before_;  ///< events that an earlier exchange brought
    bool streamed_;
    std::string_view reading_;
    bool gaps_ = false;
    bool folded_ = false;  ///< it is a stream, and its object was looked through
};

}  // namespace tapes::record
