#include "openai_chat/said.hpp"

#include "content_blocks.hpp"
#include "said_json.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/dropped.hpp>

#include <utility>

namespace tapes::llm::openai_chat {
namespace {

using merkle::block;

void read_function(json_object from, block& call) {
    std::string arguments;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "name") {
            read_text(field.value(), call.tool_name);
        } else if (key == "arguments" && !is_null(field.value()) && !read_text(field.value(), arguments)) {
            arguments = read_raw(field.value());
        }
    }
    set_arguments(call, std::move(arguments));
}

/// Gemini's `extra_content`: {"google": {"thought_signature": "…"}}.
void read_thought_signature(json_value extra, std::string& signature) {
    if (!is_object(extra)) {
        return;
    }
    for (auto member : extra.get_object()) {
        json_field field = field_of(member);
        if (key_of(field) != "google" || !is_object(field.value())) {
            continue;
        }
        for (auto part : field.value().get_object()) {
            json_field inner = field_of(part);
            if (key_of(inner) == "thought_signature") {
                read_text(inner.value(), signature);
            }
        }
    }
}

void read_call(json_value from, std::vector<block>& to) {
    if (!is_object(from)) {
        to.push_back(raw_block("tool_use", read_raw(from)));
        return;
    }
    block call;
    std::string type;
    bool function = false;
    json_object fields = from.get_object();
    for (auto member : fields) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "id") {
            read_text(field.value(), call.tool_use_id);
        } else if (key == "type") {
            read_text(field.value(), type);
        } else if (key == "function" && is_object(field.value())) {
            function = true;
            read_function(field.value().get_object(), call);
        } else if (key == "extra_content") {
            read_thought_signature(field.value(), call.signature);
        }
    }
    call.type = "tool_use";
    if (!function) {
        (void)fields.reset().value();
        call.signature.clear();  // it stands in `raw`
        call.type = type.empty() ? "tool_use" : type;
        call.raw = said_json(fields, {"index"});
    }
    to.push_back(std::move(call));
}

block dropped(block made) {
    made.dropped_by_clients = merkle::is_dropped_type(made.type);
    return made;
}

}  // namespace

void read_calls(json_value from, std::vector<block>& to) {
    if (is_array(from)) {
        for (auto call : from.get_array()) {
            read_call(call.value(), to);
        }
    } else if (!is_null(from)) {
        to.push_back(raw_block("tool_use", read_raw(from)));
    }
}

void read_function_call(json_value from, std::vector<block>& to) {
    if (!is_object(from)) {
        if (!is_null(from)) {
            to.push_back(raw_block("function_call", read_raw(from)));
        }
        return;
    }
    block call;
    call.type = "function_call";
    read_function(from.get_object(), call);
    if (!call.tool_name.empty() || !call.tool_input.empty() || !call.raw.empty()) {
        to.push_back(std::move(call));
    }
}

void read_audio(json_value from, std::vector<block>& to) {
    if (!is_object(from)) {
        if (!is_null(from)) {
            to.push_back(raw_block("audio", read_raw(from)));
        }
        return;
    }
    std::string id;
    block said;
    said.type = "audio_data";
    std::string data;
    std::string expires_at;
    for (auto member : from.get_object()) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "id") {
            read_text(field.value(), id);
        } else if (key == "transcript") {
            read_text(field.value(), said.text);
        } else if (key == "data" && !is_null(field.value())) {
            data = read_raw(field.value());
        } else if (key == "expires_at" && !is_null(field.value())) {
            expires_at = read_raw(field.value());
        }
    }
    if (!id.empty()) {
        std::string named = R"({"id":)";
        merkle::append_json_string(named, id);
        to.push_back(raw_block("audio", std::move(named.append("}"))));
    }
    if (!data.empty() && data != "\"\"") {
        said.raw = R"({"data":)" + data + (expires_at.empty() ? "" : R"(,"expires_at":)" + expires_at) + "}";
    }
    if (!said.text.empty() || !said.raw.empty()) {
        to.push_back(dropped(std::move(said)));
    }
}

