#include "gemini/usage.hpp"

#include "gemini/names.hpp"

#include <initializer_list>
#include <optional>

namespace tapes::llm::gemini {
namespace {

using tokens = std::optional<std::int64_t>;

/// Returns the sum of the figures that were told; nothing where none was, or where the sum does not fit.
tokens sum(std::initializer_list<tokens> parts) {
    tokens total;
    for (const tokens& part : parts) {
        std::int64_t added = 0;
        if (!part) {
            continue;
        }
        if (__builtin_add_overflow(total.value_or(0), *part, &added)) {
            return std::nullopt;
        }
        total = added;
    }
    return total;
}

}  // namespace

void read_usage(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    tokens prompt;
    tokens of_tools;
    tokens candidates;
    tokens thoughts;
    tokens total;
    for (auto [key, value] : members_of(from.get_object())) {
        if (is_name(key, "promptTokenCount")) {
            read_count(value, prompt);
        } else if (is_name(key, "toolUsePromptTokenCount")) {
            read_count(value, of_tools);
        } else if (is_name(key, "candidatesTokenCount") || is_name(key, "responseTokenCount")) {
            read_count(value, candidates);
        } else if (is_name(key, "thoughtsTokenCount")) {
            read_count(value, thoughts);
        } else if (is_name(key, "cachedContentTokenCount")) {
            read_count(value, out.cache_read_input_tokens);
        } else if (is_name(key, "totalTokenCount")) {
            read_count(value, total);
        }
    }
    out.prompt_tokens = sum({prompt, of_tools});
    out.reasoning_tokens = thoughts;
    // Some count the thoughts among the candidates' tokens; then the total tells.
    const bool counted_once =
        thoughts.value_or(0) != 0 && total && total == sum({out.prompt_tokens, candidates});
    out.completion_tokens = counted_once ? candidates : sum({candidates, thoughts});
    out.total_tokens = total ? total : sum({out.prompt_tokens, out.completion_tokens});
}

}  // namespace tapes::llm::gemini
