#pragma once

#include "json.hpp"

#include <tapes/merkle/content.hpp>

#include <string>
#include <vector>

namespace tapes::llm::openai_chat {

// What a message of Chat Completions holds beside its content: blocks are appended. The functions throw
// simdjson::simdjson_error.

/// `tool_calls`.
void read_calls(json_value from, std::vector<merkle::block>& to);

/// `function_call`, as calls were before `tool_calls`; one that names no function and has no arguments is
/// none.
void read_function_call(json_value from, std::vector<merkle::block>& to);

/// `audio`: its id, by which a later request names it, and apart from that what was said, which clients drop.
void read_audio(json_value from, std::vector<merkle::block>& to);

/// `annotations`; clients drop them.
void read_annotations(json_value from, std::vector<merkle::block>& to);

/// `images` that were made; clients drop them.
void read_images(json_value from, std::vector<merkle::block>& to);

/// What an answer was made of, beside its choices (Perplexity, xAI); clients drop it.
bool is_source(std::string_view key) noexcept;
void read_source(std::string_view key, json_value from, std::vector<merkle::block>& to);

/// The reasoning of a message, which servers give under several names, some of them at once.
class reasoning {
public:
    /// True where `key` names reasoning: then the value was taken.
    bool read(std::string_view key, json_field& field);

    /// A `thinking` part of the content: its text, or parts of text, which may be signed.
    void read_part(json_value from);

    /// As thinking blocks: each text once.
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