void read_annotations(json_value from, std::vector<block>& to) {
    if (is_array(from)) {
        for (auto annotation : from.get_array()) {
            to.push_back(dropped(raw_block("annotation", said_json(annotation.value()))));
        }
    } else if (!is_null(from)) {
        to.push_back(dropped(raw_block("annotation", read_raw(from))));
    }
}

void read_images(json_value from, std::vector<block>& to) {
    if (!is_array(from)) {
        if (!is_null(from)) {
            to.push_back(raw_block("image", read_raw(from)));
            to.back().dropped_by_clients = true;
        }
        return;
    }
    for (auto element : from.get_array()) {
        json_value image = element.value();
        std::string url;
        if (is_object(image)) {
            json_object fields = image.get_object();
            for (auto member : fields) {
                json_field field = field_of(member);
                if (key_of(field) == "image_url") {
                    url = read_url(field.value());
                }
            }
            (void)fields.reset().value();
            to.push_back(url.empty() ? raw_block("image", read_raw(fields)) : block{});
        } else {
            to.push_back(raw_block("image", read_raw(image)));
        }
        block& made = to.back();
        made.type = "image";
        made.image_url = std::move(url);
        made.dropped_by_clients = true;
    }
}

bool is_source(std::string_view key) noexcept {
    return key == "citations" || key == "search_results" || key == "images" || key == "related_questions";
}

void read_source(std::string_view key, json_value from, std::vector<block>& to) {
    if (is_array(from)) {
        std::string json = said_json(from);
        if (json != "[]") {
            to.push_back(dropped(raw_block(std::string{key}, std::move(json))));
        }
    }
}

bool reasoning::read(std::string_view key, json_field& field) {
    if (key == "reasoning_text" || key == "reasoning_opaque") {
        read_text(field.value(), key == "reasoning_text" ? signed_ : signature_);
        return true;
    }
    if (key == "reasoning_content" || key == "reasoning") {
        std::string& text = key == "reasoning" ? text_ : content_;
        if (!read_text(field.value(), text) && !is_null(field.value())) {
            details_.push_back(dropped(raw_block("thinking", said_json(field.value()))));
        }
        return true;
    }
    if (key == "extra_content") {
        std::string signature;
        read_thought_signature(field.value(), signature);
        add_thinking(details_, {}, std::move(signature));
        return true;
    }
    if (key != "reasoning_details" && key != "thinking_blocks") {
        return false;
    }
    if (is_array(field.value())) {
        for (auto detail : field.value().get_array()) {
            read_detail(detail.value());
        }
    }
    return true;
}

// A text or summary with its signature; what is encrypted stays the JSON that it is.
void reasoning::read_detail(json_value from) {
    std::string text;
    std::string signature;
    if (is_object(from)) {
        json_object fields = from.get_object();
        for (auto member : fields) {
            json_field field = field_of(member);
            const std::string_view key = key_of(field);
            if (key == "signature") {
                read_text(field.value(), signature);
            } else if ((key == "text" || key == "summary" || key == "thinking") && text.empty()) {
                read_text(field.value(), text);
            }
        }
        if (text.empty() && signature.empty()) {
            (void)fields.reset().value();
            details_.push_back(dropped(raw_block("thinking", said_json(fields, {"index"}))));
            return;
        }
    } else if (!read_text(from, text)) {
        details_.push_back(dropped(raw_block("thinking", read_raw(from))));
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
        for (auto member : from.get_object()) {
            json_field field = field_of(member);
            const std::string_view key = key_of(field);
            if (key == "text" && read_text(field.value(), text)) {
                parts_ += text;
            } else if (key == "signature") {
                read_text(field.value(), parts_signature_);
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
    for (block& detail : details_) {
        made.push_back(std::move(detail));
    }
    return made;
}

}  // namespace tapes::llm::openai_chat
