#include "anthropic_messages/plain_json.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>

namespace tapes::llm::anthropic_messages {
namespace {

bool leaves_out(left_out omitted, std::string_view key, json_value from) {
    return (omitted != left_out::nothing && key == "cache_control") ||
           (omitted == left_out::cache_control_and_null && is_null(from));
}

void append_plain(std::string& out, json_value from, left_out omitted, int depth);

void append_member(std::string& out, std::string_view key, json_value from, left_out omitted, int depth) {
    out.append(out.back() == '{' ? "" : ",");
    merkle::append_json_string(out, key);
    out.push_back(':');
    append_plain(out, from, omitted, depth);
}

void append_object(std::string& out, json_object from, left_out omitted, int depth) {
    out.push_back('{');
    for (auto [key, value] : members_of(from)) {
        if (!leaves_out(omitted, key, value)) {
            append_member(out, key, value, omitted, depth + 1);
        }
    }
    out.push_back('}');
}

void append_plain(std::string& out, json_value from, left_out omitted, int depth) {
    constexpr int deepest = 512;
    if (depth > deepest) {
        throw simdjson::simdjson_error(simdjson::DEPTH_ERROR);
    }
    if (is_object(from)) {
        append_object(out, from.get_object(), omitted, depth);
    } else if (is_array(from)) {
        out.push_back('[');
        for (auto element : from.get_array()) {
            out.append(out.back() == '[' ? "" : ",");
            append_plain(out, element.value(), omitted, depth + 1);
        }
        out.push_back(']');
    } else if (std::string text; read_text(from, text)) {
        merkle::append_json_string(out, text);
    } else {
        out.append(read_raw(from));
    }
}

}  // namespace

std::string plain_json(json_value from, left_out omitted) {
    std::string out;
    append_plain(out, from, omitted, 1);
    return out;
}

std::string plain_text(std::string json) {
    if (!json.starts_with('{')) {
        return json;
    }
    std::string out;
    json_reader reader(json);
    append_object(out, reader.root(), left_out::nothing, 1);
    return out;
}

std::string plain_members(json_object from, std::initializer_list<std::string_view> taken, left_out below) {
    std::string out = "{";
    for (auto [key, value] : members_of(from)) {
        const bool is_taken = std::find(taken.begin(), taken.end(), key) != taken.end() ||
                              leaves_out(left_out::cache_control_and_null, key, value);
        if (!is_taken) {
            append_member(out, key, value, below, 2);
        }
    }
    return out + "}";
}

}  // namespace tapes::llm::anthropic_messages
