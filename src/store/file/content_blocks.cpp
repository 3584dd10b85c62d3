#include <tapes/merkle/block_fields.hpp>
#include <tapes/store/content_blocks.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace tapes::store {

namespace {

using nlohmann::json;

bool read_field(const json& value, const merkle::block_field& field, merkle::block& into) {
    if (field.form == merkle::block_field::kind::json) {
        into.*field.member = value.dump(-1, ' ', false, json::error_handler_t::replace);
        return true;
    }
    if (value.is_string()) {
        into.*field.member = value.get_ref<const std::string&>();
    }
    return value.is_string() || value.is_null();
}

bool read_block(const json& from, merkle::block& into) {
    if (!from.is_object()) {
        return false;
    }
    for (const auto& field : merkle::block_fields) {
        const auto found = from.find(field.name);
        if (found != from.end() && !read_field(*found, field, into)) {
            return false;
        }
    }
    const auto error = from.find("is_error");
    if (error == from.end() || error->is_null()) {
        return true;
    }
    into.is_error = error->is_boolean() && error->get<bool>();
    return error->is_boolean();
}

}  // namespace

std::optional<std::vector<merkle::block>> read_content_blocks(const json& content) {
    if (!content.is_array()) {
        return std::nullopt;
    }
    std::vector<merkle::block> blocks;
    blocks.reserve(content.size());
    for (const auto& element : content) {
        if (!read_block(element, blocks.emplace_back())) {
            return std::nullopt;
        }
    }
    return blocks;
}

}  // namespace tapes::store
