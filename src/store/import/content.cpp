#include "import/content.hpp"

#include <tapes/merkle/canonical.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace tapes::store {

namespace {

using nlohmann::json;
using field = std::pair<const char*, std::string merkle::block::*>;

constexpr std::array<field, 9> text_fields{{{"type", &merkle::block::type},
                                            {"text", &merkle::block::text},
                                            {"image_url", &merkle::block::image_url},
                                            {"image_base64", &merkle::block::image_base64},
                                            {"media_type", &merkle::block::media_type},
                                            {"tool_use_id", &merkle::block::tool_use_id},
                                            {"tool_name", &merkle::block::tool_name},
                                            {"tool_result_id", &merkle::block::tool_result_id},
                                            {"tool_output", &merkle::block::tool_output}}};

/// v0.4 kept the kinds of these blocks, but nothing of what they say; clients drop them on the way back.
bool dropped_on_the_way_back(const std::string& type) noexcept {
    return type == "thinking" || type == "redacted_thinking" || type == "reasoning" || type == "refusal";
}

/// False where a field is not what it is called.
bool read_block(const json& from, merkle::block& to) {
    for (const auto& [name, member] : text_fields) {
        if (const auto found = from.find(name); found != from.end() && !found->is_null()) {
            if (!found->is_string()) {
                return false;
            }
            to.*member = found->get<std::string>();
        }
    }
    if (const auto found = from.find("tool_input"); found != from.end()) {
        to.tool_input = found->dump();
    }
    if (const auto found = from.find("is_error"); found != from.end() && !found->is_null()) {
        if (!found->is_boolean()) {
            return false;
        }
        to.is_error = found->get<bool>();
    }
    to.dropped_by_clients = dropped_on_the_way_back(to.type);
    return true;
}

/// `content` is JSON whose depth is bounded.
std::optional<merkle::message> read_message(const std::string& role, const std::string& content) {
    const auto parsed = json::parse(content, nullptr, false);
    merkle::message said{role, {}};
    for (const auto& one : parsed) {
        said.content.emplace_back();
        if (!one.is_object() || !read_block(one, said.content.back())) {
            return std::nullopt;
        }
    }
    return parsed.is_array() ? std::optional{std::move(said)} : std::nullopt;
}

}  // namespace

std::optional<merkle::node> make_reference_node(const std::optional<merkle::link>& parent,
                                                const reference_node& from, const merkle::digest& hash) {
    const auto& content = from.content;
    const auto above = parent ? std::optional{parent->hash} : std::nullopt;
    if (merkle::hash_stored(above, from.who, from.role, content) != hash) {
        return std::nullopt;
    }
    if (const auto said = read_message(from.role, content)) {
        auto made = merkle::make_node(parent, from.who, *said);
        if (made.position.hash == hash) {
            return made;
        }
    }
    // Fields or values that the event form has no place for: as they are, in canonical form.
    merkle::node made;
    made.role = from.role;
    if (merkle::canonicalize(content, made.content) != merkle::canonical_error::none) {
        merkle::append_utf8(made.content, content);
    }
    made.position = {hash, hash};
    if (parent && parent->match != parent->hash) {
        made.position.match =
            merkle::hash_stored(parent->match, from.who, from.role, made.content).value_or(hash);
    }
    return made;
}

}  // namespace tapes::store
