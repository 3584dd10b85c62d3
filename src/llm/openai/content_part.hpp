#pragma once

#include "json.hpp"

#include <string>
#include <string_view>

namespace tapes::llm::openai {

/// A part of a message's content, as far as OpenAI's two APIs share it.
struct content_part {
    std::string type;
    std::string text;
    std::string refusal;
    std::string url;  ///< of an image
    bool has_text = false;
    bool has_refusal = false;

    /// Takes a member of the part; returns false for one that is none of these. Throws
    /// simdjson::simdjson_error.
    bool read(std::string_view key, json_value value);
};

}  // namespace tapes::llm::openai
