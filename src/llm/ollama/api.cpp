#include "ollama/api.hpp"

#include "content_blocks.hpp"
#include "json.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tapes::llm::ollama {
namespace {

using merkle::block;

// A message in the making: what was said in the order in which it is kept, whatever the order of the keys.
struct draft {
    std::string role;
    std::string tool_name;
    std::string tool_call_id;
    std::vector<block> thinking;
    std::vector<block> content;
    std::vector<block> images;
    std::vector<block> calls;
};

// JSON without white space, so that it is the same text again after a client has parsed and written it.
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

void read_images(json_value from, draft& out) {
    if (is_array(from)) {
        for (auto image : from.get_array()) {
            read_image(image.value(), out);
        }
    } else if (!is_null(from)) {
        read_image(from, out);
    }
}

void read_function(json_object from, block& call) {
    std::string arguments;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "name") {
            read_text(field.value(), call.tool_name);
        } else if (key == "arguments" && !is_null(field.value()) && !read_text(field.value(), arguments)) {
            arguments = read_minified(field.value());
        }
    }
    set_arguments(call, std::move(arguments));
}

// Without its `id`: Ollama's clients leave it out when the call comes back.
void read_call(json_value from, draft& out) {
    block call;
    call.type = "tool_use";
    bool function = false;
    if (is_object(from)) {
        json_object fields = from.get_object();
        for (auto member : fields) {
            json_field field = field_of(member);
            if (key_of(field) == "function" && is_object(field.value())) {
                function = true;
                read_function(field.value().get_object(), call);
            }
        }
        if (!function) {
            (void)fields.reset().value();
            call.raw = read_raw(fields);
        }
    } else {
        call.raw = read_raw(from);
    }
    out.calls.push_back(std::move(call));
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

// A tool's result is one block.
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

merkle::message finish(draft from) {
    if (from.role == "tool") {
        make_tool_result(from);
    }
    merkle::message made{std::move(from.role), std::move(from.thinking)};
    for (std::vector<block>* const part : {&from.content, &from.images, &from.calls}) {
        std::move(part->begin(), part->end(), std::back_inserter(made.content));
    }
    return made;
}

merkle::message read_message(json_object from) {
    draft said;
    for (auto member : from) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "role") {
            read_text(field.value(), said.role);
        } else if (key == "content") {
            read_content(field.value(), said);
        } else if (key == "thinking") {
            read_thinking(field.value(), said);
        } else if (key == "images") {
            read_images(field.value(), said);
        } else if (key == "tool_calls") {
            read_calls(field.value(), said);
        } else if (key == "tool_name" || (key == "name" && said.tool_name.empty())) {
            read_text(field.value(), said.tool_name);
        } else if (key == "tool_call_id") {
            read_text(field.value(), said.tool_call_id);
        }
    }
    return finish(std::move(said));
}

bool read_bool(json_value from, bool otherwise) {
    bool value = otherwise;
    return from.get_bool().get(value) == simdjson::SUCCESS ? value : otherwise;
}

// What both requests have; false for other members.
bool read_setting(std::string_view key, json_field& field, request& out) {
    if (key == "model") {
        read_text(field.value(), out.model);
    } else if (key == "stream") {
        out.streamed = read_bool(field.value(), true);
    } else {
        return false;
    }
    return true;
}

void read_chat_request(json_object root, request& out) {
    out.streamed = true;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (!read_setting(key, field, out) && key == "messages" && !is_null(field.value())) {
            out.messages.clear();
            for (auto message : field.value().get_array()) {
                out.messages.push_back(read_message(message.get_object()));
            }
        }
    }
}

void add_typed_text(std::vector<block>& to, const char* type, std::string text) {
    if (!text.empty()) {
        block& added = to.emplace_back();
        added.type = type;
        added.text = std::move(text);
    }
}

// What the prompt is made of: the system text and the template that frames it, then the user's part.
void read_generate_request(json_object root, request& out) {
    draft asked;
    std::string system;
    std::string framed;
    std::string suffix;
    std::vector<block> context;
    out.streamed = true;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (read_setting(key, field, out)) {
            continue;
        }
        if (key == "prompt") {
            read_content(field.value(), asked);
        } else if (key == "system") {
            read_text(field.value(), system);
        } else if (key == "template") {
            read_text(field.value(), framed);
        } else if (key == "suffix") {
            read_text(field.value(), suffix);
        } else if (key == "images") {
            read_images(field.value(), asked);
        } else if (key == "context" && !is_null(field.value())) {
            context.push_back(raw_block("context", read_raw(field.value())));
        }
    }
    merkle::message leading{"system", {}};
    add_text(leading.content, std::move(system));
    add_typed_text(leading.content, "template", std::move(framed));
    out.messages.clear();
    out.leading = leading.content.empty() ? 0 : 1;
    if (out.leading > 0) {
        out.messages.push_back(std::move(leading));
    }
    asked.content.insert(asked.content.begin(), std::make_move_iterator(context.begin()),
                         std::make_move_iterator(context.end()));
    add_typed_text(asked.images, "suffix", std::move(suffix));
    asked.role = "user";
    out.messages.push_back(finish(std::move(asked)));
}

