#include "content_blocks.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/dropped.hpp>

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

block raw_block(std::string type, std::string raw) {
    block made;
    made.type = type.empty() ? "unknown" : std::move(type);
    made.raw = std::move(raw);
    return made;
}

std::string read_url(json_value from) {
    std::string url;
    if (is_object(from)) {
        for (auto member : from.get_object()) {
            json_field field = field_of(member);
            if (key_of(field) == "url") {
                read_text(field.value(), url);
            }
        }
    } else {
        read_text(from, url);
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

}  // namespace tapes::llm
