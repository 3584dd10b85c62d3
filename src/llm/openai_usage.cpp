#include "openai_usage.hpp"

namespace tapes::llm {
namespace {

/// Of what was asked, what came from a cache and what went to one.
void read_cache_details(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    for (auto member : from.get_object()) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "cached_tokens") {
            out.cache_read_input_tokens = read_integer(field.value());
        } else if (key == "cache_write_tokens") {
            out.cache_creation_input_tokens = read_integer(field.value());
        }
    }
}

}  // namespace

void read_chat_usage(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    merkle::usage elsewhere;  // where some servers say what was cached
    for (auto member : from.get_object()) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "prompt_tokens") {
            out.prompt_tokens = read_integer(field.value());
        } else if (key == "completion_tokens") {
            out.completion_tokens = read_integer(field.value());
        } else if (key == "total_tokens") {
            out.total_tokens = read_integer(field.value());
        } else if (key == "prompt_tokens_details") {
            read_cache_details(field.value(), out);
        } else if (key == "prompt_cache_hit_tokens" || key == "cached_tokens" ||
                   key == "cache_read_input_tokens") {
            elsewhere.cache_read_input_tokens = read_integer(field.value());
        } else if (key == "cache_creation_input_tokens") {
            elsewhere.cache_creation_input_tokens = read_integer(field.value());
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
    for (auto member : from.get_object()) {
        json_field field = field_of(member);
        const std::string_view key = key_of(field);
        if (key == "input_tokens") {
            out.prompt_tokens = read_integer(field.value());
        } else if (key == "output_tokens") {
            out.completion_tokens = read_integer(field.value());
        } else if (key == "total_tokens") {
            out.total_tokens = read_integer(field.value());
        } else if (key == "input_tokens_details") {
            read_cache_details(field.value(), out);
        }
    }
}

}  // namespace tapes::llm
