#include "bedrock_converse/usage.hpp"

#include "usage_details.hpp"

#include <optional>

namespace tapes::llm::bedrock_converse {
namespace {

using figure = std::optional<std::int64_t>;

/// Reads `[{"ttl":"5m","inputTokens":…},…]`: what was written to the cache, by how long it lives.
void read_lifetimes_of_writes(json_value from, merkle::usage& out) {
    if (!is_array(from)) {
        return;
    }
    for (auto one : from.get_array()) {
        std::string ttl;
        figure tokens;
        for (auto [key, value] : members_of(one.get_object())) {
            if (key == "ttl") {
                read_text(value, ttl);
            } else if (key == "inputTokens") {
                read_count(value, tokens);
            }
        }
        if (ttl == "5m" && tokens) {
            out.cache_write_5m_tokens = tokens;
        } else if (ttl == "1h" && tokens) {
            out.cache_write_1h_tokens = tokens;
        }
    }
}

}  // namespace

void read_usage(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    figure input;
    for (auto [key, value] : members_of(from.get_object())) {
        if (key == "inputTokens") {
            read_count(value, input);
        } else if (key == "outputTokens") {
            read_count(value, out.completion_tokens);
        } else if (key == "cacheReadInputTokens" || key == "cacheReadInputTokenCount") {
            read_count(value, out.cache_read_input_tokens);
        } else if (key == "cacheWriteInputTokens" || key == "cacheWriteInputTokenCount") {
            read_count(value, out.cache_creation_input_tokens);
        } else if (key == "cacheDetails") {
            read_lifetimes_of_writes(value, out);
        }
    }
    out.prompt_tokens = sum_of({input, out.cache_creation_input_tokens, out.cache_read_input_tokens});
    out.total_tokens = sum_of({out.prompt_tokens, out.completion_tokens});
}

}  // namespace tapes::llm::bedrock_converse
