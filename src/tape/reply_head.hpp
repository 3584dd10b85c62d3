#pragma once

#include <tapes/mock/answer_source.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::tape {

/// A recorded head, as far as it decides how its answer is sent.
struct reply_head {
    int status = 0;
    std::string reason;
    std::string fields;                   ///< see mock::reply
    std::string coding;                   ///< of the recorded bytes; "" for none
    std::optional<std::uint64_t> length;  ///< as Content-Length said
    bool has_body = true;
    bool event_stream = false;  ///< the body is one (WHATWG HTML §9.2)
};

/// How a head is changed for the answer that is sent.
struct head_change {
    bool drop_coding = false;  ///< the body is sent without its content coding
    bool to_head = false;      ///< of a HEAD request, so that Content-Length stays as it is
    /// What a client is told to wait (Retry-After, retry-after-ms) is divided by this; 0: it need not wait.
    double speed = 0;
};

/// Reads a recorded head of an answer. That of an accepted WebSocket becomes the head of an event stream.
/// Nothing where it is no head. Pure.
std::optional<reply_head> read_reply_head(std::string_view recorded, const head_change& change);

}  // namespace tapes::tape
