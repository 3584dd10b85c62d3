#include "request/part_maker.hpp"

#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace tapes::read {

namespace {

constexpr std::size_t most_name = 256;

std::string bounded_name(std::string name) {
    if (name.size() > most_name) {
        name.resize(text::character_start(name, most_name));
    }
    return name;
}

/// Returns the mark of a block: its own, else the last within its content (Anthropic `tool_result`).
std::string_view mark_of(const json_members& block) {
    constexpr std::string_view key = "cache_control";
    auto found = block.find(key);
    if (found.empty() || found == "null") {
        found = {};
        for (const auto& inner : read_members(block.find("content")).all) {
            if (inner.value.find(key) != std::string_view::npos) {
                const auto mark = read_members(inner.value).find(key);
                found = mark.empty() || mark == "null" ? found : mark;
            }
        }
    }
    return found;
}

/// Of a checkpoint of Converse, which is a block of its own, the mark is what it says.
std::string mark_text(std::string_view value, const json_members& members) {
    if (members.all.size() == 1 && members.all.front().key == "cachePoint") {
        return bounded_name(std::string{members.all.front().value});
    }
    return value.find("cache_control") == std::string_view::npos
               ? ""
               : bounded_name(std::string{mark_of(members)});
}

/// The types of text of the Responses API are one: which it is follows from the role.
bool is_text_type(std::string_view type) noexcept {
    return type == "text" || type == "input_text" || type == "output_text";
}

/// Leaves out what is no part of the prompt.
std::vector<json_member> seen_members(const json_members& block, const std::string& type) {
    std::vector<json_member> seen;
    const bool text = is_text_type(type);
    for (const auto& one : block.all) {
        const bool empty = one.value == "null" || one.value == "[]";
        const bool aside = text && (one.key == "annotations" || one.key == "logprobs") && empty;
        if (one.value != "null" && !aside) {
            seen.push_back({one.key, one.key == "type" && text ? std::string_view{"\"text\""} : one.value});
        }
    }
    return seen;
}

std::string tool_name(const json_members& tool) {
    for (const auto* key : {"name", "server_label"}) {
        if (auto name = string_of(tool.find(key)); !name.empty()) {
            return name;
        }
    }
    if (auto name = string_of(read_members(tool.find("function")).find("name")); !name.empty()) {
        return name;
    }
    return string_of(read_members(tool.find("toolSpec")).find("name"));  // of Converse
}

/// Blocks of Converse have one member, which is named like their kind (Bedrock API reference, ContentBlock).
constexpr std::array<std::string_view, 11> converse_kinds{
    "text",       "image",        "document",     "video",      "audio",           "toolUse",
    "toolResult", "guardContent", "searchResult", "cachePoint", "reasoningContent"};

std::string kind_of_block(const json_members& block) {
    auto type = string_of(block.find("type"));
    if (type.empty() && block.all.size() == 1 &&
        std::ranges::find(converse_kinds, block.all.front().key) != converse_kinds.end()) {
        type = block.all.front().key;
    }
    return type;
}

}  // namespace

void part_maker::type_last(std::string_view type) {
    if (!made_.parts.empty() && made_.more_parts == 0) {
        made_.parts.back().type = bounded_name(std::string{type});
    }
}

void part_maker::mark_last(std::string_view cache_control) {
    if (!made_.parts.empty() && made_.more_parts == 0) {
        made_.parts.back().cache_control = bounded_name(std::string{cache_control});
    }
}

void part_maker::add_known(const std::vector<request_part>& parts, std::size_t number, std::uint64_t bytes) {
    if (known_ == 0) {
        first_known_ = made_.parts.size();
    }
    for (const auto& one : parts) {
        if (made_.parts.size() >= limits_.parts) {
            fail(request_fault::too_many, {});
            ++made_.more_parts;
            continue;
        }
        auto& part = made_.parts.emplace_back(one);
        part.number = number;
        part.offset += known_bytes_;
        ++known_;
    }
    known_bytes_ += bytes;
}

