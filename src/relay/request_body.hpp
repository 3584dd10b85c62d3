#pragma once

#include <tapes/capture/body.hpp>
#include <tapes/http/chunked.hpp>
#include <tapes/http/head.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tapes::relay {

/// Follows the body of a request through the raw bytes: tells what belongs to it and whether it is over, and
/// copies its data for the capture. Pure; no I/O.
class request_body {
public:
    /// `copy` must outlive this.
    request_body(http::framing framing, capture::body& copy);

    /// Follows the next bytes from the client. Returns how many of them belong to the body; not to be called
    /// once it is malformed.
    std::size_t feed(std::string_view bytes);

    /// The last byte of the body was fed.
    bool over() const noexcept { return over_; }
    /// The bytes do not have the framing that the head announced; what was fed last is not to be passed on.
    bool malformed() const noexcept { return malformed_; }

    const http::framing& framing() const noexcept { return framing_; }

    /// Returns how many bytes of the body have come, without its chunks' framing.
    std::uint64_t received() const noexcept { return received_; }

private:
    std::size_t feed_chunked(std::string_view bytes);
    void keep(std::string_view data);

    http::framing framing_;
    http::chunked_scanner chunks_;
    std::uint64_t left_;
    capture::body& copy_;
    std::uint64_t received_ = 0;
    bool over_;
    bool malformed_ = false;
};

}  // namespace tapes::relay
