#include "bedrock/path.hpp"

#include "path_names.hpp"

#include <array>
#include <utility>

namespace tapes::llm::bedrock {

model_path read_model_path(std::string_view path) noexcept {
    constexpr std::string_view before = "/model/";
    static constexpr std::array<std::pair<std::string_view, operation>, 4> operations{{
        {"/invoke", operation::invoke},
        {"/invoke-with-response-stream", operation::invoke_stream},
        {"/converse", operation::converse},
        {"/converse-stream", operation::converse_stream},
    }};
    const auto begin = path.find(before);
    if (begin == std::string_view::npos) {
        return {};
    }
    auto id = path.substr(begin + before.size());
    for (const auto& [end, action] : operations) {
        if (id.size() > end.size() && id.ends_with(end)) {
            id.remove_suffix(end.size());
            return {action, id};
        }
    }
    return {};
}

bool may_be_anthropic(std::string_view id) noexcept {
    // What stands behind the resource's kind in an ARN, whose slashes may be encoded.
    for (const std::string_view slash : {"/", "%2F", "%2f"}) {
        if (const auto at = id.rfind(slash); at != std::string_view::npos) {
            id.remove_prefix(at + slash.size());
        }
    }
    return id.find("anthropic") != std::string_view::npos || id.find("claude") != std::string_view::npos ||
           id.find('.') == std::string_view::npos;
}

path_facts facts_of(const model_path& from) {
    const bool streamed =
        from.action == operation::invoke_stream || from.action == operation::converse_stream;
    return {.model = name_in_path(from.id), .streamed = streamed, .provider = "bedrock"};
}

}  // namespace tapes::llm::bedrock
