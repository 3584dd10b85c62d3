#include "anthropic_messages/streamed_block.hpp"

#include <tapes/merkle/canonical.hpp>

#include <utility>

namespace tapes::llm::anthropic_messages {
namespace {

std::string_view type_for_delta(std::string_view delta_type) noexcept {
    if (delta_type == "input_json_delta") {
        return "tool_use";
    }
    return delta_type == "thinking_delta" || delta_type == "signature_delta" ? "thinking" : "text";
}

// Strings that are whole in the delta that brings them.
bool is_sealed(std::string_view key) noexcept {
    return key == "signature" || key == "encrypted_content";
}

}  // namespace

std::size_t streamed_block::add(json_object delta) {
    if (members_.empty()) {  // its start is missing: what it says is kept all the same
        std::string type;
        read_text_member(delta, "type", type);
        rewind(delta);
        members_["type"] = {member::kind::text, std::string(type_for_delta(type))};
    }
    return fold(delta, false);
}

std::size_t streamed_block::fold(json_object from, bool whole) {
    std::size_t grown = 0;
    for (auto [key, value] : members_of(from)) {
        if ((whole || key != "type") && !is_null(value)) {
            grown += fold_member(key, value);
        }
    }
    return grown;
}

std::size_t streamed_block::fold_member(std::string_view key, json_value from) {
    // Read whole before anything is kept: what is no JSON must leave nothing half made.
    std::string piece;
    const bool is_text = read_text(from, piece);
    if (!is_text) {
        piece = read_raw(from);
    }
    if (key == "partial_json" && is_text) {
        partial_input_.append(piece);
        return piece.size();
    }
    if (is_text && key == "citation") {  // no object, as it should be: an element all the same
        std::string quoted;
        merkle::append_json_string(quoted, piece);
        piece = std::move(quoted);
    }
    const bool is_list = key == "citation" || (!is_text && key == "citations" && piece.starts_with('['));
    const auto [known, added] = members_.try_emplace(key == "citation" ? "citations" : std::string(key));
    const std::size_t grown = piece.size() + (added ? sizeof(*known) : 0);
    member& into = known->second;
    if (is_list) {
        if (key == "citations") {
            piece = piece.substr(1, piece.size() - 2);
        }
        if (into.form != member::kind::list) {
            into = {member::kind::list, {}};
        }
        if (piece.find_first_not_of(" \t\r\n") != std::string::npos) {
            into.value.append(into.value.empty() ? "" : ",").append(piece);
        }
    } else if (is_text && into.form == member::kind::text && !is_sealed(key)) {
        into.value.append(piece);
    } else if (!is_text || into.form != member::kind::text || !piece.empty()) {
        into = {is_text ? member::kind::text : member::kind::json, std::move(piece)};
    }
    return grown;
}

// What does not parse, because the stream or the model broke off, stays the text that it is.
void streamed_block::write_input(std::string& out) const {
    std::string canonical;
    if (merkle::canonicalize(partial_input_, canonical) == merkle::canonical_error::none) {
        out.append(partial_input_);
    } else {
        merkle::append_json_string(out, partial_input_);
    }
}

void streamed_block::write(std::string& out) const {
    const bool has_input = partial_input_.find_first_not_of(" \t\r\n") != std::string::npos;
    out.push_back('{');
    bool first = true;
    for (const auto& [key, value] : members_) {
        if (key == "input" && has_input) {
            continue;
        }
        out.append(std::exchange(first, false) ? "" : ",");
        merkle::append_json_string(out, key);
        out.push_back(':');
        switch (value.form) {
            case member::kind::text:
                merkle::append_json_string(out, value.value);
                break;
            case member::kind::list:
                out.append("[").append(value.value).append("]");
                break;
            case member::kind::json:
                out.append(value.value);
        }
    }
    if (has_input) {
        out.append(first ? "" : ",").append(R"("input":)");
        write_input(out);
    }
    out.push_back('}');
}

}  // namespace tapes::llm::anthropic_messages
