#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tapes::llm::openai_chat {

/// The reasoning of a message. Servers give it under several names, some of them at once. The functions throw
/// simdjson::simdjson_error.
class reasoning {
public:
    /// Takes the value where `key` names reasoning; returns false where it does not.
    bool read(std::string_view key, json_value value);

    /// Takes a `thinking` part of the content: its text, or parts of text, which may be signed.
    void read_part(json_value from);

    /// Returns the thinking blocks, with each text once.
    std::vector<merkle::block> blocks() &&;

private:
    void read_detail(json_value from);

    std::string signed_;     ///< `reasoning_text` (GitHub Copilot), and
    std::string signature_;  ///< `reasoning_opaque` with it
    std::string content_;
    std::string text_;
    std::string parts_;
    std::string parts_signature_;
    std::string detailed_;  ///< the text of all details
    std::vector<merkle::block> details_;
};

}  // namespace tapes::llm::openai_chat
