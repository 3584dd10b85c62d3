#include "openai_chat/reasoning.hpp"

#include "content_blocks.hpp"
#include "openai/pruned_json.hpp"
#include "openai_chat/message_parts.hpp"

#include <utility>

namespace tapes::llm::openai_chat {

using merkle::block;

bool reasoning::read(std::string_view key, json_value value) {
    if (key == "reasoning_text" || key == "reasoning_opaque") {
        read_text(value, key == "reasoning_text" ? signed_ : signature_);
        return true;
    }
    if (key == "reasoning_content" || key == "reasoning") {
        std::string& text = key == "reasoning" ? text_ : content_;
        if (!read_text(value, text) && !is_null(value)) {
            std::string json = openai::pruned_json(value);
            if (json != "{}" && json != "[]") {
                details_.push_back(mark_if_dropped(raw_block("thinking", std::move(json))));
            }
        }
        return true;
    }
    if (key == "extra_content") {
        std::string signature;
        read_thought_signature(value, signature);
        add_thinking(details_, {}, std::move(signature));
        return true;
    }
    if (key != "reasoning_details" && key != "thinking_blocks") {
        return false;
    }
    if (is_array(value)) {
        for (auto detail : value.get_array()) {
            read_detail(detail.value());
        }
    }
    return true;
}

namespace {

// Whether a member says something, and not only what kind of detail it is.
bool says_something(std::string_view key, json_value value) {
    std::string text;
    if (key == "type" || key == "format" || key == "index" || key == "id" || is_null(value)) {
        return false;
    }
    if (read_text(value, text)) {
        return !text.empty();
    }
    const std::string json = openai::pruned_json(value);
    return json != "{}" && json != "[]";
}

}  // namespace

// A text or summary with its signature; what is encrypted stays the JSON that it is.
void reasoning::read_detail(json_value from) {
    std::string text;
    std::string signature;
    if (is_object(from)) {
        bool says = false;
        json_object fields = from.get_object();
        for (auto [key, value] : members_of(fields)) {
            if (key == "signature") {
                read_text(value, signature);
            } else if ((key == "text" || key == "summary" || key == "thinking") && text.empty()) {
                read_text(value, text);
            } else {
                says = says_something(key, value) || says;
            }
        }
        if (text.empty() && signature.empty()) {
            if (says) {
                rewind(fields);
                details_.push_back(
                    mark_if_dropped(raw_block("thinking", openai::pruned_json(fields, {"index"}))));
            }
            return;
        }
    } else if (!read_text(from, text)) {
        details_.push_back(mark_if_dropped(raw_block("thinking", read_raw(from))));
        return;
    }
    detailed_ += text;
    add_thinking(details_, std::move(text), std::move(signature));
}

void reasoning::read_part(json_value from) {
    std::string text;
    if (read_text(from, text)) {
        parts_ += text;
    } else if (is_array(from)) {
        for (auto part : from.get_array()) {
            read_part(part.value());
        }
    } else if (is_object(from)) {
        for (auto [key, value] : members_of(from.get_object())) {
            if (key == "text" && read_text(value, text)) {
                parts_ += text;
            } else if (key == "signature") {
                read_text(value, parts_signature_);
            }
        }
    }
}

std::vector<block> reasoning::blocks() && {
    std::vector<block> made;
    add_thinking(made, std::move(signed_), std::move(signature_));
    if (content_ != detailed_) {
        add_thinking(made, content_);
    }
    if (text_ != content_ && text_ != detailed_) {
        add_thinking(made, std::move(text_));
    }
    add_thinking(made, std::move(parts_), std::move(parts_signature_));
    append_blocks(made, std::move(details_));
    return made;
}

}  // namespace tapes::llm::openai_chat
