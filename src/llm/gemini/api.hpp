#pragma once

#include <tapes/llm/api.hpp>

namespace tapes::llm::gemini {

// Google's Gemini API, POST …:generateContent and …:streamGenerateContent, of the Gemini API and of Vertex
// alike, with the functions of `llm::api`. What gemini-cli sends after a login with Google has the same
// request as its member `request`, and the same answers as their member `response`. docs/mapping.md tells
// what maps to what, and why.

map_error map_request(std::string_view body, const item_source& items, request& out);
map_error map_answer(std::string_view body, answer& out);

/// Of a stream of events, and of one that is a JSON array (without `alt=sse`).
std::unique_ptr<stream_reducer> make_reducer();

/// In both forms the candidates' `finishReason` is a weak end, and an `error` a strong one; so are the
/// bracket that closes the array, and `[DONE]`, which gateways add to events.
std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()> choices);

/// `generationConfig.candidateCount`.
std::size_t expected_choices(std::string_view body);

/// Contents of the model that stand side by side are one message.
bool joins(std::string_view before, std::string_view after);

/// Tells whether a path asks for content, and nothing else that is asked of a model (`:countTokens`, …).
bool matches(std::string_view path) noexcept;

/// The model is the last part of the path before the colon (`gemini-2.5-flash` of `…/models/NAME:…`); a tuned
/// one keeps its collection (`tunedModels/NAME`, `endpoints/NUMBER`). gemini-cli's `/v1internal:…` names
/// none.
path_facts read_path(std::string_view path);

}  // namespace tapes::llm::gemini
