#include "openai_responses/partial_item.hpp"

#include "json.hpp"
#include "openai_responses/items.hpp"
#include "usage_delta.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace tapes::llm::openai_responses {
namespace {

using item_members = std::map<std::string, std::string, std::less<>>;  // as JSON

constexpr std::size_t node_bytes = 64;

void append_member(std::string& out, std::string_view key, std::string_view text) {
    out.append(",\"").append(key).append("\":");
    merkle::append_json_string(out, text);
}

bool says_nothing(json_object item) {
    return read_item(item, {}).content.empty();
}

item_members read_members(const std::string& item) {
    item_members all;
    json_reader json(item);
    for (auto [key, value] : members_of(json.root())) {
        std::string name(key);
        all[std::move(name)] = read_raw(value);
    }
    return all;
}

// Arguments of a call that has none are an empty object, as text.
bool is_missing(std::string_view key, std::string_view value) {
    return value == "null" || value == R"("")" || (key == "arguments" && value == R"("{}")") ||
           ((value.starts_with('{') || value.starts_with('[')) && tells_nothing(value));
}

bool is_missing_member(std::string_view key, json_value value) {
    if (is_array(value)) {
        simdjson::ondemand::array all = value.get_array();
        return all.is_empty();
    }
    if (is_object(value)) {
        json_object all = value.get_object();
        return all.is_empty();
    }
    return is_missing(key, read_raw(value));
}

}  // namespace

void partial_item::begin(std::string json, std::string type, std::string id) {
    begun_ = true;
    held_ += json.size() + id.size();
    json_ = std::move(json);
    type_ = std::move(type);
    id_ = std::move(id);
}

void partial_item::finish(std::string json, std::string type, std::string id) {
    if (lacks_pieces(json)) {
        std::string told = R"({"type":)";
        merkle::append_json_string(told, type);
        write_pieces(told);
        json = completed_item(json, told.append("}"));
    }
    *this = partial_item();
    begin(std::move(json), std::move(type), std::move(id));
    finished_ = true;
}

/// Tells whether an item came whole without what its pieces told: some servers close it with empty members.
bool partial_item::lacks_pieces(const std::string& json) const {
    std::set<std::string_view> told;
    for (const auto& [key, came] : {std::pair<std::string_view, bool>{"content", !parts_.empty()},
                                    {"summary", !summary_.empty()},
                                    {"action", !commands_.empty()},
                                    {"output", !outputs_.empty()},
                                    {member_, !member_text_.empty()}}) {
        if (came) {
            told.insert(key);
        }
    }
    if (told.empty()) {
        return false;
    }
    json_reader reader(json);
    json_object root = reader.root();
    for (auto [key, value] : members_of(root)) {
        const bool says = told.contains(key) && !is_missing_member(key, value);
        told.erase(says ? key : std::string_view());
    }
    rewind(root);
    return !told.empty() || (!parts_.empty() && says_nothing(root));
}

void partial_item::take(streamed_text& into, std::string text, bool whole) {
    if (whole && text.empty() && !into.empty()) {
        return;  // it only ends
    }
    if (whole) {
        held_ = held_ - into.held_bytes() + text.size();
        into.set(std::move(text));
    } else {
        held_ += text.size();
        into.add(text);
    }
}

bool partial_item::takes(std::string_view item_type) const noexcept {
    constexpr std::array<std::string_view, 8> known{"message",       "reasoning",
                                                    "function_call", "custom_tool_call",
                                                    "mcp_call",      "code_interpreter_call",
                                                    "shell_call",    "shell_call_output"};
    return type_.empty() || type_ == item_type || std::find(known.begin(), known.end(), type_) == known.end();
}

bool partial_item::goes_on_as(std::string_view item_type) const noexcept {
    const bool in_arguments = member_ == "arguments" && !member_text_.empty() && !progress_.closed();
    return !finished_ && !item_type.empty() && type_ == item_type && (begun_ || in_arguments);
}

// Some servers count on with each piece (vLLM): a part that was never announced goes on with the last one
// that was.
partial_item::part& partial_item::find_part(std::int64_t index, std::string_view type) {
    if (!parts_.empty() && !parts_.contains(index)) {
        part& last = parts_.rbegin()->second;
        if (!last.json.empty() && !last.whole && (last.type == type || type == "reasoning_text")) {
            return last;
        }
    }
    return own_part(index);
}

