#include <tapes/read/cache_miss.hpp>

#include <algorithm>
#include <tuple>

namespace tapes::read {

namespace {

/// The most expensive first, then what missed most, then the oldest.
bool is_worse(const cache_miss& left, const cache_miss& right) {
    const auto rank = [](const cache_miss& one) {
        return std::tuple{-one.extra_cost.value_or(0), -one.missed, one.one.seq};
    };
    return rank(left) < rank(right);
}

void add_to(cache_totals& totals, const cache_miss& one) {
    ++totals.exchanges;
    switch (one.outcome) {
        case cache_outcome::hit:
            ++totals.hits;
            break;
        case cache_outcome::partial:
            ++totals.partial;
            break;
        case cache_outcome::miss:
            ++totals.misses;
            break;
        case cache_outcome::uncached:
            ++totals.uncached;
            break;
        case cache_outcome::first:
            ++totals.first;
            break;
        case cache_outcome::unknown:
            ++totals.unknown;
            break;
    }
    totals.expected += one.expected;
    totals.missed += one.missed;
    if (one.one.tokens) {
        totals.read += one.one.tokens->cache_read;
        totals.written += one.one.tokens->written();
    }
    if (one.missed > 0) {
        totals.extra_cost += one.extra_cost.value_or(0);
        totals.unpriced += one.extra_cost ? 0 : 1;
    }
}

void keep_worst(std::vector<cache_miss>& of, std::size_t most) {
    std::ranges::sort(of, is_worse);
    of.resize(std::min(of.size(), most));
}

}  // namespace

session_misses explain_session(sources& from, std::int64_t session, std::size_t most, bool all) {
    session_misses made;
    cache_explainer explainer{from};
    std::uint64_t told = 0;
    for (std::int64_t after = 0;;) {
        const auto page = from.catalogue->exchanges(session, 0, after, 256);
        if (page.empty()) {
            break;
        }
        after = page.back();
        for (const auto seq : page) {
            auto one = explainer.explain(seq);
            if (!one) {
                continue;
            }
            add_to(made.totals, *one);
            if (all || one->missed > 0) {
                ++told;
                made.worst.push_back(std::move(*one));
            }
            if (made.worst.size() >= 2 * most + 64) {
                keep_worst(made.worst, most);
            }
        }
    }
    keep_worst(made.worst, most);
    made.more = told - made.worst.size();
    return made;
}

std::string_view to_string(cache_outcome value) noexcept {
    switch (value) {
        case cache_outcome::hit:
            return "hit";
        case cache_outcome::partial:
            return "partial";
        case cache_outcome::miss:
            return "miss";
        case cache_outcome::uncached:
            return "uncached";
        case cache_outcome::first:
            return "first";
        case cache_outcome::unknown:
            return "unknown";
    }
    return "";
}

std::string_view to_string(unknown_cache value) noexcept {
    switch (value) {
        case unknown_cache::none:
            return "";
        case unknown_cache::no_turn:
            return "no_turn";
        case unknown_cache::not_in_api:
            return "not_in_api";
        case unknown_cache::untold:
            return "untold";
        case unknown_cache::predecessor_untold:
            return "predecessor_untold";
    }
    return "";
}

std::string_view to_string(predecessor_kind value) noexcept {
    switch (value) {
        case predecessor_kind::none:
            return "";
        case predecessor_kind::ancestor:
            return "ancestor";
        case predecessor_kind::retry:
            return "retry";
        case predecessor_kind::thread:
            return "thread";
        case predecessor_kind::rewrite:
            return "rewrite";
    }
    return "";
}

std::string_view to_string(miss_cause value) noexcept {
    switch (value) {
        case miss_cause::model:
            return "model";
        case miss_cause::parameter:
            return "parameter";
        case miss_cause::beta_header:
            return "beta_header";
        case miss_cause::tool_added:
            return "tool_added";
        case miss_cause::tool_removed:
            return "tool_removed";
        case miss_cause::tool_moved:
            return "tool_moved";
        case miss_cause::tool_changed:
            return "tool_changed";
        case miss_cause::system_changed:
            return "system_changed";
        case miss_cause::message_changed:
            return "message_changed";
        case miss_cause::message_removed:
            return "message_removed";
        case miss_cause::message_inserted:
            return "message_inserted";
        case miss_cause::mark_removed:
            return "mark_removed";
        case miss_cause::mark_moved:
            return "mark_moved";
        case miss_cause::look_back:
            return "look_back";
        case miss_cause::unmarked:
            return "unmarked";
        case miss_cause::too_small:
            return "too_small";
        case miss_cause::expired:
            return "expired";
        case miss_cause::cache_key:
            return "cache_key";
        case miss_cause::overlap:
            return "overlap";
        case miss_cause::unexplained:
            return "unexplained";
    }
    return "";
}

}  // namespace tapes::read
