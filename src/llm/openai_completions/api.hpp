#pragma once

#include <tapes/llm/api.hpp>

namespace tapes::llm::openai_completions {

// OpenAI's Completions, the API of a prompt without messages, and Mistral's fill-in-the-middle, which takes
// such a request and answers as Chat Completions do. docs/mapping.md tells what maps to what, and why.

/// …/completions, but not …/chat/completions and …/fim/completions.
bool matches(std::string_view path) noexcept;
/// …/fim/completions
bool matches_fim(std::string_view path) noexcept;

map_error map_request(std::string_view body, const item_source& items, request& out);
map_error map_answer(std::string_view body, answer& out);
std::unique_ptr<stream_reducer> make_reducer();
std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()> choices);

/// Every prompt of a request is answered `n` times.
std::size_t expected_choices(std::string_view body);

}  // namespace tapes::llm::openai_completions
