#pragma once

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
        bool over = false;     ///< the body is complete
        bool broken = false;   ///< not the framing that the head announced
    };

    /// `hold` says that the end must be held. `watch` may be null; it must outlive this, and `copy` must live
    /// until `seal`.
    answer_body(http::framing framing, bool hold, record::answer_watch* watch, capture::body& copy) noexcept
        : framing_{framing}, left_{framing.length}, hold_{hold}, watch_{watch}, copy_{&copy} {}

    /// Follows the next bytes from the upstream. With `data`, the body's data is appended there, so that its
    /// chunks are undone.
    verdict feed(std::string_view bytes, std::string* data = nullptr);

    /// The upstream has ended its stream. False when that is not the proper end of the body.
    bool close() noexcept;

    /// The body is complete.
    bool over() const noexcept { return over_; }

    /// The end of this answer is held until `release`.
    bool holds() const noexcept { return hold_; }

    /// The event that tells the client that the answer is over has been seen.
    bool end_seen() const noexcept { return end_seen_; }

    /// That event has been seen, and may pass.
    bool end_passed() const noexcept { return end_seen_ && !hold_; }

    /// No copy is kept from now on: the capture is sealed.
    void seal() noexcept { copy_ = nullptr; }

    /// Nothing is held from now on: the turn is committed.
    void release() noexcept { hold_ = false; }

private:
    void keep(std::string_view part, std::size_t at, std::size_t line, std::size_t& pass, std::string* data);
    verdict feed_chunked(std::string_view bytes, std::string* data);

    http::framing framing_;
    http::chunked_scanner chunks_;
    std::uint64_t left_;
    bool hold_;
    record::answer_watch* watch_;
    capture::body* copy_;  ///< null once the capture is sealed
    bool end_seen_ = false;
    bool last_chunk_ = false;
    bool over_ = false;
};

}  // namespace tapes::relay
