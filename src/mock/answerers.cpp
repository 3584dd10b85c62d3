#include "answers.hpp"

#include <tapes/llm/api.hpp>

#include <array>
#include <utility>

namespace tapes::mock {
namespace {

constexpr std::array<std::pair<std::string_view, answerer>, 9> answerers{{
    {"openai_chat", chat_completion},
    {"openai_responses", openai_response},
    {"anthropic_messages", anthropic_messages},
    {"ollama_chat", ollama_chat},
    {"ollama_generate", ollama_generate},
    {"openai_completions", openai_completion},
    {"mistral_fim", mistral_fim},
    {"bedrock_converse", bedrock_converse},
    {"gemini", gemini_content},
}};

}  // namespace

answerer find_answerer(std::string_view method, std::string_view path) noexcept {
    if (method == "POST" &&
        (path.ends_with("/messages/count_tokens") || path.ends_with("/count-tokens:rawPredict"))) {
        return anthropic_count_tokens;
    }
    if (method == "POST" && path.ends_with("/responses/compact")) {
        return openai_compaction;
    }
    if (method == "POST" && path.ends_with(":countTokens")) {
        return gemini_count_tokens;
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
    if (make == gemini_content || make == gemini_count_tokens) {
        return gemini_error_body(status, message);
    }
    return make == anthropic_messages || make == anthropic_count_tokens
               ? anthropic_error_body(status, message)
               : error_body(status, message);
}

}  // namespace tapes::mock
