#include "anthropic_messages/api.hpp"
#include "bedrock_converse/api.hpp"
#include "gemini/api.hpp"
#include "json.hpp"
#include "ollama/api.hpp"
#include "openai/path.hpp"
#include "openai_chat/api.hpp"
#include "openai_completions/api.hpp"
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

/// Leaves the query and the slashes at the end away.
std::string_view plain_path(std::string_view target) noexcept {
    auto path = target.substr(0, text::find_any(target, "?#"));
    while (path.ends_with('/')) {
        path.remove_suffix(1);
    }
    return path;
}

bool has_member(std::string_view body, std::string_view key) {
    try {
        json_reader json(body);
        for (auto [name, value] : members_of(json.root())) {
            if (name == key) {
                return true;
            }
        }
    } catch (const simdjson::simdjson_error&) {
    }
    return false;
}

constexpr std::array<api, 9> known_apis{{
    {.name = "openai_chat",
     .method = "POST",
     .provider = "openai",
     .matches = openai_chat::matches,
     .read_path = openai::read_path,
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
     .matches = openai_responses::matches,
     .read_path = openai::read_path,
     .stateful = true,
     .history = "input",
     .standing = {"tools", "instructions"},
     .set_apart = "additional_tools",
     .joins = openai_responses::joins,
     .map_request = openai_responses::map_request,
     .map_answer = openai_responses::map_answer,
     .make_reducer = openai_responses::make_reducer,
     .make_end_watch = openai_responses::make_end_watch,
     .expected_choices = openai_responses::expected_choices,
     .asks_in_background = openai_responses::asks_in_background},
    {.name = "anthropic_messages",
     .method = "POST",
     .provider = "anthropic",
     .matches = anthropic_messages::matches,
     .read_path = anthropic_messages::read_path,
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
     .streams_by_default = true,
     .matches = ollama::matches_chat,
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
     .streams_by_default = true,
     .matches = ollama::matches_generate,
     .map_request = ollama::map_generate_request,
     .map_answer = ollama::map_generate_answer,
     .make_reducer = ollama::make_generate_reducer,
     .make_end_watch = ollama::make_end_watch,
     .expected_choices = ollama::expected_choices},
    {.name = "openai_completions",
     .method = "POST",
     .provider = "openai",
     .matches = openai_completions::matches,
     .read_path = openai::read_path,
     .map_request = openai_completions::map_request,
     .map_answer = openai_completions::map_answer,
     .make_reducer = openai_completions::make_reducer,
     .make_end_watch = openai_completions::make_end_watch,
     .expected_choices = openai_completions::expected_choices},
    {.name = "mistral_fim",
     .method = "POST",
     .provider = "mistral",
     .matches = openai_completions::matches_fim,
     .map_request = openai_completions::map_request,
     .map_answer = openai_chat::map_answer,
     .make_reducer = openai_chat::make_reducer,
     .make_end_watch = openai_chat::make_end_watch,
     .expected_choices = openai_completions::expected_choices},
    {.name = "bedrock_converse",
     .method = "POST",
     .provider = "bedrock",
     .matches = bedrock_converse::matches,
     .read_path = bedrock_converse::read_path,
     .history = "messages",
     .standing = {"system", "toolConfig"},
     .joins = are_both_answers,
     .map_request = bedrock_converse::map_request,
     .map_answer = bedrock_converse::map_answer,
     .make_reducer = bedrock_converse::make_reducer,
     .make_end_watch = bedrock_converse::make_end_watch,
     .expected_choices = bedrock_converse::expected_choices},
    {.name = "gemini",
     .method = "POST",
     .provider = "gemini",
     .streams_arrays = true,
     .matches = gemini::matches,
     .read_path = gemini::read_path,
     .history = "contents",
     .envelope = "request",
     .standing = {"tools", "systemInstruction"},
     .joins = gemini::joins,
     .map_request = gemini::map_request,
     .map_answer = gemini::map_answer,
     .make_reducer = gemini::make_reducer,
     .make_end_watch = gemini::make_end_watch,
     .expected_choices = gemini::expected_choices},
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
    const auto path = plain_path(target);
    for (const api& known : known_apis) {
        if (method == known.method && known.matches(path)) {
            return &known;
        }
    }
    return nullptr;
}

path_facts facts_of(const api& spoken, std::string_view target) {
    return spoken.read_path == nullptr ? path_facts{} : spoken.read_path(plain_path(target));
}

bool streams_array(std::string_view method, std::string_view target) {
    const auto* const spoken = find_api(method, target);
    return spoken != nullptr && spoken->streams_arrays && facts_of(*spoken, target).streamed.value_or(false);
}

map_error map_request(const api& spoken, const path_facts& path, std::string_view body,
                      const item_source& items, request& out) {
    auto error = spoken.map_request(body, items, out);
    if (error == map_error::none && !path.required_member.empty() &&
        !has_member(body, path.required_member)) {
        error = map_error::wrong_shape;
    }
    if (out.model.empty()) {
        out.model = path.model;
    }
    out.streamed = path.streamed.value_or(out.streamed);
    return error;
}

}  // namespace tapes::llm
