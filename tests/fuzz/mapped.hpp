#pragma once

#include "storable.hpp"

#include <tapes/llm/api.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace tapes::fuzz {

constexpr std::string_view paths[] = {"/v1/chat/completions", "/v1/responses", "/v1/messages", "/api/chat",
                                      "/api/generate"};

/// The API that the first byte of an input names ('0' to '4' in files), taken off; nullptr where it is not
/// mapped.
inline const llm::api* take_api(std::string_view& bytes) {
    if (bytes.empty()) {
        return nullptr;
    }
    const auto* found =
        llm::find_api("POST", paths[static_cast<unsigned char>(bytes.front() - '0') % std::size(paths)]);
    bytes.remove_prefix(1);
    return found != nullptr && found->mapped ? found : nullptr;
}

inline void require_storable(const llm::answer& mapped) {
    require_text(mapped.id);
    require_text(mapped.model);
    for (const auto& one : mapped.choices) {
        require(!one.said.content.empty(), "a choice that is told said something");
        require_text(one.stop_reason);
        require_storable(one.said);
    }
    for (const auto& id : mapped.item_ids) {
        require_text(id);
    }
}

}  // namespace tapes::fuzz
