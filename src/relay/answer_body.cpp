#include "answer_body.hpp"

#include <algorithm>

namespace tapes::relay {

/// Captures `part` and has it watched. It lies at offset `at` of the raw input, its chunk's size line at
/// `line`; `pass` is lowered to where the end begins.
void answer_body::keep(std::string_view part, std::size_t at, std::size_t line, std::size_t& pass,
                       std::string* data) {
    if (data != nullptr) {
        data->append(part);
    }
    if (copy_ == nullptr) {
        return;
    }
    copy_->append(part);
    if (watch_ != nullptr && !end_seen_) {
        const auto end = watch_->feed(part);
        if (end != record::answer_watch::npos) {
            end_seen_ = true;
            pass = std::min(pass, end == 0 ? line : at + end);
        }
    }
}

answer_body::verdict answer_body::feed(std::string_view bytes, std::string* data) {
    verdict now;
    const bool held_before = hold_ && (end_seen_ || last_chunk_);
    switch (framing_.kind) {
        case http::body_kind::none:
            over_ = now.over = true;
            return now;
        case http::body_kind::chunked:
            now = feed_chunked(bytes, data);
            break;
        case http::body_kind::length: {
            now.used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            left_ -= now.used;
            now.over = left_ == 0;
            now.pass = now.over ? 0 : now.used;  // the bytes of the last read are the end
            keep(bytes.substr(0, now.used), 0, 0, now.pass, data);
            break;
        }
        case http::body_kind::until_close:
            now.used = now.pass = bytes.size();
            keep(bytes, 0, 0, now.pass, data);
            break;
    }
    over_ = now.over;
    if (!hold_) {
        now.pass = now.used;
    } else if (held_before) {
        now.pass = 0;
    }
    return now;
}

bool answer_body::close() noexcept {
    over_ = over_ || framing_.kind == http::body_kind::until_close;
    return over_;
}

answer_body::verdict answer_body::feed_chunked(std::string_view bytes, std::string* data) {
    verdict now;
    now.pass = bytes.size();
    while (true) {
        const auto step = chunks_.next(bytes.substr(now.used));
        const auto began = now.used;
        now.used += step.consumed;
        switch (step.what) {
            case http::chunked_scanner::event::data:
                keep(step.data, static_cast<std::size_t>(step.data.data() - bytes.data()), began + step.line,
                     now.pass, data);
                break;
            case http::chunked_scanner::event::last_chunk:
                last_chunk_ = true;
                now.pass = std::min(now.pass, began + step.line);
                break;
            case http::chunked_scanner::event::end:
                now.over = true;
                return now;
            case http::chunked_scanner::event::error:
                now.broken = true;
                now.used = began;
                now.pass = std::min(now.pass, now.used);
                return now;
            case http::chunked_scanner::event::more:
                now.pass = std::min(now.pass, now.used);
                return now;
        }
    }
}

}  // namespace tapes::relay
