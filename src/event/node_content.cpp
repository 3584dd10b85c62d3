#include "node_content.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace tapes::event {
namespace {

using merkle::block;
using nlohmann::json;
using field = std::pair<const char*, std::string block::*>;

constexpr std::array<field, 13> text_fields{{{"type", &block::type},
                                             {"text", &block::text},
                                             {"image_url", &block::image_url},
                                             {"image_base64", &block::image_base64},
                                             {"media_type", &block::media_type},
                                             {"tool_use_id", &block::tool_use_id},
                                             {"tool_name", &block::tool_name},
                                             {"tool_result_id", &block::tool_result_id},
                                             {"tool_output", &block::tool_output},
                                             {"thinking", &block::thinking},
                                             {"signature", &block::signature},
                                             {"refusal", &block::refusal},
                                             {"name", &block::name}}};

std::string dumped(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Kinds of blocks that clients drop on the way back, with what they say (docs/mapping.md).
bool dropped_on_the_way_back(const std::string& type) noexcept {
    return type == "thinking" || type == "redacted_thinking" || type == "reasoning" || type == "refusal" ||
           type == "citations" || type == "annotations";
}

/// Nothing where a field is not what it is called; unknown ones are not looked at.
std::optional<block> read_block(const json& from) {
    if (!from.is_object()) {
        return std::nullopt;
    }
    block to;
    for (const auto& [name, member] : text_fields) {
        if (const auto found = from.find(name); found != from.end()) {
            if (!found->is_string()) {
                return std::nullopt;
            }
            to.*member = found->get_ref<const std::string&>();
        }
    }
    if (const auto found = from.find("tool_input"); found != from.end()) {
        to.tool_input = dumped(*found);
    }
    if (const auto found = from.find("raw"); found != from.end()) {
        to.raw = dumped(*found);
    }
    if (const auto found = from.find("is_error"); found != from.end()) {
        if (!found->is_boolean()) {
            return std::nullopt;
        }
        to.is_error = found->get<bool>();
    }
    to.dropped_by_clients = dropped_on_the_way_back(to.type);
    return to;
}

std::optional<merkle::message> read_message(const std::string& role, const json& content) {
    merkle::message said{role, {}};
    said.content.reserve(content.size());
    for (const auto& one : content) {
        auto block = read_block(one);
        if (!block) {
            return std::nullopt;
        }
        said.content.push_back(std::move(*block));
    }
    return said;
}

/// What a match is made of.
std::string match_content(std::vector<block> content) {
    std::erase_if(content, [](const block& one) { return one.dropped_by_clients; });
    for (auto& one : content) {
        one.thinking.clear();
        one.signature.clear();
        one.refusal.clear();
    }
    return merkle::event_content(content);
}

}  // namespace

std::string take_content(store::received_node& to, const json& content) {
    if (!content.is_array()) {
        return "its content is no list of blocks";
    }
    const auto parent = to.parent ? std::optional(merkle::link{*to.parent, *to.parent}) : std::nullopt;
    if (auto said = read_message(to.role, content)) {
        auto made = merkle::make_node(parent, to.who, *said);
        if (made.position.hash == to.hash) {
            if (made.position.match != made.position.hash) {
                to.match_content = match_content(std::move(said->content));
            }
            to.content = std::move(made.content);
            return {};
        }
    }
    // Fields or values that the event form has no place for: as they are.
    auto text = dumped(content);
    const auto hash = merkle::hash_stored(to.parent, to.who, to.role, text);
    if (!hash) {
        return "its content is no list of blocks";
    }
    if (*hash != to.hash) {
        return "its hash is not that of what it holds, which is " + merkle::to_hex(*hash);
    }
    to.content = std::move(text);
    return {};
}

}  // namespace tapes::event