void part_maker::shift_behind(std::size_t at, std::size_t size) {
    if (known_bytes_ == 0) {
        return;
    }
    if (made_.fault_offset > at) {
        made_.fault_offset += known_bytes_ - size;
    }
    const auto begin = at + 1 - size;  // the separator before the element, where there is one
    for (std::size_t i = 0; i < made_.parts.size(); ++i) {
        auto& part = made_.parts[i];
        if (i >= first_known_ && i < first_known_ + known_) {
            part.offset += begin;
        } else if (part.offset > at) {
            part.offset += known_bytes_ - size;
        }
    }
}

void part_maker::fail(request_fault fault, std::string_view at) {
    if (made_.fault == request_fault::none) {
        made_.fault = fault;
        made_.fault_offset = at.data() == nullptr ? 0 : static_cast<std::uint64_t>(at.data() - body_.data());
    }
}

request_part* part_maker::add(const place& where, std::string_view value, std::string form,
                              request_fault fault) {
    if (fault != request_fault::none) {
        fail(fault, value);
    }
    if (made_.parts.size() >= limits_.parts) {
        fail(request_fault::too_many, value);
        ++made_.more_parts;
        return nullptr;
    }
    auto& part = made_.parts.emplace_back();
    part.kind = where.kind;
    part.number = where.number;
    part.block = block_++;
    part.name = bounded_name(where.name);
    part.offset = static_cast<std::uint64_t>(value.data() - body_.data());
    part.length = value.size();
    if (part.block == 0) {
        form += where.head;
    }
    append_named_form("name", where.name, form);
    part.digest = merkle::sha256(form);
    return &part;
}

void part_maker::add_parameter(part_kind kind, const std::string& key, std::string_view value) {
    if (kind == part_kind::parameter && parameters_++ >= limits_.parameters) {
        fail(request_fault::too_many, value);
        ++made_.more_parts;
        return;
    }
    begin_message();
    std::string form;
    const auto fault = append_value_form(value, form);
    auto* const part = add({kind, 0, key, ""}, value, std::move(form), fault);
    if (part != nullptr && key == "cache_control" && value != "null") {
        part->cache_control = bounded_name(std::string{value});
    }
}

void part_maker::add_tool(std::size_t number, std::string_view value, const std::string& kind) {
    begin_message();
    const auto members = read_members(value);
    auto name = tool_name(members);
    auto type = string_of(members.find("type"));
    if (type.empty()) {
        type = kind.empty() ? kind_of_block(members) : kind;
    }
    std::string form;
    const auto fault = members.whole ? append_object_form(members.all, form) : append_value_form(value, form);
    place where{part_kind::tool, number, name.empty() ? type : std::move(name), ""};
    if (auto* const part = add(where, value, std::move(form), fault)) {
        part->type = bounded_name(std::move(type));
        part->cache_control = mark_text(value, members);
    }
}

void part_maker::add_block(const place& where, std::string_view value) {
    std::string form;
    if (value.starts_with('"')) {
        const auto fault = append_object_form({{"type", "\"text\""}, {"text", value}}, form);
        if (auto* const part = add(where, value, std::move(form), fault)) {
            part->type = "text";
        }
        return;
    }
    const auto members = read_members(value);
    if (value.starts_with('{') && members.whole) {
        add_object(where, value, members);
        return;
    }
    const auto fault = append_value_form(value, form);
    add(where, value, std::move(form), fault);
}

void part_maker::add_object(const place& where, std::string_view value, const json_members& members) {
    auto type = kind_of_block(members);
    std::string form;
    const auto fault = append_object_form(seen_members(members, type), form);
    if (auto* const part = add(where, value, std::move(form), fault)) {
        part->type = bounded_name(std::move(type));
        part->cache_control = mark_text(value, members);
    }
}

void part_maker::add_member(const place& where, const std::string& key, std::string_view value) {
    std::string form;
    append_named_form("member", key, form);
    const auto fault = value.empty() ? request_fault::none : append_value_form(value, form);
    if (auto* const part = add(where, value, std::move(form), fault)) {
        part->type = bounded_name(key);
    }
}

void part_maker::add_content(const place& where, std::string_view value) {
    if (!value.starts_with('[')) {
        add_block(where, value);
        return;
    }
    const auto elements = read_members(value);
    for (const auto& one : elements.all) {
        add_block(where, one.value);
    }
    if (!elements.whole) {
        fail(request_fault::broken, elements.rest);
    }
}

}  // namespace tapes::read
