#include "anthropic_messages/streamed_block.hpp"

#include <tapes/merkle/canonical.hpp>

#include <utility>

namespace tapes::llm::anthropic_messages {
namespace {

std::string_view type_for_delta(delta_kind kind) noexcept {
    if (kind == delta_kind::input) {
        return "tool_use";
    }
    return kind == delta_kind::thinking || kind == delta_kind::signature ? "thinking" : "text";
}

bool is_call(std::string_view type) noexcept {
    return type == "tool_use" || type == "server_tool_use" || type == "mcp_tool_use";
}

// Strings that are whole in the delta that brings them.
bool is_sealed(std::string_view key) noexcept {
    return key == "signature" || key == "encrypted_content";
}

}  // namespace

delta_kind kind_of_delta(std::string_view type) noexcept {
    return type == "text_delta"         ? delta_kind::text
           : type == "thinking_delta"   ? delta_kind::thinking
           : type == "signature_delta"  ? delta_kind::signature
           : type == "input_json_delta" ? delta_kind::input
                                        : delta_kind::other;
}

bool streamed_block::takes(delta_kind kind) const noexcept {
    const std::string_view of = type();
    switch (kind) {
        case delta_kind::text:
            return of != "thinking" && of != "redacted_thinking" && !is_call(of);
        case delta_kind::thinking:
        case delta_kind::signature:
            return of != "text" && of != "redacted_thinking" && !is_call(of);
        case delta_kind::input:
            return of != "text" && of != "thinking" && of != "redacted_thinking";
        case delta_kind::other:
            break;
    }
    return true;
}

std::string_view streamed_block::text_of(std::string_view key) const noexcept {
    const auto found = members_.find(key);
    const bool is_text = found != members_.end() && found->second.form == member::kind::text;
    return is_text ? std::string_view(found->second.text.joined()) : std::string_view();
}

bool streamed_block::says_nothing() const noexcept {
    return (type() == "text" || type() == "thinking") && text_of("text").empty() &&
           text_of("thinking").empty() && partial_input_.empty();
}

bool streamed_block::has_open_input() const noexcept {
    return is_call(type()) && !partial_input_.empty() && !progress_.closed();
}

bool streamed_block::names_as(const streamed_block& other) const noexcept {
    return type() == other.type() && text_of("name") == other.text_of("name");
}

bool streamed_block::repeats(const streamed_block& other) const noexcept {
    if (type() != other.type() || (is_call(type()) && text_of("id") != other.text_of("id"))) {
        return false;
    }
    return text_of("text").starts_with(other.text_of("text")) &&
           text_of("thinking").starts_with(other.text_of("thinking"));
}

void streamed_block::add(std::size_t& held, json_object delta) {
    if (members_.empty()) {  // its start is missing: what it says is kept all the same
        std::string type;
        read_text_member(delta, "type", type);
        rewind(delta);
        member& own = members_["type"];
        own.form = member::kind::text;
        own.text.set(std::string(type_for_delta(kind_of_delta(type))));
    }
    fold(held, delta, false);
}

void streamed_block::fold(std::size_t& held, json_object from, bool whole) {
    for (auto [key, value] : members_of(from)) {
        if ((whole || key != "type") && !is_null(value)) {
            held += fold_member(key, value);
        }
    }
}

std::size_t streamed_block::fold_member(std::string_view key, json_value from) {
    // Read whole before anything is kept: what is no JSON must leave nothing half made.
    std::string piece;
    const bool is_text = read_piece(from, piece);
    if (!is_text) {
        piece = read_raw(from);
    }
    if (key == "partial_json" && is_text) {
        partial_input_.add(piece);
        if (partial_input_.grows()) {  // snapshots, it seems
            progress_ = json_scan();
        }
        progress_.feed(piece);
        return piece.size();
    }
    if (is_text && key == "citation") {  // no object, as it should be: an element all the same
        std::string quoted;
        merkle::append_json_string(quoted, piece);
        piece = std::move(quoted);
    }
    const bool is_list = key == "citation" || (!is_text && key == "citations" && piece.starts_with('['));
    const auto [known, added] = members_.try_emplace(key == "citation" ? "citations" : std::string(key));
    constexpr std::size_t node_bytes = 64;
    const std::size_t grown = piece.size() + (added ? key.size() + sizeof(*known) + node_bytes : 0);
    member& into = known->second;
    if (is_list) {
        take_elements(into, key == "citations" ? piece.substr(1, piece.size() - 2) : piece);
    } else if (is_text && into.form == member::kind::text && !is_sealed(key)) {
        into.text.add(piece);
    } else if (!is_text || into.form != member::kind::text || !piece.empty()) {
        into.form = is_text ? member::kind::text : member::kind::json;
        into.text = streamed_text();
        into.text.add(piece);
    }
    return grown;
}

void streamed_block::take_elements(member& into, std::string_view elements) {
    if (into.form != member::kind::list) {
        into.form = member::kind::list;
        into.text = streamed_text();
    }
    if (elements.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        into.text.add(into.text.empty() ? "" : ",");
        into.text.add(elements);
    }
}

// What does not parse, because the stream or the model broke off, stays the text that it is.
void streamed_block::write_input(std::string& out, const std::string& input) {
    std::string canonical;
    if (merkle::canonicalize(input, canonical) == merkle::canonical_error::none) {
        out.append(input);
    } else {
        merkle::append_json_string(out, input);
    }
}

void streamed_block::write(std::string& out) const {
    const std::string input = partial_input_.json();
    const bool has_input = input.find_first_not_of(" \t\r\n") != std::string::npos;
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
                merkle::append_json_string(out, value.text.text());
                break;
            case member::kind::list:
                out.append("[").append(value.text.joined()).append("]");
                break;
            case member::kind::json:
                out.append(value.text.joined());
        }
    }
    if (has_input) {
        out.append(first ? "" : ",").append(R"("input":)");
        write_input(out, input);
    }
    out.push_back('}');
}

}  // namespace tapes::llm::anthropic_messages
