#pragma once

#include "answer_tap.hpp"

#include <tapes/capture/body.hpp>
#include <tapes/http/chunked.hpp>
#include <tapes/http/head.hpp>
#include <tapes/record/recorder.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::relay {

/// Follows the body of an answer through the raw bytes: tells what belongs to it, what of that may go to the
/// client at once and where the end begins that must be held, and copies its data for the capture. Pure; no
/// I/O.
class answer_body {
public:
    struct verdict {
        std::size_t used = 0;  ///< bytes of the input that belong to the answer
        std::size_t pass = 0;  ///< those of them that may go on before the turn is committed
        bool release = false;  ///< what was held before may go, ahead of these: it was no end
        bool over = false;     ///< the body is complete
        bool broken = false;   ///< not the framing that the head announced
    };

    /// `hold` says that the end must be held. `watch` may be null; it must outlive this, and `copy` must live
    /// until `seal`, as what is given there must after it.
    answer_body(http::framing framing, bool hold, record::answer_watch* watch, capture::body& copy) noexcept
        : framing_{framing}, left_{framing.length}, hold_{hold}, watch_{watch}, copy_{&copy} {}

    /// Has `tap`, which must live until `seal`, take what is captured.
    void show(answer_tap& tap) noexcept { tap_ = &tap; }

    /// Follows the next bytes from the upstream. With `data`, the body's data is appended there, so that its
    /// chunks are undone.
    verdict feed(std::string_view bytes, std::string* data = nullptr);

    /// The upstream has ended its stream. False when that is not the proper end of the body.
    bool close() noexcept;

    /// The body is complete.
    bool over() const noexcept { return over_; }

    /// The end of this answer is held until `release`.
    bool holds() const noexcept { return hold_; }

    /// Returns the end that the stream has told and nothing said has followed.
    record::end_kind end() const noexcept { return end_; }
    /// Returns the end that is held, beside that of the body.
    record::end_kind held_end() const noexcept { return held_; }

    /// That end may pass.
    bool end_passed() const noexcept {
        return end_ != record::end_kind::none && held_ == record::end_kind::none && !(hold_ && over_);
    }

    /// Lets a weak end go that was held for its time. No other weak one is held after it.
    void pass_weak_end() noexcept {
        held_ = record::end_kind::none;
        holds_weak_ = false;
    }

    /// Returns how many bytes of the body have come, without its chunks' framing.
    std::uint64_t received() const noexcept { return received_; }

    /// Copies into `rest` from now on, or nowhere, and watches no more: the capture is sealed.
    void seal(record::answer_rest* rest) noexcept {
        copy_ = nullptr;
        watch_ = nullptr;
        tap_ = nullptr;
        rest_ = rest;
    }

    /// Holds nothing from now on: the turn is committed.
    void release() noexcept {
        hold_ = false;
        held_ = record::end_kind::none;
    }

private:
    /// Where the bytes that are held begin in those of one call.
    struct hold_point {
        std::size_t at = std::string_view::npos;
        bool release = false;
    };

    void keep(std::string_view part, std::size_t at, std::size_t line, hold_point& hold, std::string* data);
    void note(const record::end_mark& mark, std::size_t at, std::size_t line, hold_point& hold) noexcept;
    verdict feed_chunked(std::string_view bytes, hold_point& hold, std::string* data);

    http::framing framing_;
    http::chunked_scanner chunks_;
    std::uint64_t left_;
    bool hold_;
    record::answer_watch* watch_;
    answer_tap* tap_ = nullptr;
    capture::body* copy_;                  ///< null once the capture is sealed
    record::answer_rest* rest_ = nullptr;  ///< takes what comes after that; may be null
    std::uint64_t received_ = 0;
    record::end_kind end_ = record::end_kind::none;
    record::end_kind held_ = record::end_kind::none;
    bool holds_weak_ = true;
    bool last_chunk_ = false;
    bool over_ = false;
};

}  // namespace tapes::relay
