#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::mock::anthropic {

/// An answer of Messages before it is written: whole, as the one-shot answer is, and cut into a stream.
struct plan {
    nlohmann::ordered_json message;  ///< the one-shot answer object
    bool stream = false;
    std::size_t pieces = 0;  ///< into how many deltas a text is cut; 0: as many as it needs
};

/// What of the request decides the answer; `error` says what is wrong with it, "" when nothing is.
struct request {
    std::string model;
    std::string said;  ///< the text of the last message, or of the tools' results in it
    bool after_tool = false;
    bool thinking = false;
    bool stream = false;
    bool cached = false;                ///< some `cache_control` asks for it
    nlohmann::ordered_json tools;       ///< of the client, an array
    nlohmann::ordered_json web_search;  ///< the server's tool, else null
    std::string error;
};

request read_request(std::string_view body);

/// The events of the stream that says what `from.message` says, appended to `out`, with the end of each in
/// `ends`: message_start, for each block its start, deltas and stop, a ping, message_delta, message_stop
/// (platform.claude.com/docs/en/build-with-claude/streaming).
void append_events(std::string& out, std::vector<std::size_t>& ends, const plan& from);

}  // namespace tapes::mock::anthropic
