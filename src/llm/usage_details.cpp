#include "usage_details.hpp"

namespace tapes::llm {
namespace {

/// Anthropic's API counts `thinking_tokens`, all others `reasoning_tokens`.
void read_output_details(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "reasoning_tokens" || key == "thinking_tokens") {
            read_count(value, out.reasoning_tokens);
        }
    }
}

void read_lifetimes(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "ephemeral_5m_input_tokens") {
            read_count(value, out.cache_write_5m_tokens);
        } else if (key == "ephemeral_1h_input_tokens") {
            read_count(value, out.cache_write_1h_tokens);
        }
    }
}

}  // namespace

bool read_usage_detail(std::string_view key, json_value value, merkle::usage& out) {
    if (key == "completion_tokens_details" || key == "output_tokens_details") {
        read_output_details(value, out);
    } else if (key == "reasoning_tokens") {  // Perplexity, SGLang
        read_count(value, out.reasoning_tokens);
    } else if (key == "cache_creation" || key == "cache_creation_token_details") {  // the latter LiteLLM
        read_lifetimes(value, out);
    } else if (key == "claude_cache_creation_5_m_tokens") {  // new-api, as the next
        read_count(value, out.cache_write_5m_tokens);
    } else if (key == "claude_cache_creation_1_h_tokens") {
        read_count(value, out.cache_write_1h_tokens);
    } else {
        return false;
    }
    return true;
}

std::optional<std::int64_t> sum_of(std::initializer_list<std::optional<std::int64_t>> figures) noexcept {
    std::optional<std::int64_t> total;
    for (const auto& figure : figures) {
        std::int64_t added = 0;
        if (!figure) {
            continue;
        }
        if (__builtin_add_overflow(total.value_or(0), *figure, &added)) {
            return std::nullopt;
        }
        total = added;
    }
    return total;
}

}  // namespace tapes::llm
