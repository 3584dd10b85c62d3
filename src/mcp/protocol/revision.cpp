#include "protocol/revision.hpp"

#include <algorithm>

namespace tapes::mcp {

bool is_spoken(std::string_view revision) noexcept {
    return std::ranges::find(revisions, revision) != revisions.end();
}

std::optional<std::string> revision_of(const ordered_json& params, std::string& problem) {
    constexpr const char* version_key = "io.modelcontextprotocol/protocolVersion";
    constexpr const char* capabilities_key = "io.modelcontextprotocol/clientCapabilities";
    const auto meta = params.find("_meta");
    if (meta == params.end() || !meta->is_object() || !meta->contains(version_key)) {
        return std::nullopt;
    }
    const auto& version = (*meta)[version_key];
    if (!version.is_string()) {
        problem = std::string{"_meta[\""} + version_key + "\"] must be a string";
        return std::nullopt;
    }
    auto said = version.get<std::string>();
    if (is_spoken(said) && is_stateless(said) &&
        !meta->value(capabilities_key, ordered_json(nullptr)).is_object()) {
        problem = std::string{"_meta[\""} + capabilities_key + "\"] must be an object";
    }
    return said;
}

ordered_json revisions_json() {
    auto all = ordered_json::array();
    for (const auto one : revisions) {
        all.push_back(one);
    }
    return all;
}

}  // namespace tapes::mcp
