#include "openai/pruned_json.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>

namespace tapes::llm::openai {
namespace {

constexpr int deepest = 512;

void append_value(std::string& out, json_value from, int depth);

void append_members(std::string& out, json_object from, std::initializer_list<std::string_view> left_out,
                    int depth) {
    bool first = true;
    out.push_back('{');
    for (auto [key, value] : members_of(from)) {
        if (is_null(value) || std::find(left_out.begin(), left_out.end(), key) != left_out.end()) {
            continue;
        }
        out.append(first ? "" : ",");
        first = false;
        merkle::append_json_string(out, key);
        out.push_back(':');
        append_value(out, value, depth);
    }
    out.push_back('}');
}

void append_value(std::string& out, json_value from, int depth) {
    if (depth >= deepest) {
        throw simdjson::simdjson_error(simdjson::DEPTH_ERROR);
    }
    if (is_object(from)) {
        append_members(out, from.get_object(), {}, depth + 1);
    } else if (is_array(from)) {
        bool first = true;
        out.push_back('[');
        for (auto element : from.get_array()) {
            out.append(first ? "" : ",");
            first = false;
            append_value(out, element.value(), depth + 1);
        }
        out.push_back(']');
    } else {
        out.append(read_raw(from));
    }
}

}  // namespace

std::string pruned_json(json_object from, std::initializer_list<std::string_view> left_out) {
    std::string out;
    append_members(out, from, left_out, 1);
    return out;
}

std::string pruned_json(json_value from) {
    std::string out;
    append_value(out, from, 0);
    return out;
}

}  // namespace tapes::llm::openai
