#include "answers.hpp"

#include <tapes/llm/api.hpp>

#include <array>
#include <utility>

namespace tapes::mock {
namespace {

constexpr std::array<std::pair<std::string_view, answerer>, 5> answerers{{
    {"openai_chat", chat_completion},
    {"openai_responses", openai_response},
    {"anthropic_messages", anthropic_messages},
    {"ollama_chat", ollama_chat},
    {"ollama_generate", ollama_generate},
}};

}  // namespace

answerer find_answerer(std::string_view method, std::string_view path) noexcept {
    if (method == "POST" && path.ends_with("/messages/count_tokens")) {
        return anthropic_count_tokens;
    }
    if (const auto* const api = llm::find_api(method, path)) {
        for (const auto& [name, make] : answerers) {
            if (name == api->name) {
                return make;
            }
        }
    }
    return nullptr;
}

std::string error_body_for(std::string_view path, int status, std::string_view message) {
    const auto make = find_answerer("POST", path);
    return make == anthropic_messages || make == anthropic_count_tokens
               ? anthropic_error_body(status, message)
               : error_body(status, message);
}

}  // namespace tapes::mock
