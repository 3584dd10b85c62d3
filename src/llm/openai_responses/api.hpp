#pragma once

#include <tapes/llm/api.hpp>

namespace tapes::llm::openai_responses {

// OpenAI Responses, with the functions of `llm::api`. docs/mapping.md tells what maps to what, and why.

/// …/responses, and …/responses/compact, which takes such a request and answers with items.
bool matches(std::string_view path) noexcept;

map_error map_request(std::string_view body, const item_source& items, request& out);
map_error map_answer(std::string_view body, answer& out);
std::unique_ptr<stream_reducer> make_reducer();
std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()> choices);
std::size_t expected_choices(std::string_view body);
bool asks_in_background(std::string_view body);

/// Returns true for items that may belong to one answer, which is one message.
bool joins(std::string_view before, std::string_view after);

}  // namespace tapes::llm::openai_responses