partial_item::part& partial_item::own_part(std::int64_t index) {
    const auto [at, added] = parts_.try_emplace(index);
    held_ += added ? sizeof(*at) : 0;
    return at->second;
}

// A refusal is no text: where the one was announced and the other comes, it is a part of its own.
partial_item::part& partial_item::part_for(const text_event& event) {
    part& found = find_part(event.index, event.name);
    const bool is_refusal = event.name == "refusal";
    const bool other = !found.type.empty() && (found.type == "refusal") != is_refusal;
    const auto [at, added] = other ? asides_.try_emplace(event.index) : std::pair{asides_.end(), false};
    held_ += added ? sizeof(*at) : 0;
    part& known = other ? at->second : found;
    if (known.type.empty()) {
        known.type = event.name;
    }
    return known;
}

partial_item::output& partial_item::find_output(std::int64_t index) {
    if (type_.empty()) {
        type_ = "shell_call_output";
    }
    const auto [at, added] = outputs_.try_emplace(index);
    held_ += added ? sizeof(*at) + node_bytes : 0;
    return at->second;
}

void partial_item::add_text(const text_event& event, std::string text) {
    if (finished_) {
        return;
    }
    if (type_.empty()) {
        type_ = event.item_type;
    }
    switch (event.position) {
        case place::content: {
            part& known = part_for(event);
            if (!known.whole) {
                take(known.text, std::move(text), event.whole);
            }
            break;
        }
        case place::summary:
        case place::command: {
            texts& all = event.position == place::summary ? summary_ : commands_;
            const auto [at, added] = all.try_emplace(event.index);
            held_ += added ? node_bytes : 0;
            take(at->second, std::move(text), event.whole);
            break;
        }
        case place::member:
            member_ = event.name;
            if (event.name == "arguments" && !event.whole) {
                progress_.feed(text);
            }
            if (event.name == "arguments" && event.whole && text == "{}" && !member_text_.empty()) {
                break;  // it only ends, too
            }
            take(member_text_, std::move(text), event.whole);
    }
}

void partial_item::add_part(std::int64_t index, std::string json, std::string type, std::string text,
                            bool whole) {
    if (finished_) {
        return;
    }
    if (type_.empty()) {
        type_ = type == "reasoning_text" ? "reasoning" : "message";
    }
    part& known = whole ? find_part(index, type) : own_part(index);
    if (known.whole && !whole) {
        return;
    }
    held_ = held_ - known.json.size() + json.size();
    known.json = std::move(json);
    known.type = std::move(type);
    known.whole = whole;
    known.bare = whole && text.empty() && !known.text.empty();
    if (known.text.empty()) {
        take(known.text, std::move(text), true);
    }
}

void partial_item::add_annotation(std::int64_t index, std::string json) {
    if (finished_) {
        return;
    }
    held_ += json.size() + sizeof(std::string);
    own_part(index).annotations.push_back(std::move(json));
}

void partial_item::add_output(std::int64_t index, std::string_view out, std::string_view err) {
    if (!finished_) {
        output& known = find_output(index);
        known.out.add(out);
        known.err.add(err);
        held_ += out.size() + err.size();
    }
}

void partial_item::set_output(std::int64_t index, std::string json) {
    if (!finished_) {
        std::string& known = find_output(index).json;
        held_ = held_ - known.size() + json.size();
        known = std::move(json);
    }
}

void partial_item::write(std::string& out) const {
    if (finished_) {
        out.append(json_);
        return;
    }
    out.append(R"({"status":"incomplete")");
    write_announced(out);
    write_pieces(out);
    out.push_back('}');
}

/// Appends the members that came in pieces, each behind a comma.
void partial_item::write_pieces(std::string& out) const {
    if (!parts_.empty()) {
        write_content(out);
    }
    if (!summary_.empty()) {
        write_summary(out);
    }
    if (!commands_.empty()) {
        write_commands(out);
    }
    if (!outputs_.empty()) {
        write_outputs(out);
    }
    if (!member_.empty()) {
        append_member(out, member_, member_ == "arguments" ? member_text_.json() : member_text_.text());
    }
}

