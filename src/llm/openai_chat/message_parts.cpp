#include "openai_chat/message_parts.hpp"

#include "content_blocks.hpp"
#include "openai/pruned_json.hpp"

#include <tapes/merkle/canonical.hpp>

#include <utility>

namespace tapes::llm::openai_chat {
namespace {

using merkle::block;

void read_call(json_value from, std::vector<block>& to) {
    if (!is_object(from)) {
        to.push_back(raw_block("tool_use", read_raw(from)));
        return;
    }
    block call;
    std::string type;
    bool function = false;
    json_object fields = from.get_object();
    for (auto [key, value] : members_of(fields)) {
        if (key == "id") {
            read_text(value, call.tool_use_id);
        } else if (key == "type") {
            read_text(value, type);
        } else if (key == "function" && is_object(value)) {
            function = true;
            read_function(value.get_object(), call, read_raw);
        } else if (key == "extra_content") {
            read_thought_signature(value, call.signature);
        }
    }
    call.type = "tool_use";
    if (!function) {
        rewind(fields);
        call.signature.clear();  // it stands in `raw`
        call.type = type.empty() ? "tool_use" : type;
        call.raw = openai::pruned_json(fields, {"index"});
    }
    to.push_back(std::move(call));
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
    read_function(from.get_object(), call, read_raw);
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
    block spoken;
    spoken.type = "audio_data";
    std::string data;
    std::string expires_at;
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "id") {
            read_text(value, id);
        } else if (key == "transcript") {
            read_text(value, spoken.text);
        } else if (key == "data" && !is_null(value)) {
            data = read_raw(value);
        } else if (key == "expires_at" && !is_null(value)) {
            expires_at = read_raw(value);
        }
    }
    if (!id.empty()) {
        std::string named = R"({"id":)";
        merkle::append_json_string(named, id);
        to.push_back(raw_block("audio", std::move(named.append("}"))));
    }
    if (!data.empty() && data != "\"\"") {
        spoken.raw =
            R"({"data":)" + data + (expires_at.empty() ? "" : R"(,"expires_at":)" + expires_at) + "}";
    }
    if (!spoken.text.empty() || !spoken.raw.empty()) {
        to.push_back(mark_if_dropped(std::move(spoken)));
    }
}

void read_annotations(json_value from, std::vector<block>& to) {
    if (is_array(from)) {
        for (auto annotation : from.get_array()) {
            to.push_back(mark_if_dropped(raw_block("annotation", openai::pruned_json(annotation.value()))));
        }
    } else if (!is_null(from)) {
        to.push_back(mark_if_dropped(raw_block("annotation", read_raw(from))));
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
            for (auto [key, value] : members_of(fields)) {
                if (key == "image_url") {
                    url = read_url(value);
                }
            }
            rewind(fields);
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
        std::string json = openai::pruned_json(from);
        if (json != "[]") {
            to.push_back(mark_if_dropped(raw_block(std::string{key}, std::move(json))));
        }
    }
}

void read_thought_signature(json_value extra, std::string& signature) {
    if (!is_object(extra)) {
        return;
    }
    for (auto [key, value] : members_of(extra.get_object())) {
        if (key == "google") {
            read_text_member(value, "thought_signature", signature);
        }
    }
}

}  // namespace tapes::llm::openai_chat
