#include "request/part_maker.hpp"

#include <algorithm>
#include <array>

namespace tapes::read {

namespace {

/// Members that belong to a message as a whole, and are short.
bool is_of_head(std::string_view key) noexcept {
    constexpr std::array<std::string_view, 3> keys{"name", "tool_call_id", "tool_name"};
    return std::ranges::find(keys, key) != keys.end();
}

/// Members of a message that hold one block an element: calls, and the images of Ollama.
bool is_list_of_blocks(std::string_view key) noexcept {
    return key == "tool_calls" || key == "images";
}

std::string head_form(const json_members& message) {
    std::vector<json_member> head;
    for (const auto& one : message.all) {
        if (is_of_head(one.key) && one.value != "null") {
            head.push_back(one);
        }
    }
    std::string form;
    if (!head.empty()) {
        append_object_form(std::move(head), form);
    }
    return form;
}

/// Content first, then calls, then all else by name: the order of members does not count.
std::vector<json_member> in_order(const json_members& message) {
    std::vector<json_member> ordered;
    for (const auto& one : message.all) {
        const bool aside =
            is_of_head(one.key) || one.key == "role" || one.key == "type" || one.key == "cache_control";
        if (!aside && one.value != "null") {
            ordered.push_back(one);
        }
    }
    const auto rank = [](const json_member& one) {
        return one.key == "content" ? 0 : is_list_of_blocks(one.key) ? 1 : 2;
    };
    std::ranges::stable_sort(ordered, [&rank](const json_member& left, const json_member& right) {
        return rank(left) != rank(right) ? rank(left) < rank(right) : left.key < right.key;
    });
    return ordered;
}

void add_list(part_maker& to, const part_maker::place& where, const json_member& list) {
    const auto elements = read_members(list.value);
    for (const auto& one : elements.all) {
        to.add_member(where, list.key == "images" ? "image" : "tool_call", one.value);
    }
    if (!elements.whole) {
        to.fail(request_fault::broken, elements.rest);
    }
}

/// What a part of Gemini's holds, by the name of its member; "" where none is known.
std::string_view type_of_part(const json_members& part) {
    constexpr std::array<std::string_view, 4> aside{"thought", "thoughtSignature", "thought_signature",
                                                    "videoMetadata"};
    for (const auto& one : part.all) {
        if (one.value != "null" && std::ranges::find(aside, one.key) == aside.end()) {
            return one.key;
        }
    }
    return {};
}

}  // namespace

void add_gemini_parts(part_maker& to, const part_maker::place& where, std::string_view content) {
    const auto members = read_members(content);
    const auto parts = members.find("parts");
    to.begin_message();
    if (!parts.starts_with('[')) {
        to.add_block(where, parts.empty() ? content : parts);
        return;
    }
    const auto elements = read_members(parts);
    for (const auto& one : elements.all) {
        to.add_block(where, one.value);
        if (one.value.starts_with('{')) {
            to.type_last(type_of_part(read_members(one.value)));
        }
    }
    if (!elements.whole) {
        to.fail(request_fault::broken, elements.rest);
    }
    if (to.blocks() == 0) {
        to.add_member(where, "", content.substr(0, 0));
    }
}

void add_message_parts(part_maker& to, std::string_view api, std::size_t number, std::string_view value) {
    to.begin_message();
    auto message = read_members(value);
    part_maker::place where{part_kind::message, number, string_of(message.find("role")), ""};
    if (!message.whole || !value.starts_with('{')) {
        to.add_block(where, value);
        return;
    }
    if (api == "gemini") {
        where.name = where.name.empty() ? "user" : std::move(where.name);
        add_gemini_parts(to, where, value);
        return;
    }
    if (api == "openai_responses") {
        std::erase_if(message.all,
                      [](const json_member& one) { return one.key == "id" || one.key == "status"; });
    }
    const auto type = string_of(message.find("type"));
    if (where.name.empty() || !(type.empty() || type == "message")) {
        to.add_object(where, value, message);
        return;
    }
    where.head = head_form(message);
    for (const auto& one : in_order(message)) {
        if (one.key == "content") {
            to.add_content(where, one.value);
        } else if (is_list_of_blocks(one.key) && one.value.starts_with('[')) {
            add_list(to, where, one);
        } else {
            to.add_member(where, one.key, one.value);
        }
    }
    if (to.blocks() == 0) {
        to.add_member(where, "", value.substr(0, 0));
    }
    const auto mark = message.find("cache_control");
    if (!mark.empty() && mark != "null") {
        to.mark_last(mark);
    }
}

}  // namespace tapes::read
