#include "anthropic_messages/api.hpp"
#include "ollama/api.hpp"
#include "openai_chat/api.hpp"
#include "openai_responses/api.hpp"

#include <tapes/llm/api.hpp>
#include <tapes/llm/request_cut.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/text/ascii.hpp>

#include <array>

namespace tapes::llm {
namespace {

/// Tells whether two messages that stand side by side were said by the provider: a client may have cut one
/// answer in two (llm sends its text, then its calls).
bool are_both_answers(std::string_view before, std::string_view after) {
    return member_text(before, "role") == "assistant" && member_text(after, "role") == "assistant";
}

constexpr std::array<api, 5> known_apis{{
    {.name = "openai_chat",
     .method = "POST",
     .provider = "openai",
     .path_suffix = "/chat/completions",
     .history = "messages",
     .standing = {"tools"},
     .joins = are_both_answers,
     .map_request = openai_chat::map_request,
     .map_answer = openai_chat::map_answer,
     .make_reducer = openai_chat::make_reducer,
     .make_end_watch = openai_chat::make_end_watch,
     .expected_choices = openai_chat::expected_choices},
    {.name = "openai_responses",
     .method = "POST",
     .provider = "openai",
     .path_suffix = "/responses",
     .stateful = true,
     .history = "input",
     .standing = {"tools", "instructions"},
     .set_apart = "additional_tools",
     .joins = openai_responses::joins,
     .map_request = openai_responses::map_request,
     .map_answer = openai_responses::map_answer,
     .make_reducer = openai_responses::make_reducer,
     .make_end_watch = openai_responses::make_end_watch,
     .expected_choices = openai_responses::expected_choices},
    {.name = "anthropic_messages",
     .method = "POST",
     .provider = "anthropic",
     .path_suffix = "/messages",
     .history = "messages",
     .standing = {"system", "tools"},
     .joins = are_both_answers,
     .map_request = anthropic_messages::map_request,
     .map_answer = anthropic_messages::map_answer,
     .make_reducer = anthropic_messages::make_reducer,
     .make_end_watch = anthropic_messages::make_end_watch,
     .expected_choices = anthropic_messages::expected_choices},
    {.name = "ollama_chat",
     .method = "POST",
     .provider = "ollama",
     .path_suffix = "/api/chat",
     .streams_by_default = true,
     .history = "messages",
     .standing = {"tools"},
     .joins = are_both_answers,
     .map_request = ollama::map_chat_request,
     .map_answer = ollama::map_chat_answer,
     .make_reducer = ollama::make_chat_reducer,
     .make_end_watch = ollama::make_end_watch,
     .expected_choices = ollama::expected_choices},
    {.name = "ollama_generate",
     .method = "POST",
     .provider = "ollama",
     .path_suffix = "/api/generate",
     .streams_by_default = true,
     .map_request = ollama::map_generate_request,
     .map_answer = ollama::map_generate_answer,
     .make_reducer = ollama::make_generate_reducer,
     .make_end_watch = ollama::make_end_watch,
     .expected_choices = ollama::expected_choices},
}};

}  // namespace

std::int64_t variant_of(std::string_view text) {
    const auto digest = merkle::sha256(text);
    std::uint64_t first = 0;
    for (std::size_t i = 0; i < sizeof first; ++i) {
        first = first << 8U | digest[i];
    }
    return static_cast<std::int64_t>(first);
}

std::span<const api> apis() noexcept {
    return known_apis;
}

const api* find_api(std::string_view method, std::string_view target) noexcept {
    const std::string_view path = target.substr(0, text::find_any(target, "?#"));
    for (const api& known : known_apis) {
        // OpenAI's Assistants have messages of threads, which are no turns.
        const bool thread =
            known.path_suffix == "/messages" && path.find("/threads/") != std::string_view::npos;
        if (method == known.method && path.ends_with(known.path_suffix) && !thread) {
            return &known;
        }
    }
    return nullptr;
}

}  // namespace tapes::llm
