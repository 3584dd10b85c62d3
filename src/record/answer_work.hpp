#pragma once

#include "body_text.hpp"
#include "reservation.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/llm/api.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace tapes::record {

/// What is made of an exchange's answer. One thread at a time.
class answer_work {
public:
    /// Decodes. `of` must outlive this. `api`: null where it is no turn's.
    answer_work(capture::exchange& of, const llm::api* api);

    const body_text& text() const noexcept { return text_; }
    /// Charges what reading the text may take, in one with `beside`, which is the caller's as long as this
    /// lives. False where that is refused.
    [[nodiscard]] bool afford(std::uint64_t beside) noexcept {
        beside_ = beside;
        return grow_to(text_bytes_);
    }
    /// The most that reading it was found to take so far.
    std::uint64_t wanted_bytes() const noexcept { return wanted_; }

    /// `credentials`: of the exchange, as below.
    void redact(const http::redactor& redactor, const std::vector<std::string>& credentials);
    /// What it says; there must be an API. `answered` is valid where the reason is `none`, and what it tells
    /// of itself (its id, its model, its price) also where it says nothing.
    capture::drop_reason read(const http::redactor& redactor, const std::vector<std::string>& credentials,
                              llm::answer& answered);
    /// It was a stream, whether it said so or not.
    bool streamed() const noexcept { return streamed_; }

    /// Once it is read, if it is to be. After this, `text().kept()` is what may be stored.
    void finish_redaction(const http::redactor& redactor, const std::vector<std::string>& credentials);

private:
    bool grow_to(std::uint64_t bytes) noexcept {
        wanted_ = std::max(wanted_, bytes);
        return parsed_.grow_to(beside_ + bytes);
    }
    capture::drop_reason read_unnamed_stream(const http::redactor& redactor,
                                             const std::vector<std::string>& credentials,
                                             llm::answer& answered, capture::drop_reason otherwise);
    capture::drop_reason read_stream(const http::redactor& redactor,
                                     const std::vector<std::string>& credentials, llm::answer& answered);

    const capture::exchange& of_;
    const llm::api* api_;
    body_text text_;
    reservation parsed_;
    std::uint64_t text_bytes_;  ///< what reading the text may take, beside what a reducer holds of it
    std::uint64_t wanted_;
    std::uint64_t beside_ = 0;
    bool streamed_;
    bool folded_ = false;  ///< it is a stream, and its object was looked through
};

}  // namespace tapes::record
