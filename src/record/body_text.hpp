#pragma once

#include <tapes/capture/budget.hpp>
#include <tapes/http/content_coding.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/store/entry.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// One body on its way into the store: the bytes as they came, the text that they encode, and that text
/// without credentials. Views into the captured body where nothing had to be changed; charges its own copies
/// to the budget.
class body_text {
public:
    /// `wire` must outlive this and stay as it is. `early`: could be done later, see capture::budget.
    body_text(std::string_view wire, std::string_view encoding, capture::budget& limits, bool early = false);
    ~body_text();
    body_text(const body_text&) = delete;
    body_text& operator=(const body_text&) = delete;

    /// Replaces credentials; may find some only in decoded text. `named`: see http::redactor::redact_body.
    void redact(const http::redactor& redactor, const std::vector<std::string>& credentials,
                http::body_format format, std::vector<std::string>* named = nullptr);

    /// Replaces those that lie in several events of a stream.
    void redact_across_events(const http::redactor& redactor, const std::vector<std::string>& credentials);

    /// Puts `text` in the place of what was there, as what is kept of it.
    void replace(std::string text);

    /// Whether it held one of these when it came.
    bool held_one_of(const http::redactor& redactor, const std::vector<std::string>& credentials) const;

    /// Decoded and redacted; what could be decoded where `status` is not done.
    std::string_view text() const noexcept { return text_; }
    http::decode_status status() const noexcept { return status_; }

    /// All of the text, or what came before the body broke off: whether that is whole the text itself tells.
    bool readable() const noexcept {
        return status_ == http::decode_status::done || status_ == http::decode_status::truncated;
    }

    /// What the store keeps: the bytes as they came, or the text where those hold a credential.
    std::string_view kept() const noexcept { return changed_ ? text_ : wire_; }
    /// Of the redacted copy; the decoded one is charged for.
    std::uint64_t held_bytes() const noexcept { return redacted_.capacity(); }
    /// The kept bytes are the decoded text of an encoded body.
    bool kept_decoded() const noexcept { return changed_ && encoded_; }

private:
    std::string_view wire_;
    std::string_view text_;
    std::string decoded_;
    std::string redacted_;
    bool encoded_;
    bool changed_ = false;
    http::decode_status status_ = http::decode_status::done;
    capture::budget& limits_;
    std::size_t reserved_ = 0;
};

/// zstd where that is smaller. Thread-safe.
store::wire_bytes compress(std::string_view bytes);

}  // namespace tapes::record
