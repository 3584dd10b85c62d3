#include "answers.hpp"
#include "text.hpp"

namespace tapes::mock {

std::string error_body(int status, std::string_view message) {
    const char* type = status == 429 ? "requests" : status >= 500 ? "server_error" : "invalid_request_error";
    return dump({{"error",
                  {{"message", message},
                   {"type", type},
                   {"param", nullptr},
                   {"code", status == 429 ? json("rate_limit_exceeded") : json(nullptr)}}}});
}

std::string models_body() {
    json data = json::array();
    for (const auto* id : {"gpt-4o", "gpt-4o-2024-08-06", "gpt-4o-mini"}) {
        data.push_back({{"id", id}, {"object", "model"}, {"created", 1715367049}, {"owned_by", "system"}});
    }
    return dump({{"object", "list"}, {"data", data}});
}

std::string embeddings_body(std::string_view request) {
    return dump(
        {{"object", "list"},
         {"data", json::array({{{"object", "embedding"}, {"index", 0}, {"embedding", {0.25, -0.5, 0.125}}}})},
         {"model", "text-embedding-3-small"},
         {"usage", {{"prompt_tokens", request.size() / 4}, {"total_tokens", request.size() / 4}}}});
}

}  // namespace tapes::mock
