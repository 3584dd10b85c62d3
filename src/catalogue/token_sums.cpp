#include <tapes/catalogue/token_sums.hpp>

#include <algorithm>

namespace tapes::catalogue {

namespace {

/// Figures come from outside: below 0 there is none, and sums of a few must not run over.
std::int64_t figure(const std::optional<std::int64_t>& told) noexcept {
    constexpr std::int64_t most = std::int64_t{1} << 32;
    return std::clamp<std::int64_t>(told.value_or(0), 0, most);
}

}  // namespace

std::optional<token_sums> tokens_of(const merkle::usage& told) noexcept {
    if (!told.prompt_tokens && !told.completion_tokens) {
        return std::nullopt;
    }
    token_sums made;
    const auto prompt = figure(told.prompt_tokens);
    made.cache_read = figure(told.cache_read_input_tokens);
    made.cache_write_5m = figure(told.cache_write_5m_tokens);
    made.cache_write_1h = figure(told.cache_write_1h_tokens);
    made.cache_write = std::max<std::int64_t>(
        figure(told.cache_creation_input_tokens) - made.cache_write_5m - made.cache_write_1h, 0);
    const auto cached = made.cache_read + made.written();
    made.input = cached > prompt ? prompt : prompt - cached;
    made.reasoning = figure(told.reasoning_tokens);
    made.output = figure(told.completion_tokens);
    // xAI counts reasoning beside the completion: docs.x.ai/docs/guides/reasoning.
    const bool beside =
        made.reasoning > 0 && figure(told.total_tokens) == prompt + made.output + made.reasoning;
    made.output = beside ? made.output + made.reasoning : std::max(made.output, made.reasoning);
    return made;
}

}  // namespace tapes::catalogue
