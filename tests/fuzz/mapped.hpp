#pragma once

#include "storable.hpp"

#include <tapes/llm/api.hpp>

#include <string>

namespace tapes::fuzz {

/// Takes off the first byte of an input, which names the API ('0' to '4' in files); nullptr for no input.
inline const llm::api* take_api(std::string_view& bytes) {
    if (bytes.empty()) {
        return nullptr;
    }
    const auto number = static_cast<unsigned char>(bytes.front() - '0') % llm::apis().size();
    bytes.remove_prefix(1);
    return &llm::apis()[number];
}

inline void require_storable(const llm::answer& mapped) {
    require_text(mapped.id);
    require_text(mapped.model);
    for (const auto& one : mapped.choices) {
        require(!one.message.content.empty(), "a choice that is told said something");
        require_text(one.stop_reason);
        require_storable(one.message);
    }
    for (const auto& id : mapped.item_ids) {
        require_text(id);
    }
}

}  // namespace tapes::fuzz