// What both answers have beside what was said.
struct ending {
    std::string done_reason;
    bool done = false;
    bool failed = false;

    /// False for other members.
    bool read(std::string_view key, json_field& field, answer& out) {
        merkle::usage& used = out.used;
        if (key == "model") {
            read_text(field.value(), out.model);
        } else if (key == "done") {
            done = read_bool(field.value(), false);
        } else if (key == "done_reason") {
            read_text(field.value(), done_reason);
        } else if (key == "error") {
            failed = !is_null(field.value());
        } else if (key == "prompt_eval_count") {
            used.prompt_tokens = read_integer(field.value());
        } else if (key == "eval_count") {
            used.completion_tokens = read_integer(field.value());
        } else if (key == "total_duration") {
            used.total_duration_ns = read_integer(field.value());
        } else if (key == "prompt_eval_duration") {
            used.prompt_duration_ns = read_integer(field.value());
        } else {
            return false;
        }
        return true;
    }

    map_error conclude(merkle::message said, bool has_said, answer& out) {
        merkle::usage& used = out.used;
        std::int64_t sum = 0;
        if ((used.prompt_tokens || used.completion_tokens) &&
            !__builtin_add_overflow(used.prompt_tokens.value_or(0), used.completion_tokens.value_or(0),
                                    &sum)) {
            used.total_tokens = sum;
        }
        if (said.content.empty()) {
            return failed             ? map_error::provider_error
                   : has_said || done ? map_error::empty
                                      : map_error::wrong_shape;
        }
        if (said.role.empty()) {
            said.role = "assistant";
        }
        out.choices.push_back({std::move(said), !done_reason.empty() ? std::move(done_reason)
                                                : done               ? "stop"
                                                                     : "incomplete"});
        return map_error::none;
    }
};

map_error read_chat_answer(json_object root, answer& out) {
    ending end;
    merkle::message said;
    bool has_said = false;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (!end.read(key, field, out) && key == "message" && is_object(field.value())) {
            has_said = true;
            said = read_message(field.value().get_object());
        }
    }
    return end.conclude(std::move(said), has_said, out);
}

map_error read_generate_answer(json_object root, answer& out) {
    ending end;
    draft said;
    bool has_said = false;
    for (auto member : root) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (end.read(key, field, out)) {
            continue;
        }
        has_said =
            has_said || key == "response" || key == "thinking" || key == "image" || key == "tool_calls";
        if (key == "response") {
            read_content(field.value(), said);
        } else if (key == "thinking") {
            read_thinking(field.value(), said);
        } else if (key == "image") {
            read_images(field.value(), said);
        } else if (key == "tool_calls") {
            read_calls(field.value(), said);
        }
    }
    said.role = "assistant";
    return end.conclude(finish(std::move(said)), has_said, out);
}

template <class Read, class Out>
map_error map(std::string_view body, Read read, Out& out) {
    try {
        json_reader json(body);
        const map_error mapped = read(json.root(), out);
        json.require_end();
        return mapped;
    } catch (const simdjson::simdjson_error& failed) {
        return to_map_error(failed.error());
    }
}

}  // namespace

map_error map_chat_request(std::string_view body, const item_source&, request& out) {
    const auto read = [](json_object root, request& into) {
        read_chat_request(root, into);
        return map_error::none;
    };
    return map(body, read, out);
}

map_error map_generate_request(std::string_view body, const item_source&, request& out) {
    const auto read = [](json_object root, request& into) {
        read_generate_request(root, into);
        return map_error::none;
    };
    return map(body, read, out);
}

map_error map_chat_answer(std::string_view body, answer& out) {
    return map(body, read_chat_answer, out);
}

map_error map_generate_answer(std::string_view body, answer& out) {
    return map(body, read_generate_answer, out);
}

std::size_t expected_choices(std::string_view) {
    return 1;
}

}  // namespace tapes::llm::ollama
