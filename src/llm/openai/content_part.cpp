#include "openai/content_part.hpp"

#include "content_blocks.hpp"

namespace tapes::llm::openai {

bool content_part::read(std::string_view key, json_value value) {
    if (key == "type") {
        read_text(value, type);
    } else if (key == "text") {
        has_text = read_text(value, text);
    } else if (key == "refusal") {
        has_refusal = read_text(value, refusal);
    } else if (key == "image_url") {
        url = read_url(value);
    } else {
        return false;
    }
    return true;
}

}  // namespace tapes::llm::openai
