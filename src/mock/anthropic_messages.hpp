#pragma once

#include "question.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::mock::anthropic {

/// An answer of Messages before it is written, whole or as a stream.
struct plan {
    json message;  ///< the one-shot answer object
    bool stream = false;
    std::size_t pieces = 0;  ///< the number of deltas of a text; 0: chosen by its length
};

/// A request as far as it decides the answer.
struct request : question {
    bool thinking = false;
    bool cached = false;        ///< some `cache_control` asks for it
    bool searches_web = false;  ///< the server's tool is offered
    std::string error;          ///< why this is no request; "" where it is one
};

request read_request(std::string_view body);

/// Appends the events of the stream that says the same as `from.message` to `out`, and the end of each event
/// to `ends`: message_start, for each block its start, deltas and stop, a ping, message_delta, message_stop
/// (platform.claude.com/docs/en/build-with-claude/streaming).
void append_events(std::string& out, std::vector<std::size_t>& ends, const plan& from);

}  // namespace tapes::mock::anthropic
