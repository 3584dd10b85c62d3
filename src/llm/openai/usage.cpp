#include "openai/usage.hpp"

#include "usage_details.hpp"

namespace tapes::llm::openai {
namespace {

/// Reads how many tokens of the prompt came from a cache, and how many were written to one.
void read_cache_details(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "cached_tokens") {
            read_count(value, out.cache_read_input_tokens);
        } else if (key == "cache_write_tokens" || key == "cache_creation_tokens" ||
                   key == "cached_creation_tokens" || key == "cache_creation_input_tokens") {
            read_count(value, out.cache_creation_input_tokens);  // OpenRouter, LiteLLM, new-api, DashScope
        } else {
            read_usage_detail(key, value, out);
        }
    }
}

}  // namespace

void read_chat_usage(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    merkle::usage elsewhere;  // where compatible servers say what was cached
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "prompt_tokens") {
            read_count(value, out.prompt_tokens);
        } else if (key == "completion_tokens") {
            read_count(value, out.completion_tokens);
        } else if (key == "total_tokens") {
            read_count(value, out.total_tokens);
        } else if (key == "prompt_tokens_details") {
            read_cache_details(value, out);
        } else if (key == "prompt_cache_hit_tokens" || key == "cached_tokens" ||
                   key == "cache_read_input_tokens") {
            read_count(value, elsewhere.cache_read_input_tokens);
        } else if (key == "cache_creation_input_tokens") {
            read_count(value, elsewhere.cache_creation_input_tokens);
        } else {
            read_usage_detail(key, value, out);
        }
    }
    if (!out.cache_read_input_tokens) {
        out.cache_read_input_tokens = elsewhere.cache_read_input_tokens;
    }
    if (!out.cache_creation_input_tokens) {
        out.cache_creation_input_tokens = elsewhere.cache_creation_input_tokens;
    }
}

void read_responses_usage(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "input_tokens") {
            read_count(value, out.prompt_tokens);
        } else if (key == "output_tokens") {
            read_count(value, out.completion_tokens);
        } else if (key == "total_tokens") {
            read_count(value, out.total_tokens);
        } else if (key == "input_tokens_details") {
            read_cache_details(value, out);
        } else {
            read_usage_detail(key, value, out);
        }
    }
}

}  // namespace tapes::llm::openai
