#include "gemini/usage.hpp"

#include "gemini/names.hpp"
#include "usage_details.hpp"

#include <optional>

namespace tapes::llm::gemini {

void read_usage(json_value from, merkle::usage& out) {
    if (!is_object(from)) {
        return;
    }
    std::optional<std::int64_t> prompt;
    std::optional<std::int64_t> of_tools;
    std::optional<std::int64_t> candidates;
    std::optional<std::int64_t> thoughts;
    std::optional<std::int64_t> total;
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
    out.prompt_tokens = sum_of({prompt, of_tools});
    out.reasoning_tokens = thoughts;
    // Some count the thoughts among the candidates' tokens; then the total tells.
    const bool counted_once =
        thoughts.value_or(0) != 0 && total && total == sum_of({out.prompt_tokens, candidates});
    out.completion_tokens = counted_once ? candidates : sum_of({candidates, thoughts});
    out.total_tokens = total ? total : sum_of({out.prompt_tokens, out.completion_tokens});
}

}  // namespace tapes::llm::gemini
