#include "openai_responses/sealed_texts.hpp"

#include "json.hpp"

#include <array>
#include <string>

namespace tapes::llm::openai_responses {
namespace {

constexpr std::array<std::string_view, 2> sealed_members{"encrypted_content", "fingerprint"};

bool may_have_some(std::string_view json) noexcept {
    for (const auto member : sealed_members) {
        if (json.find(member) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

void read_sealed(json_object from, std::set<std::int64_t>& into) {
    for (auto [key, value] : members_of(from)) {
        const bool sealed = key == sealed_members[0] || key == sealed_members[1];
        std::string text;
        if (sealed && read_text(value, text) && !text.empty() &&
            into.size() < stream_reducer::most_variants) {
            into.insert(variant_of(text));
        }
    }
}

}  // namespace

void sealed_texts::add_item(std::string_view json) {
    if (!may_have_some(json)) {
        return;
    }
    try {
        json_reader item(json);
        read_sealed(item.root(), known_);
    } catch (const simdjson::simdjson_error&) {
        return;  // what stands before the fault was read
    }
}

void sealed_texts::add_items(std::string_view json) {
    if (!may_have_some(json)) {
        return;
    }
    std::string root = R"({"output":)";
    root.append(json).append("}");
    try {
        json_reader items(root);
        for (auto [key, value] : members_of(items.root())) {
            for (auto element : value.get_array()) {
                read_sealed(element.get_object(), known_);
            }
        }
    } catch (const simdjson::simdjson_error&) {
        return;
    }
}

std::size_t sealed_texts::held_bytes() const noexcept {
    constexpr std::size_t node_bytes = 48;
    return known_.size() * node_bytes;
}

}  // namespace tapes::llm::openai_responses
