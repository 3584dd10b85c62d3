#pragma once

#include <tapes/llm/api.hpp>

namespace tapes::llm::ollama {

// Ollama's own API, POST /api/chat and /api/generate, with the functions of `llm::api`. docs/mapping.md tells
// what maps to what, and why.

bool matches_chat(std::string_view path) noexcept;
bool matches_generate(std::string_view path) noexcept;

map_error map_chat_request(std::string_view body, const item_source& items, request& out);
map_error map_chat_answer(std::string_view body, answer& out);
map_error map_generate_request(std::string_view body, const item_source& items, request& out);
map_error map_generate_answer(std::string_view body, answer& out);

std::unique_ptr<stream_reducer> make_chat_reducer();
std::unique_ptr<stream_reducer> make_generate_reducer();

/// The client learns that the answer is over from the line with `"done":true`, or from an `error`.
std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()> choices);

/// Always 1: no request asks for more.
std::size_t expected_choices(std::string_view body);

}  // namespace tapes::llm::ollama
