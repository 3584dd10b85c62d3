#pragma once

#include <tapes/llm/api.hpp>

namespace tapes::llm::anthropic_messages {

// Anthropic Messages, with the functions of `llm::api`. docs/mapping.md tells what maps to what, and why.

/// Messages under any prefix, and the paths of Vertex AI and Amazon Bedrock
/// (InvokeModel) for models of Anthropic.
bool matches(std::string_view path) noexcept;
path_facts read_path(std::string_view path);

map_error map_request(std::string_view body, const item_source& items, request& out);
map_error map_answer(std::string_view body, answer& out);
std::unique_ptr<stream_reducer> make_reducer();
std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()> choices);

/// Always 1: the API gives one answer.
std::size_t expected_choices(std::string_view body);

}  // namespace tapes::llm::anthropic_messages
