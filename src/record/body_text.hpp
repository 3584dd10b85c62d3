#pragma once

#include "reservation.hpp"

#include <tapes/capture/budget.hpp>
#include <tapes/http/content_coding.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/store/entry.hpp>

#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// Says that the budget refused the memory for some work.
class memory_refused : public std::bad_alloc {
public:
    const char* what() const noexcept override { return "the budget has no memory for this"; }
};

/// One body on its way into the store: the bytes as they came, the text that they encode, and that text
/// without credentials. Where undoing the codings that are named gives nothing that an API says, but the
/// bytes as they are would, or those codings that are known, or the one that the bytes show, that is taken
/// (some senders name a charset, or `none`, or a coding that they do not use, or use one and name none). It
/// points into the captured body where nothing had to be changed, and charges its decoded copy to the budget.
class body_text {
public:
    /// Decodes `wire`, which must outlive this and stay as it is. `early` means that the work could be done
    /// later, see capture::budget.
    body_text(std::string_view wire, std::string_view encoding, capture::budget& limits, bool early = false);
    body_text(const body_text&) = delete;
    body_text& operator=(const body_text&) = delete;

    // These throw memory_refused where the budget refuses what replacing takes.

    /// Replaces credentials. For `named` see http::redactor::redact_body.
    void redact(const http::redactor& redactor, const http::credential_set& credentials,
                http::body_format format, std::vector<std::string>* named = nullptr);

    /// Replaces credentials that are spread over several events of a stream.
    void redact_across_events(const http::redactor& redactor, const http::credential_set& credentials);

    /// Charges the memory of a redaction whose outcome replace() takes, for as long as this lives.
    http::charge_bytes charge();

    /// Puts `text` in the place of the text that was there; it is what is stored.
    void replace(std::string text);

    /// Tells whether the body contained one of these when it came.
    bool held_one_of(const http::redactor& redactor, const http::credential_set& credentials);

    /// Returns the decoded and redacted text, without a byte order mark; only the part that could be decoded
    /// where `status` is not done.
    std::string_view text() const noexcept { return text_; }
    http::decode_status status() const noexcept { return status_; }

    /// Tells whether the text can be read: it is whole, or the body broke off, which the text itself then
    /// shows.
    bool readable() const noexcept {
        return status_ == http::decode_status::done || status_ == http::decode_status::truncated;
    }

    /// Returns what is stored: the bytes as they came, or the text where the bytes hold a credential.
    std::string_view stored() const noexcept { return changed_ ? redacted_ : wire_; }
    /// Returns how the codings were read where their names say otherwise: "plain", "other_coding"; else "".
    std::string_view reading() const noexcept { return reading_; }
    /// Tells whether what is stored is the decoded text of an encoded body.
    bool stored_decoded() const noexcept { return changed_ && encoded_; }

private:
    void redact_aws_events(const http::redactor& redactor, const http::credential_set& credentials);
    void decode(std::string_view encoding);
    void decode_unlabelled();
    bool decode_as(std::string_view encoding);
    void set_text(std::string_view text) noexcept;

    std::string_view wire_;
    std::string_view text_;
    std::string decoded_;
    std::string redacted_;
    std::string_view reading_;
    bool marked_ = false;  ///< a byte order mark stands before the text
    bool encoded_;
    bool changed_ = false;
    http::decode_status status_ = http::decode_status::done;
    reservation reserved_;   ///< for the decoded copy
    reservation redaction_;  ///< for the redacted one, and for what was found meanwhile
    bool early_;
};

/// Compresses with zstd where that is smaller. Thread-safe.
store::wire_bytes compress(std::string_view bytes);

}  // namespace tapes::record
