#pragma once

#include <string>
#include <vector>

namespace tapes::merkle {

/// One piece of a message. Every field but `type` is omitted from the hash and from events when empty.
/// Text is UTF-8; invalid sequences are replaced by U+FFFD when it is written.
struct block {
    std::string type;  ///< "text", "image", "tool_use", "tool_result", "thinking", "refusal", ...
    std::string text;
    std::string image_url;
    std::string image_base64;
    std::string media_type;
    std::string tool_use_id;
    std::string tool_name;
    std::string tool_input;  ///< JSON text of an object; {}, null and "" are omitted
    std::string tool_result_id;
    std::string tool_output;
    bool is_error = false;
    // Not in the reference; empty wherever the reference can express the block.
    std::string thinking;
    std::string signature;
    std::string refusal;
    std::string name;
    std::string raw;  ///< JSON text of what has no field of its own, or other text; written as a JSON value
                      ///< where its canonical form loses nothing, else as a string

    /// Whether clients drop the block on the way back (thinking, refusal, ...; see dropped.hpp): it is part
    /// of `hash` but not of `match`.
    bool dropped_by_clients = false;

    bool operator==(const block&) const = default;
};

/// What one party said in one step.
struct message {
    std::string role;  ///< "system", "user", "assistant", "tool", ...
    std::vector<block> content;

    bool operator==(const message&) const = default;
};

}  // namespace tapes::merkle