// What was announced, but for what came in pieces since.
void partial_item::write_announced(std::string& out) const {
    if (json_.empty()) {
        append_member(out, "type", type_.empty() ? "message" : type_);
        return;
    }
    json_reader json(json_);
    for (auto [key, value] : members_of(json.root())) {
        const bool replaced = key == "status" || (key == "content" && !parts_.empty()) ||
                              (key == "summary" && !summary_.empty()) ||
                              (key == "action" && !commands_.empty()) ||
                              (key == "output" && !outputs_.empty()) || (!key.empty() && key == member_);
        if (!replaced) {
            out.push_back(',');
            merkle::append_json_string(out, key);
            out.append(":").append(read_raw(value));
        }
    }
}

void partial_item::write_part(const part& from, std::string& out) {
    const bool refusal = from.type == "refusal";
    const bool spoken =
        refusal || from.type.empty() || from.type == "output_text" || from.type == "reasoning_text";
    if (!from.json.empty() && ((from.whole && !from.bare) || !spoken)) {
        out.append(from.json);
        return;
    }
    std::string told = R"({"type":)";
    merkle::append_json_string(told, from.type.empty() ? "output_text" : from.type);
    append_member(told, refusal ? "refusal" : "text", from.text.text());
    told.append(R"(,"annotations":[)");
    for (std::size_t i = 0; i < from.annotations.size(); ++i) {
        told.append(i == 0 ? "" : ",").append(from.annotations[i]);
    }
    told.append("]}");
    out.append(from.bare ? completed_item(from.json, told) : told);
}

void partial_item::write_content(std::string& out) const {
    out.append(R"(,"content":[)");
    bool first = true;
    for (const auto* const parts : {&parts_, &asides_}) {
        for (const auto& [index, from] : *parts) {
            out.append(std::exchange(first, false) ? "" : ",");
            write_part(from, out);
        }
    }
    out.push_back(']');
}

void partial_item::write_summary(std::string& out) const {
    out.append(R"(,"summary":[)");
    bool first = true;
    for (const auto& [index, text] : summary_) {
        out.append(first ? "{" : ",{").append(R"("type":"summary_text")");
        append_member(out, "text", text.text());
        out.push_back('}');
        first = false;
    }
    out.push_back(']');
}

void partial_item::write_commands(std::string& out) const {
    out.append(R"(,"action":{"commands":[)");
    bool first = true;
    for (const auto& [index, text] : commands_) {
        out.append(first ? "" : ",");
        merkle::append_json_string(out, text.text());
        first = false;
    }
    out.append("]}");
}

void partial_item::write_outputs(std::string& out) const {
    out.append(R"(,"output":[)");
    const std::size_t begin = out.size();
    for (const auto& [index, from] : outputs_) {
        const std::size_t before = out.size();
        if (from.json.size() > 2) {
            out.append(before == begin ? "" : ",").append(from.json, 1, from.json.size() - 2);
        } else if (from.json.empty()) {
            out.append(before == begin ? "" : ",").append(R"({"stdout":)");
            merkle::append_json_string(out, from.out.text());
            append_member(out, "stderr", from.err.text());
            out.push_back('}');
        }
    }
    out.push_back(']');
}

std::string completed_item(const std::string& final_item, const std::string& told) {
    const item_members more = read_members(told);
    std::string out;
    json_reader json(final_item);
    json_object root = json.root();
    const bool empty = says_nothing(root);
    rewind(root);
    std::set<std::string, std::less<>> known;
    const auto append = [&out](std::string_view key, std::string_view value) {
        out.push_back(out.empty() ? '{' : ',');
        merkle::append_json_string(out, key);
        out.append(":").append(value);
    };
    for (auto [key, value] : members_of(root)) {
        const std::string name(key);
        const std::string own = read_raw(value);
        const auto other = more.find(name);
        const bool is_content = name == "content" || name == "summary";
        const bool replaced = other != more.end() && !is_missing(name, other->second) &&
                              (is_missing(name, own) || (empty && is_content));
        append(name, replaced ? other->second : own);
        known.insert(name);
    }
    for (const auto& [name, value] : more) {
        if (!known.contains(name) && !is_missing(name, value)) {
            append(name, value);
        }
    }
    return out.empty() ? "{}" : out.append("}");
}

}  // namespace tapes::llm::openai_responses
