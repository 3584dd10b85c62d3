#include "content_blocks.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/dropped.hpp>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace tapes::llm {

using merkle::block;

void add_text(std::vector<block>& to, std::string text) {
    if (!text.empty()) {
        block& added = to.emplace_back();
        added.type = "text";
        added.text = std::move(text);
    }
}

void add_refusal(std::vector<block>& to, std::string refusal) {
    if (!refusal.empty()) {
        block& added = to.emplace_back();
        added.type = "refusal";
        added.refusal = std::move(refusal);
        added.dropped_by_clients = merkle::is_dropped_type(added.type);
    }
}

void add_thinking(std::vector<block>& to, std::string thinking, std::string signature) {
    if (!thinking.empty() || !signature.empty()) {
        block& added = to.emplace_back();
        added.type = "thinking";
        added.thinking = std::move(thinking);
        added.signature = std::move(signature);
        added.dropped_by_clients = merkle::is_dropped_type(added.type);
    }
}

void add_image(std::vector<block>& to, std::string url) {
    block& image = to.emplace_back();
    image.type = "image";
    image.image_url = std::move(url);
}

block raw_block(std::string type, std::string raw) {
    block made;
    made.type = type.empty() ? "unknown" : std::move(type);
    made.raw = std::move(raw);
    return made;
}

void member_blocks::gather(std::string_view key, std::string_view json) {
    gathered_.append(gathered_.empty() ? "" : ",");
    merkle::append_json_string(gathered_, key);
    gathered_.append(":").append(json);
}

void member_blocks::finish(std::vector<block>& to) {
    if (!gathered_.empty()) {
        to.push_back(raw_block({}, "{" + std::exchange(gathered_, {}) + "}"));
    }
}

block mark_if_dropped(block made) {
    made.dropped_by_clients = merkle::is_dropped_type(made.type);
    return made;
}

void mark_blank_text(merkle::message& message) {
    if (merkle::is_answer_role(message.role)) {
        for (block& one : message.content) {
            one.dropped_by_clients = one.dropped_by_clients || merkle::is_blank_text(one);
        }
    }
}

void append_blocks(std::vector<block>& to, std::vector<block> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

std::string take_text(std::vector<block>& from) {
    std::string text;
    std::erase_if(from, [&text](const block& part) {
        const bool plain = part.type == "text" && part.raw.empty();
        text += plain ? std::string_view(part.text) : std::string_view();
        return plain;
    });
    return text;
}

std::string read_url(json_value from) {
    std::string url;
    if (!read_text(from, url)) {
        read_text_member(from, "url", url);
    }
    return url;
}

void set_arguments(block& call, std::string arguments) {
    if (arguments.find_first_not_of(" \n\r\t") == std::string::npos) {
        return;
    }
    bool exact = false;
    std::string canonical;
    const auto failed = merkle::canonicalize(arguments, canonical, &exact);
    if (failed == merkle::canonical_error::none && exact && canonical.front() == '{') {
        call.tool_input = canonical == "{}" ? std::string() : std::move(canonical);
    } else {
        call.raw = std::move(arguments);
    }
}

void read_function(json_object from, block& call, std::string (*to_text)(json_value)) {
    std::string arguments;
    for (auto [key, value] : members_of(from)) {
        if (key == "name") {
            read_text(value, call.tool_name);
        } else if (key == "arguments" && !is_null(value) && !read_text(value, arguments)) {
            arguments = to_text(value);
        }
    }
    set_arguments(call, std::move(arguments));
}

}  // namespace tapes::llm
