#include "body_text.hpp"

#include "text_shape.hpp"

#include <tapes/llm/aws_events.hpp>
#include <tapes/text/work_meter.hpp>

#include <zstd.h>

#include <memory>
#include <utility>

namespace tapes::record {

namespace {

/// Compressing less than this saves a few hundred bytes at most and takes longer than writing them does.
constexpr std::size_t worth_compressing = 1024;
constexpr int compression_level = 1;

struct context_deleter {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

/// Stands between the events of an AWS stream and what is looked at of the rest, which is not kept where
/// anything is replaced. No event has it, for that begins with `data: `.
constexpr std::string_view unread_mark = ": unread\n\n";

std::string with_unread(std::string events, std::string_view aws_stream) {
    const auto rest = llm::unread_events(aws_stream);
    return rest.empty() ? std::move(events) : std::move(events.append(unread_mark).append(rest));
}

std::size_t end_of_read(std::string_view events) {
    if (events.starts_with(unread_mark)) {
        return 0;
    }
    const auto mark = events.find("\n" + std::string{unread_mark});
    return mark == std::string_view::npos ? events.size() : mark + 1;
}

}  // namespace

body_text::body_text(std::string_view wire, std::string_view encoding, capture::budget& limits, bool early)
    : wire_{wire},
      encoded_{!http::is_identity(encoding)},
      reserved_{limits},
      redaction_{limits},
      early_{early} {
    set_text(wire_);
    if (encoded_) {
        decode(encoding);
    } else {
        decode_unlabelled();
    }
}

/// Undoes a coding that no label names and the first bytes show.
void body_text::decode_unlabelled() {
    using http::decode_status;
    const auto shown = http::shown_coding(wire_);
    if (shown.empty()) {
        return;
    }
    encoded_ = decode_as(shown) || status_ == decode_status::refused || status_ == decode_status::too_large;
    if (encoded_) {
        reading_ = "other_coding";
        return;
    }
    decoded_ = {};
    reserved_.shrink_to(0);
    status_ = decode_status::done;
    set_text(wire_);
}

/// Undoes the codings that are named, or those that the bytes have. A coding without a mark of its own, such
/// as br, may take the bytes of another for its own, and find them cut or even whole: so what it made is
/// looked at.
void body_text::decode(std::string_view encoding) {
    using http::decode_status;
    if (decode_as(encoding) || status_ == decode_status::refused || status_ == decode_status::too_large) {
        return;
    }
    if (looks_readable(wire_)) {
        encoded_ = false;
        status_ = decode_status::done;
        set_text(wire_);
        reading_ = "plain";
        return;
    }
    const bool wrong_name = status_ == decode_status::corrupt || status_ == decode_status::unknown_coding;
    const auto known = http::known_codings(encoding);
    const auto shown = http::shown_coding(wire_);
    bool tried = false;
    const auto reads = [&](std::string_view coding) {
        tried = true;
        return decode_as(coding);
    };
    if ((wrong_name && known != encoding && !known.empty() && reads(known)) ||
        (!shown.empty() && shown != known && status_ != decode_status::refused && reads(shown))) {
        reading_ = "other_coding";
    } else if (tried && status_ != decode_status::refused) {
        decode_as(encoding);
    }
}

/// Returns true where that gives what an API may say.
bool body_text::decode_as(std::string_view encoding) {
    decoded_ = {};
    reserved_.shrink_to(0);
    auto result = http::decode_all(encoding, wire_, {}, [&](std::size_t bytes) {
        const auto all = reserved_.bytes() + bytes;
        return early_ ? reserved_.grow_early_to(all) : reserved_.grow_to(all);
    });
    status_ = result.status;
    decoded_ = std::move(result.bytes);
    set_text(decoded_);
    return looks_readable(decoded_);
}

void body_text::set_text(std::string_view text) noexcept {
    marked_ = text.starts_with(byte_order_mark);
    text_ = marked_ ? text.substr(byte_order_mark.size()) : text;
}

/// Adds to what is charged for the redaction.
http::charge_bytes body_text::charge() {
    return [this](std::size_t bytes) {
        const auto all = redaction_.bytes() + bytes;
        if (!(early_ ? redaction_.grow_early_to(all) : redaction_.grow_to(all))) {
            throw memory_refused{};
        }
    };
}

void body_text::redact(const http::redactor& redactor, const http::credential_set& credentials,
                       http::body_format format, std::vector<std::string>* named) {
    if (text_.empty() && !encoded_) {
        return;
    }
    if (llm::are_aws_events(text_)) {
        redact_aws_events(redactor, credentials);
        return;
    }
    if (auto changed = redactor.redact_body(text_, credentials, format, named, charge())) {
        replace(std::move(*changed));
    } else if (encoded_ && status_ != http::decode_status::done) {
        // It may not be what its coding says: some senders name one and use none.
        if (auto plain = redactor.redact_body(wire_, credentials, format, nullptr, charge())) {
            redacted_ = std::move(*plain);
            wire_ = redacted_;
        }
    }
    redaction_.shrink_to(redacted_.capacity());
}

/// A text that is replaced within a message would break its lengths and checksums, and most of what is said
/// stands there in base64. So such a stream is stored as server-sent events where it holds a credential.
void body_text::redact_aws_events(const http::redactor& redactor, const http::credential_set& credentials) {
    charge()(2 * text_.size());
    auto events = llm::as_server_sent_events(text_);
    auto changed = redactor.redact_body(with_unread(events, text_), credentials, http::body_format::lines,
                                        nullptr, charge());
    if (changed) {
        changed->resize(end_of_read(*changed));
    } else if (redactor.redact_body(text_, credentials, http::body_format::other, nullptr, charge())) {
        changed = std::move(events);
    }
    if (changed) {
        replace(std::move(*changed));
    }
    redaction_.shrink_to(redacted_.capacity());
}

void body_text::redact_across_events(const http::redactor& redactor,
                                     const http::credential_set& credentials) {
    std::string events;
    if (llm::are_aws_events(text_)) {
        charge()(2 * text_.size());
        events = with_unread(llm::as_server_sent_events(text_), text_);
    }
    const auto text = events.empty() ? text_ : std::string_view{events};
    if (auto changed = redactor.redact_across_events(text, credentials, charge())) {
        changed->resize(events.empty() ? changed->size() : end_of_read(*changed));
        replace(std::move(*changed));
    }
    redaction_.shrink_to(redacted_.capacity());
}

bool body_text::held_one_of(const http::redactor& redactor, const http::credential_set& credentials) {
    const std::string_view came = encoded_ ? std::string_view{decoded_} : wire_;
    if (credentials.empty()) {
        return false;
    }
    const auto before = redaction_.bytes();
    const bool held =
        redactor.redact_body(came, credentials, http::body_format::other, nullptr, charge()).has_value();
    redaction_.shrink_to(before);
    return held;
}

void body_text::replace(std::string text) {
    redacted_ = std::move(text);
    if (marked_) {
        redacted_.insert(0, byte_order_mark);
    }
    set_text(redacted_);
    changed_ = true;
}

store::wire_bytes compress(std::string_view bytes) {
    text::count_work(bytes.size());
    store::wire_bytes made;
    made.raw_size = bytes.size();
    if (bytes.size() >= worth_compressing) {
        thread_local const std::unique_ptr<ZSTD_CCtx, context_deleter> context{ZSTD_createCCtx()};
        made.bytes.resize(ZSTD_compressBound(bytes.size()));
        const auto size = ZSTD_compressCCtx(context.get(), made.bytes.data(), made.bytes.size(), bytes.data(),
                                            bytes.size(), compression_level);
        if (ZSTD_isError(size) == 0U && size < bytes.size()) {
            made.bytes.resize(size);
            made.bytes.shrink_to_fit();
            made.compressed = true;
            return made;
        }
    }
    made.bytes = bytes;
    return made;
}

}  // namespace tapes::record
