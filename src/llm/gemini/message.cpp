#include "gemini/message.hpp"

#include "content_blocks.hpp"
#include "gemini/names.hpp"
#include "gemini/parts.hpp"

#include <tapes/merkle/dropped.hpp>

#include <array>
#include <utility>
#include <vector>

namespace tapes::llm::gemini {
namespace {

using merkle::block;

/// What is said of a part beside what it holds: settings of how it is read, and clients' own notes.
bool is_setting(std::string_view key) noexcept {
    // `callIndex` is a note that gemini-cli leaves on parts.
    constexpr std::array<std::string_view, 5> settings{"mediaResolution", "mediaProcessing", "partMetadata",
                                                       "speechMetadata", "callIndex"};
    for (const auto setting : settings) {
        if (is_name(key, setting)) {
            return true;
        }
    }
    return false;
}

/// What of a medium is meant.
bool is_detail(std::string_view key) noexcept {
    constexpr std::array<std::string_view, 4> details{"videoMetadata", "audioMetadata", "documentMetadata",
                                                      "spreadsheetMetadata"};
    for (const auto detail : details) {
        if (is_name(key, detail)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::string role_of(std::string_view role) {
    if (role == "model") {
        return "assistant";
    }
    return role.empty() || role == "function" ? std::string{"user"} : std::string{role};
}

/// A part as far as it has been read. What it holds beside text is among the blocks already.
struct message_builder::part {
    std::string text;
    bool has_text = false;
    bool thought = false;
    std::string signature;
    std::optional<std::size_t> medium;
    std::optional<std::size_t> last;   ///< the last block that it made
    std::vector<std::string> details;  ///< members of an object, as JSON
};

message_builder::message_builder(std::string role) {
    made_.role = std::move(role);
    answer_ = merkle::is_answer_role(made_.role);
}

void message_builder::add_content(json_value content) {
    if (is_object(content)) {
        add_members(content.get_object());
    } else {
        add_parts(content);
    }
}

void message_builder::add_members(json_object content) {
    bool is_content = false;
    for (auto [key, value] : members_of(content)) {
        is_content = is_content || key == "parts" || key == "role";
        if (key == "parts") {
            add_parts(value);
        }
    }
    if (!is_content) {  // a part where a content should stand
        rewind(content);
        part found;
        read_part(content, found);
        take(std::move(found));
    }
}

void message_builder::add_parts(json_value parts) {
    if (is_array(parts)) {
        for (auto one : parts.get_array()) {
            add_part(one.value());
        }
    } else if (!is_null(parts)) {
        add_part(parts);
    }
}

void message_builder::add_part(json_value from) {
    part found;
    if (is_object(from)) {
        read_part(from.get_object(), found);
    } else if (read_text(from, found.text)) {
        found.has_text = true;
    } else if (!is_null(from)) {
        add(raw_block({}, read_raw(from)));
    }
    take(std::move(found));
}

void message_builder::read_part(json_object from, part& out) {
    constexpr std::size_t most = 2;  // a part has one, by its documentation
    member_blocks made{most};
    for (auto [key, value] : members_of(from)) {
        if (is_null(value)) {
            continue;
        }
        if (!made.has_room()) {
            made.gather(key, read_raw(value));
            continue;
        }
        const auto before = made_.content.size();
        read_member(key, value, out);
        if (made_.content.size() > before) {
            made.made();
            out.last = before;
        }
    }
    std::vector<block> rest;
    made.finish(rest);
    for (auto& one : rest) {
        add(std::move(one));
    }
}

void message_builder::read_member(std::string_view key, json_value value, part& out) {
    if (key == "text") {
        out.has_text = read_text(value, out.text);
        if (!out.has_text) {
            add(raw_block({}, read_raw(value)));
        }
    } else if (key == "thought") {
        out.thought = read_flag(value);
    } else if (is_name(key, "thoughtSignature")) {
        read_text(value, out.signature);
    } else if (is_name(key, "functionCall") && is_object(value)) {
        take_call(value.get_object(), {});
    } else if (is_name(key, "functionResponse") && is_object(value)) {
        take_result(value.get_object());
    } else if ((is_name(key, "inlineData") || is_name(key, "fileData")) && is_object(value)) {
        if (auto medium = read_medium(value.get_object())) {
            out.medium = made_.content.size();
            add(*std::move(medium));
        }
    } else if (is_detail(key) && is_object(value)) {
        std::string member = "\"" + camel_name(key) + "\":";
        out.details.push_back(std::move(member.append(camel_members(value.get_object()))));
    } else if (!is_setting(key)) {
        if (auto other = read_other(key, value)) {
            add(*std::move(other));
        }
    }
}

// In one pass: its parts may be results that have parts in turn.
void message_builder::take_result(json_object from) {
    const auto at = made_.content.size();
    block result;
    result.type = "tool_result";
    add(std::move(result));
    for (auto [key, value] : members_of(from)) {
        if (key == "parts") {
            add_parts(value);
        } else {
            read_result_member(key, value, made_.content[at]);
        }
    }
}

void message_builder::take(part from) {
    auto signature = thought_signature(std::move(from.signature));
    if (from.medium) {
        for (const auto& detail : from.details) {
            add_detail(made_.content[*from.medium], detail);
        }
    }
    if (from.has_text || !from.last) {
        take_text(std::move(from.text), from.thought, std::move(signature));
    } else if (!signature.empty() && *from.last < made_.content.size()) {
        made_.content[*from.last].signature = std::move(signature);
    }
}

void message_builder::take_text(std::string text, bool thought, std::string signature) {
    auto& content = made_.content;
    auto& open = thought ? open_thought_ : open_text_;
    if (!text.empty()) {
        if (answer_ && open) {
            block& before = content[*open];
            (thought ? before.thinking : before.text) += text;
        } else {
            open = content.size();
            thought ? add_thinking(content, std::move(text)) : add_text(content, std::move(text));
        }
        if (!thought) {
            open_thought_.reset();
        }
    }
    if (signature.empty()) {
        return;
    }
    if (thought && open_thought_) {
        content[*open_thought_].signature = std::move(signature);
    } else {
        add_thinking(content, {}, std::move(signature));
    }
    open_thought_.reset();
}

void message_builder::add(block made) {
    made_.content.push_back(std::move(made));
    open_text_.reset();
    open_thought_.reset();
}

void message_builder::add_refusal(std::string text) {
    tapes::llm::add_refusal(made_.content, std::move(text));
}

// The pieces of a call: the first has its name, the last one does not say that more will come.
void message_builder::take_call(json_object from, std::string signature) {
    call_piece piece = read_call(from);
    const bool goes_on =
        open_call_ &&
        (piece.name.empty() || (piece.in_pieces && piece.name == made_.content[open_call_->at].tool_name));
    if (!goes_on) {
        end_call();
        if (piece.name.empty() && piece.arguments.empty() && !piece.in_pieces) {
            return;
        }
        block call;
        call.type = "tool_use";
        call.tool_name = std::move(piece.name);
        call.signature = std::move(signature);
        set_arguments(call, std::move(piece.arguments));
        add(std::move(call));
        if (piece.in_pieces || piece.goes_on) {
            open_call_.emplace(made_.content.size() - 1);
        }
    }
    if (piece.in_pieces && open_call_) {
        rewind(from);
        for (auto [key, value] : members_of(from)) {
            if (is_name(key, "partialArgs")) {
                open_call_->args.add(value);
            }
        }
    }
    if (!piece.goes_on) {
        end_call();
    }
}

void message_builder::end_call() {
    if (!open_call_) {
        return;
    }
    block& call = made_.content[open_call_->at];
    if (call.tool_input.empty() && call.raw.empty()) {
        std::string arguments;
        open_call_->args.write(arguments);
        set_arguments(call, std::move(arguments));
    }
    open_call_.reset();
}

merkle::message message_builder::finish() && {
    end_call();
    merkle::mark_dropped(made_.content, {made_.role, {}});
    return std::move(made_);
}

}  // namespace tapes::llm::gemini
