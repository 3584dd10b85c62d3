#include "json/values.hpp"

#include <tapes/read/cache_miss.hpp>

namespace tapes::read {

namespace {

ordered_json parting_json(const std::optional<parting>& from) {
    if (!from) {
        return nullptr;
    }
    const auto& part = from->part;
    ordered_json made{{"kind", to_string(part.kind)},
                      {"number", part.number},
                      {"block", part.block},
                      {"name", text_json(part.name)},
                      {"part_type", text_json(part.type)},
                      {"offset", part.offset},
                      {"length", part.length},
                      {"digest", hash_json(part.digest)},
                      {"cache_control", text_json(part.cache_control)}};
    add_excerpt(made, "text", from->text);
    made["text_from"] = from->from;
    made["text_at"] = from->at;
    return made;
}

ordered_json difference_json(const std::optional<request_difference>& from) {
    if (!from) {
        return nullptr;
    }
    return {{"cause", to_string(from->cause)},
            {"name", text_json(from->name)},
            {"before", parting_json(from->before)},
            {"now", parting_json(from->now)},
            {"order_only", from->order_only},
            {"common_parts", from->common_parts},
            {"common_bytes", from->common_bytes},
            {"bytes_behind", from->bytes_behind},
            {"estimated_tokens_behind",
             from->tokens_behind ? ordered_json(*from->tokens_behind) : ordered_json(nullptr)}};
}

ordered_json milliseconds_json(std::int64_t us) {
    return us == 0 ? ordered_json(nullptr) : ordered_json(static_cast<double>(us) / 1000.0);
}

ordered_json usd_json(const std::optional<picodollars>& amount) {
    return amount ? ordered_json(static_cast<double>(*amount) / 1e12) : ordered_json(nullptr);
}

ordered_json reason_json(const std::optional<provider_reason>& from) {
    if (!from) {
        return nullptr;
    }
    return {
        {"reason", from->type},
        {"missed_tokens", from->missed_tokens ? ordered_json(*from->missed_tokens) : ordered_json(nullptr)}};
}

ordered_json predecessor_json(const cache_miss& from) {
    if (!from.predecessor) {
        return nullptr;
    }
    const auto& before = *from.predecessor;
    return {{"kind", to_string(from.kind)},
            {"id", before.id},
            {"seq", before.seq},
            {"started_at", moment_json(before.accepted_at_us)},
            {"model", text_json(before.model)},
            {"tokens", before.tokens ? tokens_json(*before.tokens) : ordered_json(nullptr)}};
}

}  // namespace

ordered_json cache_miss_json(const cache_miss& from) {
    ordered_json made{{"type", "cache"},
                      {"id", from.one.id},
                      {"seq", from.one.seq},
                      {"started_at", moment_json(from.one.accepted_at_us)},
                      {"api", text_json(from.one.api)},
                      {"provider", text_json(from.one.provider)},
                      {"model", text_json(from.one.model)},
                      {"outcome", to_string(from.outcome)},
                      {"unknown_because", text_json(std::string{to_string(from.unknown)})},
                      {"causes", ordered_json::array()},
                      {"tokens", from.one.tokens ? tokens_json(*from.one.tokens) : ordered_json(nullptr)},
                      {"expected", from.expected},
                      {"expected_estimated", from.estimated},
                      {"figures_summed", from.summed},
                      {"missed", from.missed},
                      {"extra_usd", usd_json(from.extra_cost)},
                      {"predecessor", predecessor_json(from)}};
    for (const auto cause : from.causes) {
        made["causes"].push_back(to_string(cause));
    }
    made["difference"] = difference_json(from.difference);
    made["other_parameters"] = from.other_parameters;
    made["idle_ms"] =
        from.idle_us ? ordered_json(static_cast<double>(*from.idle_us) / 1000.0) : ordered_json(nullptr);
    made["clock_moved_back"] = from.clock_moved_back;
    made["lifetime"] = text_json(from.lifetime);
    made["lifetime_ms"] = milliseconds_json(from.lifetime_us);
    made["surely_expired"] = from.surely_expired;
    made["least_tokens"] = from.least_tokens == 0 ? ordered_json(nullptr) : ordered_json(from.least_tokens);
    made["blocks_between"] = from.blocks_between;
    made["only_tail"] = from.only_tail;
    made["provider_reason"] = reason_json(from.reason);
    made["request_fault"] = text_json(from.request_fault);
    return made;
}

ordered_json cache_totals_json(const session_misses& from) {
    const auto& sums = from.totals;
    return {{"type", "cache_total"},
            {"exchanges", sums.exchanges},
            {"hit", sums.hits},
            {"partial", sums.partial},
            {"miss", sums.misses},
            {"uncached", sums.uncached},
            {"first", sums.first},
            {"unknown", sums.unknown},
            {"expected", sums.expected},
            {"read", sums.read},
            {"written", sums.written},
            {"missed", sums.missed},
            {"extra_usd", usd_json(sums.extra_cost)},
            {"unpriced", sums.unpriced},
            {"not_listed", from.more}};
}

}  // namespace tapes::read
