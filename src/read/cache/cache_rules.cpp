#include "cache/cache_rules.hpp"

#include "prices/model_name.hpp"
#include "request/value_form.hpp"

#include <algorithm>
#include <array>

namespace tapes::read {

namespace {

constexpr std::int64_t minute_us = 60'000'000;
constexpr std::int64_t hour_us = 60 * minute_us;

// "What invalidates the cache": tools, then system, then messages; a change spoils its level and those
// behind.
constexpr std::array anthropic_parameters{
    cache_parameter{"mcp_servers", "", cache_level::all},
    cache_parameter{"container", "", cache_level::all},
    cache_parameter{"speed", "", cache_level::system},
    cache_parameter{"output_format", "", cache_level::system},
    cache_parameter{"output_config", "format", cache_level::system},
    cache_parameter{"output_config", "effort", cache_level::messages},
    cache_parameter{"tool_choice", "", cache_level::messages},
    cache_parameter{"thinking", "", cache_level::messages},
};

// The reasons that prompt_cache_diagnostics names.
constexpr std::array openai_parameters{
    cache_parameter{"service_tier"},           cache_parameter{"prompt_cache_key"},
    cache_parameter{"text", "format"},         cache_parameter{"response_format"},
    cache_parameter{"reasoning", "effort"},    cache_parameter{"reasoning_effort"},
    cache_parameter{"text", "verbosity"},      cache_parameter{"verbosity"},
    cache_parameter{"prompt_cache_retention"}, cache_parameter{"prompt"},
};

// Ollama's runner is loaded anew, or its template gives another prompt.
constexpr std::array ollama_parameters{
    cache_parameter{"options", "num_ctx"},
    cache_parameter{"options", "num_batch"},
    cache_parameter{"options", "num_gpu"},
    cache_parameter{"think"},
    cache_parameter{"template"},
    cache_parameter{"raw"},
    cache_parameter{"context"},
};

// What names the content that was cached by hand, and what is written into the prompt.
constexpr std::array gemini_parameters{
    cache_parameter{"cachedContent"},
    cache_parameter{"cached_content"},
    cache_parameter{"generationConfig", "responseSchema"},
    cache_parameter{"generationConfig", "responseJsonSchema"},
    cache_parameter{"generationConfig", "mediaResolution"},
    cache_parameter{"generationConfig", "thinkingConfig"},
};

// Converse: as Anthropic's, whose models they are mostly.
constexpr std::array converse_parameters{
    cache_parameter{"outputConfig", "", cache_level::system},
    cache_parameter{"toolChoice", "", cache_level::messages},
    cache_parameter{"additionalModelRequestFields", "", cache_level::messages},
};

constexpr std::array sparing_parameters{
    std::string_view{"stream"},
    std::string_view{"stream_options"},
    std::string_view{"max_tokens"},
    std::string_view{"max_completion_tokens"},
    std::string_view{"max_output_tokens"},
    std::string_view{"temperature"},
    std::string_view{"top_p"},
    std::string_view{"top_k"},
    std::string_view{"stop"},
    std::string_view{"stop_sequences"},
    std::string_view{"metadata"},
    std::string_view{"user"},
    std::string_view{"safety_identifier"},
    std::string_view{"seed"},
    std::string_view{"n"},
    std::string_view{"store"},
    std::string_view{"diagnostics"},
    std::string_view{"cache_control"},
    std::string_view{"include"},
    std::string_view{"previous_response_id"},
    std::string_view{"conversation"},
    std::string_view{"background"},
    std::string_view{"client_metadata"},
    std::string_view{"type"},
    std::string_view{"generate"},
    std::string_view{"keep_alive"},
    std::string_view{"prompt_cache_options"},
    std::string_view{"presence_penalty"},
    std::string_view{"frequency_penalty"},
    std::string_view{"logprobs"},
    std::string_view{"top_logprobs"},
    std::string_view{"safetySettings"},
    std::string_view{"labels"},
    std::string_view{"project"},
    std::string_view{"user_prompt_id"},
    std::string_view{"enabled_credit_types"},
    std::string_view{"inferenceConfig"},
    std::string_view{"requestMetadata"},
    std::string_view{"additionalModelResponseFieldPaths"},
};

struct least_size {
    std::string_view pattern;
    std::int64_t tokens;
};

// "Cache limitations"; the first pattern that fits counts. Looked up on 2026-11-29.
constexpr std::array anthropic_least{
    least_size{"claude-opus-5*", 512},     least_size{"claude-fable-5*", 512},
    least_size{"claude-mythos-5*", 512},   least_size{"claude-mythos-preview*", 4096},
    least_size{"claude-opus-4-8*", 1024},  least_size{"claude-opus-4-7*", 2048},
    least_size{"claude-opus-4-6*", 4096},  least_size{"claude-opus-4-5*", 4096},
    least_size{"claude-opus-4*", 1024},    least_size{"claude-sonnet-*", 1024},
    least_size{"claude-haiku-4-5*", 4096}, least_size{"claude-3-5-haiku*", 2048},
    least_size{"claude-3-haiku*", 2048},   least_size{"claude-3-*", 1024},
};

// "Implicit caching", ai.google.dev/gemini-api/docs/caching. Looked up on 2026-11-29.
constexpr std::array gemini_least{
    least_size{"gemini-4-*", 4096},
    least_size{"gemini-3*", 4096},
    least_size{"gemini-2.5-*", 2048},
};

// "Prompt caching for faster model inference", docs.aws.amazon.com. Looked up on 2026-11-29.
constexpr std::array nova_least{least_size{"amazon.nova-*", 1000}, least_size{"*.amazon.nova-*", 1000}};

/// Reads the `5.6` of `gpt-5.6-luna` as 506; 0 of other names.
int gpt_version(std::string_view model) noexcept {
    const auto at = model.find("gpt-");
    if (at == std::string_view::npos) {
        return 0;
    }
    int parts[2] = {0, 0};
    int part = 0;
    for (const char c : model.substr(at + 4)) {
        if (c >= '0' && c <= '9') {
            parts[part] = std::min(parts[part] * 10 + (c - '0'), 99);
        } else if (c == '.' && part == 0) {
            part = 1;
        } else {
            break;
        }
    }
    return parts[0] * 100 + parts[1];
}

// These turn on fields of requests and answers; the prompt is the same without them.
constexpr std::array sparing_betas{
    std::string_view{"prompt-caching"},
    std::string_view{"cache-diagnosis"},
    std::string_view{"extended-cache-ttl"},
    std::string_view{"message-batches"},
    std::string_view{"files-api"},
    std::string_view{"oauth"},
    std::string_view{"fine-grained-tool-streaming"},
    std::string_view{"output-128k"},
    std::string_view{"prompt-caching-scope"},
    std::string_view{"token-counting"},
};

}  // namespace

std::span<const cache_parameter> cache_parameters(std::string_view api) noexcept {
    if (api == "anthropic_messages") {
        return anthropic_parameters;
    }
    if (api.starts_with("openai")) {
        return openai_parameters;
    }
    if (api == "gemini") {
        return gemini_parameters;
    }
    if (api == "bedrock_converse") {
        return converse_parameters;
    }
    return api.starts_with("ollama") ? std::span<const cache_parameter>{ollama_parameters}
                                     : std::span<const cache_parameter>{};
}

bool spares_cache(std::string_view api, std::string_view parameter) noexcept {
    // "tool_choice" of OpenAI: which tools may be called is no part of their definitions.
    const bool choice = api.starts_with("openai") && parameter == "tool_choice";
    return choice || std::ranges::find(sparing_parameters, parameter) != sparing_parameters.end();
}

cache_lifetime anthropic_lifetime(std::string_view cache_control) noexcept {
    if (cache_control.empty()) {
        return {};
    }
    return cache_control.find("\"1h\"") != std::string_view::npos
               ? cache_lifetime{hour_us, hour_us, "1h"}
               : cache_lifetime{5 * minute_us, 5 * minute_us, "5m"};
}

cache_lifetime openai_lifetime(std::string_view model, std::string_view retention) noexcept {
    if (retention == "24h" || (retention.empty() && gpt_version(model) == 505)) {
        return {24 * hour_us, 24 * hour_us, "24h"};
    }
    if (caches_at_breakpoints(model)) {
        return {30 * minute_us, 0, "30m"};
    }
    return {5 * minute_us, hour_us, "in_memory"};
}

bool caches_at_breakpoints(std::string_view model) noexcept {
    return gpt_version(model) >= 506;
}

bool caches_at_marks(std::string_view api) noexcept {
    return api == "anthropic_messages" || api == "bedrock_converse";
}

bool tells_of_cache(std::string_view api) noexcept {
    return caches_at_marks(api) || api == "openai_chat" || api == "openai_responses" || api == "gemini";
}

std::int64_t least_cached_tokens(std::string_view api, std::string_view model) {
    if (api.starts_with("openai")) {
        return 1024;
    }
    const auto name = plain_model_name(model);
    const auto least_in = [&name](std::span<const least_size> table) {
        const auto found = std::ranges::find_if(
            table, [&name](const least_size& one) { return model_matches(one.pattern, name); });
        return found == table.end() ? 0 : found->tokens;
    };
    if (api == "gemini") {
        return least_in(gemini_least);
    }
    const auto least = caches_at_marks(api) ? least_in(anthropic_least) : 0;
    return least == 0 && api == "bedrock_converse" ? least_in(nova_least) : least;
}

bool may_change_prompt(std::string_view beta) noexcept {
    return std::ranges::none_of(sparing_betas,
                                [beta](std::string_view one) { return beta.starts_with(one); });
}

}  // namespace tapes::read
