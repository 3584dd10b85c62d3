#pragma once

#include "answer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tapes::mock {

/// The number of bytes behind a request body that must be readable, for it may be parsed in place.
inline constexpr std::size_t request_padding = 64;

/// Makes the answer of one API to a request body with request_padding behind it; 400, in the API's own form,
/// where that is no request. `number` makes the id.
using answerer = answer (*)(std::string_view request, const shape& wanted, std::uint64_t number);

/// The answerer for a method and a path, or nullptr.
answerer find_answerer(std::string_view method, std::string_view path) noexcept;

answer chat_completion(std::string_view request, const shape& wanted, std::uint64_t number);
answer openai_response(std::string_view request, const shape& wanted, std::uint64_t number);
answer anthropic_messages(std::string_view request, const shape& wanted, std::uint64_t number);
answer anthropic_count_tokens(std::string_view request, const shape& wanted, std::uint64_t number);
answer ollama_chat(std::string_view request, const shape& wanted, std::uint64_t number);
answer openai_compaction(std::string_view request, const shape& wanted, std::uint64_t number);
answer openai_completion(std::string_view request, const shape& wanted, std::uint64_t number);
answer mistral_fim(std::string_view request, const shape& wanted, std::uint64_t number);
answer bedrock_converse(std::string_view request, const shape& wanted, std::uint64_t number);
answer ollama_generate(std::string_view request, const shape& wanted, std::uint64_t number);
answer gemini_content(std::string_view request, const shape& wanted, std::uint64_t number);
answer gemini_count_tokens(std::string_view request, const shape& wanted, std::uint64_t number);

/// An error body as OpenAI sends it.
std::string error_body(int status, std::string_view message);

/// An error body as Anthropic sends it (platform.claude.com/docs/en/api/errors).
std::string anthropic_error_body(int status, std::string_view message);

/// An error body as Google sends it (google.aip.dev/193).
std::string gemini_error_body(int status, std::string_view message);

/// An error body of the API that a path belongs to.
std::string error_body_for(std::string_view path, int status, std::string_view message);

std::string models_body();
std::string embeddings_body(std::string_view request);

}  // namespace tapes::mock
