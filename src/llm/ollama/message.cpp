#include "ollama/message.hpp"

#include "content_blocks.hpp"

#include <utility>

namespace tapes::llm::ollama {

using merkle::block;

namespace {

// Returns JSON without white space, so that it is the same text again after a client has parsed and written
// it.
std::string read_minified(json_value from) {
    std::string raw = read_raw(from);
    std::string out(raw.size(), '\0');
    std::size_t size = 0;
    if (simdjson::minify(raw.data(), raw.size(), out.data(), size) != simdjson::SUCCESS) {
        return raw;
    }
    out.resize(size);
    return out;
}

void read_image(json_value from, draft& out) {
    std::string data;
    if (!read_text(from, data)) {
        out.images.push_back(raw_block("image", read_raw(from)));
    } else if (!data.empty()) {
        block& image = out.images.emplace_back();
        image.type = "image";
        image.image_base64 = std::move(data);
    }
}

// Reads a call without its `id`: Ollama's clients leave it out when the call comes back.
void read_call(json_value from, draft& out) {
    block call;
    call.type = "tool_use";
    bool function = false;
    if (is_object(from)) {
        json_object fields = from.get_object();
        for (auto [key, value] : members_of(fields)) {
            if (key == "function" && is_object(value)) {
                function = true;
                read_function(value.get_object(), call, read_minified);
            }
        }
        if (!function) {
            rewind(fields);
            call.raw = read_raw(fields);
        }
    } else {
        call.raw = read_raw(from);
    }
    out.calls.push_back(std::move(call));
}

// Makes one block of a tool's result.
void make_tool_result(draft& from) {
    block result;
    result.type = "tool_result";
    result.tool_result_id = std::move(from.tool_call_id);
    result.tool_name = std::move(from.tool_name);
    if (!from.content.empty() && from.content.front().raw.empty()) {
        result.tool_output = std::move(from.content.front().text);
        from.content.front() = std::move(result);
    } else {
        from.content.insert(from.content.begin(), std::move(result));
    }
}

}  // namespace

void read_content(json_value from, draft& out) {
    std::string text;
    out.content.clear();
    if (read_text(from, text)) {
        add_text(out.content, std::move(text));
    } else if (!is_null(from)) {
        out.content.push_back(raw_block({}, read_raw(from)));
    }
}

void read_thinking(json_value from, draft& out) {
    std::string text;
    out.thinking.clear();
    if (read_text(from, text)) {
        add_thinking(out.thinking, std::move(text));
    }
}

void read_images(json_value from, draft& out) {
    if (is_array(from)) {
        for (auto image : from.get_array()) {
            read_image(image.value(), out);
        }
    } else if (!is_null(from)) {
        read_image(from, out);
    }
}

void read_calls(json_value from, draft& out) {
    if (is_array(from)) {
        for (auto call : from.get_array()) {
            read_call(call.value(), out);
        }
    } else if (!is_null(from)) {
        read_call(from, out);
    }
}

merkle::message finish(draft from) {
    if (from.role == "tool") {
        make_tool_result(from);
    }
    merkle::message made{std::move(from.role), std::move(from.thinking)};
    for (std::vector<block>* const part : {&from.content, &from.images, &from.calls}) {
        append_blocks(made.content, std::move(*part));
    }
    mark_blank_text(made);
    return made;
}

merkle::message read_message(json_object from) {
    draft made;
    for (auto [key, value] : members_of(from)) {
        if (key == "role") {
            read_text(value, made.role);
        } else if (key == "content") {
            read_content(value, made);
        } else if (key == "thinking") {
            read_thinking(value, made);
        } else if (key == "images") {
            read_images(value, made);
        } else if (key == "tool_calls") {
            read_calls(value, made);
        } else if (key == "tool_name" || (key == "name" && made.tool_name.empty())) {
            read_text(value, made.tool_name);
        } else if (key == "tool_call_id") {
            read_text(value, made.tool_call_id);
        }
    }
    return finish(std::move(made));
}

}  // namespace tapes::llm::ollama
