#include "answer_body.hpp"

#include "wall_clock.hpp"

#include <algorithm>

namespace tapes::relay {

/// Captures `part` and has it watched. It lies at offset `at` of the raw input, its chunk's size line at
/// `line`.
void answer_body::keep(std::string_view part, std::size_t at, std::size_t line, hold_point& hold,
                       std::string* data) {
    received_ += part.size();
    if (data != nullptr) {
        data->append(part);
    }
    if (copy_ != nullptr) {
        copy_->append(part);
        if (tap_ != nullptr) {
            tap_->take(part);
        }
    } else if (rest_ != nullptr) {
        rest_->append(part, steady_us());
    }
    if (watch_ != nullptr) {
        note(watch_->feed(part), at, line, hold);
    }
}

/// Takes notice of what the watch has found in a part.
void answer_body::note(const record::end_mark& mark, std::size_t at, std::size_t line,
                       hold_point& hold) noexcept {
    using record::end_kind;
    if (mark.refuted) {
        hold.release = hold.release || (held_ != end_kind::none && hold.at == std::string_view::npos);
        hold.at = std::string_view::npos;
        held_ = end_ = end_kind::none;
        holds_weak_ = false;
    }
    if (mark.kind == end_kind::none) {
        return;
    }
    end_ = mark.kind;
    const bool holds = hold_ && (mark.kind == end_kind::strong || holds_weak_);
    if (holds && held_ == end_kind::none) {
        hold.at = mark.from == 0 ? line : at + mark.from;
    }
    held_ = holds ? mark.kind : held_;
}

answer_body::verdict answer_body::feed(std::string_view bytes, std::string* data) {
    verdict now;
    hold_point hold;
    const bool held_before = hold_ && (held_ != record::end_kind::none || last_chunk_);
    switch (framing_.kind) {
        case http::body_kind::none:
            over_ = now.over = true;
            return now;
        case http::body_kind::chunked:
            now = feed_chunked(bytes, hold, data);
            break;
        case http::body_kind::length: {
            now.used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
            left_ -= now.used;
            now.over = left_ == 0;
            now.pass = now.over ? 0 : now.used;  // the bytes of the last read are the end
            keep(bytes.substr(0, now.used), 0, 0, hold, data);
            break;
        }
        case http::body_kind::until_close:
            now.used = now.pass = bytes.size();
            keep(bytes, 0, 0, hold, data);
            break;
    }
    over_ = now.over;
    now.release = hold.release;
    if (!hold_) {
        now.pass = now.used;
    } else if (held_before && !hold.release) {
        now.pass = 0;
    } else {
        now.pass = std::min(now.pass, hold.at);
    }
    return now;
}

bool answer_body::close() noexcept {
    over_ = over_ || framing_.kind == http::body_kind::until_close;
    return over_;
}

answer_body::verdict answer_body::feed_chunked(std::string_view bytes, hold_point& hold, std::string* data) {
    verdict now;
    now.pass = bytes.size();
    while (true) {
        const auto step = chunks_.next(bytes.substr(now.used));
        const auto began = now.used;
        now.used += step.consumed;
        switch (step.kind) {
            case http::chunked_scanner::event::data:
                keep(step.data, static_cast<std::size_t>(step.data.data() - bytes.data()), began + step.line,
                     hold, data);
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
