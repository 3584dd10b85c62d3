#include "cache/cache_figures.hpp"

#include "cache/cache_rules.hpp"

#include <tapes/read/transcript.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace tapes::read {

namespace {

/// Takes up to `most` tokens from a figure.
std::int64_t take_from(std::int64_t& figure, std::int64_t most) {
    const auto taken = std::clamp<std::int64_t>(most, 0, std::max<std::int64_t>(figure, 0));
    figure -= taken;
    return taken;
}

/// Blocks of calls that the provider answers itself; others are the client's to answer.
bool is_own_call(std::string_view type) {
    constexpr std::array<std::string_view, 7> of_clients{
        "function_call",    "custom_tool_call", "local_shell_call", "shell_call",
        "apply_patch_call", "computer_call",    "tool_call"};
    return type == "server_tool_use" || type == "mcp_tool_use" ||
           (type.ends_with("_call") && std::ranges::find(of_clients, type) == of_clients.end());
}

}  // namespace

bool ran_own_tools(sources& from, const exchange& one) {
    block_limits limits;
    limits.text_bytes = limits.tool_bytes = 256;
    const auto said = read_content(from.chains, one.head, limits);
    return std::ranges::any_of(said.blocks, [](const block& each) { return is_own_call(each.type); });
}

std::int64_t left_in_cache(const exchange& before) {
    const auto& told = *before.tokens;
    const auto marked = told.cache_read + told.written();
    if (!before.api.starts_with("openai") || (caches_at_breakpoints(before.model) && marked > 0)) {
        return marked;
    }
    const auto context = told.context();
    return context < least_cached_tokens(before.api, before.model) ? 0 : context / openai_step * openai_step;
}

void judge(cache_miss& to) {
    const auto read = to.one.tokens->cache_read;
    const auto spare = to.one.api.starts_with("openai") ? openai_step : 0;
    const bool enough = read + spare >= to.expected;
    to.missed = enough ? 0 : to.expected - read;
    if (to.expected == 0) {
        to.outcome = read > 0 ? cache_outcome::hit : cache_outcome::uncached;
    } else if (enough) {
        to.outcome = cache_outcome::hit;
    } else {
        to.outcome = read > 0 ? cache_outcome::partial : cache_outcome::miss;
    }
}

std::optional<picodollars> extra_cost_of(const sources& from, const exchange& one, std::int64_t missed) {
    if (!one.tokens) {
        return std::nullopt;
    }
    auto otherwise = one;
    auto& tokens = *otherwise.tokens;
    std::int64_t moved = 0;
    for (auto* const figure :
         {&tokens.cache_write, &tokens.cache_write_5m, &tokens.cache_write_1h, &tokens.input}) {
        moved += take_from(*figure, missed - moved);
    }
    tokens.cache_read += moved;
    const auto paid = from.price_of(one);
    const auto cached = from.price_of(otherwise);
    if (paid.priced == 0 || cached.priced == 0) {
        return std::nullopt;
    }
    return std::max<picodollars>(paid.total() - cached.total(), 0);
}

bool measure_idle(cache_miss& to) {
    const auto& before = *to.predecessor;
    if (before.accepted_at_us == 0 || to.one.accepted_at_us == 0) {
        return false;
    }
    const auto begun = before.first_byte_at_us == 0 ? before.accepted_at_us : before.first_byte_at_us;
    const auto idle = to.one.accepted_at_us - begun;
    if (idle >= 0) {
        to.idle_us = idle;
        return false;
    }
    // What goes on from an answer was sent behind it, whatever the clock says.
    to.clock_moved_back = to.kind == predecessor_kind::ancestor || to.kind == predecessor_kind::rewrite ||
                          to.one.accepted_at_us < before.accepted_at_us;
    return !to.clock_moved_back;
}

}  // namespace tapes::read
