#include "cache/cache_figures.hpp"
#include "cache/cache_rules.hpp"
#include "cache/parting_text.hpp"
#include "cache/predecessor.hpp"
#include "cache/provider_reason.hpp"
#include "cache/request_comparison.hpp"
#include "request/plain_body.hpp"
#include "request/value_form.hpp"

#include <tapes/read/cache_miss.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace tapes::read {

namespace {

/// Besides its requests: what is looked up in the store.
constexpr std::uint64_t steps_to_explain = 4096;

bool is_marked(const exchange& one) {
    return caches_at_marks(one.api);
}

/// Why nothing is known of what an exchange read.
unknown_cache why_unknown(const cache_miss& of) {
    const auto& one = of.one;
    if (one.head == 0) {
        return unknown_cache::no_turn;
    }
    if (one.tokens && one.cache_told) {
        const bool told_before = of.predecessor && of.predecessor->tokens;
        return told_before ? unknown_cache::none : unknown_cache::predecessor_untold;
    }
    return tells_of_cache(one.api) ? unknown_cache::untold : unknown_cache::not_in_api;
}

/// Both requests, and what they have in common.
struct compared_requests {
    std::shared_ptr<const stored_request> kept_before, kept_now;
    cached_prompt before, now;
    comparison common;

    compared_requests(std::shared_ptr<const stored_request> first,
                      std::shared_ptr<const stored_request> second, std::string_view api)
        : kept_before{std::move(first)},
          kept_now{std::move(second)},
          before{*kept_before, api},
          now{*kept_now, api},
          common{compare_prompts(before, now)} {}

    /// Bytes of the predecessor's first blocks.
    std::uint64_t bytes_up_to(std::size_t blocks) const {
        std::uint64_t sum = 0;
        for (const auto* const row : {&before.tools, &before.system, &before.messages}) {
            for (const auto* const part : *row) {
                if (blocks-- == 0) {
                    return sum;
                }
                sum += part->length;
            }
        }
        return sum;
    }

    /// The predecessor's last breakpoint that both requests have in common, as a count of blocks up to it; 0:
    /// there is none.
    std::size_t common_mark() const {
        std::size_t found = 0;
        for (const auto mark : before.marks()) {
            if (mark < common.common_blocks) {
                found = mark + 1;
            }
        }
        return found;
    }
};

std::int64_t estimated_tokens(const exchange& before, std::uint64_t part, std::uint64_t whole) {
    if (!before.tokens || whole == 0) {
        return 0;
    }
    return static_cast<std::int64_t>(static_cast<double>(before.tokens->context()) *
                                     static_cast<double>(part) / static_cast<double>(whole));
}

/// How long what was not read had been kept: what lies behind the breakpoint up to which was read, which is
/// the one whose estimated tokens come nearest. Of several breakpoints behind it the longest lifetime counts,
/// for what stands before one of that lifetime is kept as long.
cache_lifetime lifetime_behind(const compared_requests& requests, const exchange& before, std::int64_t read) {
    struct mark {
        std::int64_t tokens = 0;
        cache_lifetime lifetime;
    };
    std::vector<mark> marks;
    std::uint64_t bytes = 0;
    std::size_t at = 0;
    for (const auto place : requests.before.marks()) {
        for (; at <= place; ++at) {
            bytes += requests.before.block(at).length;
        }
        marks.push_back({estimated_tokens(before, bytes, requests.before.bytes),
                         anthropic_lifetime(requests.before.mark_at(place))});
    }
    const auto nearest =
        std::ranges::min_element(marks, {}, [read](const mark& one) { return std::abs(one.tokens - read); });
    const auto behind = read == 0 || nearest == marks.end() ? marks.begin() : std::next(nearest);
    const auto longest = std::max_element(behind, marks.end(), [](const mark& one, const mark& other) {
        return one.lifetime.least_us < other.lifetime.least_us;
    });
    return longest == marks.end() ? anthropic_lifetime(requests.before.last_mark()) : longest->lifetime;
}

std::string fault_of(const stored_request& one) {
    return one.fault.empty() ? std::string{to_string(one.parts.fault)} : one.fault;
}

bool has(const std::vector<miss_cause>& causes, miss_cause one) {
    return std::ranges::find(causes, one) != causes.end();
}

}  // namespace

class cache_explainer::impl {
public:
    explicit impl(sources& from) : from_{from}, requests_{from}, predecessors_{from, requests_} {}

    std::optional<cache_miss> explain(std::int64_t seq, bool with_text) {
        auto made = find(seq, with_text);
        if (made && made->outcome == cache_outcome::unknown) {
            made->unknown = why_unknown(*made);
        }
        return made;
    }

private:
    std::optional<cache_miss> find(std::int64_t seq, bool with_text) {
        text::count_work(steps_to_explain);
        auto one = from_.find_exchange(seq);
        if (!one) {
            return std::nullopt;
        }
        cache_miss made;
        made.one = std::move(*one);
        auto before = predecessors_.find(made.one);
        made.kind = before.kind;
        made.predecessor = std::move(before.one);
        made.least_tokens = least_cached_tokens(made.one.api, made.one.model);
        const bool told = made.one.tokens && made.one.cache_told;
        if (!made.predecessor) {
            made.outcome = !told || made.one.head == 0 ? cache_outcome::unknown : cache_outcome::first;
            if (told && made.one.tokens->cache_read > 0) {
                made.outcome = cache_outcome::hit;
            }
            return made;
        }
        const bool overlapped = measure_idle(made);
        const bool known = told && made.predecessor->tokens;
        if (known && made.kind != predecessor_kind::thread) {
            made.expected = left_in_cache(*made.predecessor);
            judge(made);
            if (made.missed > 0 && ran_own_tools(from_, *made.predecessor)) {
                // Only that nothing was read is a miss for sure.
                made.summed = true;
                made.expected = made.one.tokens->cache_read > 0 ? made.one.tokens->cache_read : made.expected;
                judge(made);
            }
        }
        if (made.outcome != cache_outcome::hit || with_text) {
            look_closer(made, known, overlapped, with_text);
        }
        return made;
    }

    void look_closer(cache_miss& to, bool known, bool overlapped, bool with_text) {
        auto requests = compare(to);
        if (requests && known && to.kind == predecessor_kind::thread) {
            judge_thread(to, *requests);
        }
        if (to.outcome == cache_outcome::miss || to.outcome == cache_outcome::partial) {
            to.extra_cost = extra_cost_of(from_, to.one, to.missed);
            find_causes(to, requests ? &*requests : nullptr, overlapped);
        } else if (to.outcome == cache_outcome::uncached) {
            find_reason_for_nothing(to, requests ? &*requests : nullptr);
        }
        if (to.outcome != cache_outcome::hit) {
            to.reason = reason_of(to.one.seq);
        }
        if (with_text && to.difference) {
            read_parting_texts(from_, to.predecessor->seq, to.one.seq, *to.difference);
        }
    }

    std::optional<compared_requests> compare(cache_miss& to) {
        auto before = requests_.read(*to.predecessor);
        auto now = requests_.read(to.one);
        if (!before || !now) {
            to.request_fault = "not_kept";
            return std::nullopt;
        }
        to.request_fault = fault_of(*now).empty() ? fault_of(*before) : fault_of(*now);
        std::optional<compared_requests> made;
        made.emplace(std::move(before), std::move(now), to.one.api);
        to.difference = made->common.difference;
        note_model_of_path(to, *made);
        to.other_parameters = made->common.other_parameters;
        to.only_tail = made->common.only_tail;
        if (to.difference && to.predecessor->tokens) {
            to.difference->tokens_behind =
                estimated_tokens(*to.predecessor, to.difference->bytes_behind, made->before.bytes);
        }
        note_lifetime(to, *made);
        return made;
    }

    /// A model that the path names is in neither body.
    static void note_model_of_path(cache_miss& to, compared_requests& requests) {
        if (to.one.model == to.predecessor->model || requests.kept_now->parts.find("model") != nullptr) {
            return;
        }
        auto& found = to.difference.emplace();
        found.cause = miss_cause::model;
        found.name = "model";
        found.bytes_behind = requests.before.bytes;
        requests.common.common_blocks = 0;
    }

    static void note_lifetime(cache_miss& to, const compared_requests& requests) {
        cache_lifetime found;
        if (is_marked(to.one)) {
            found = lifetime_behind(requests, *to.predecessor, to.one.tokens ? to.one.tokens->cache_read : 0);
        } else if (to.one.api.starts_with("openai")) {
            found = openai_lifetime(to.one.model, string_of(requests.before.value("prompt_cache_retention")));
        }
        to.lifetime = found.name;
        to.lifetime_us = found.least_us;
        to.surely_expired = found.most_us != 0 && to.idle_us && *to.idle_us > found.most_us;
    }

    /// Of a thread that begins only what it has in common with another one can be expected.
    static void judge_thread(cache_miss& to, const compared_requests& requests) {
        const auto blocks = is_marked(to.one) ? requests.common_mark()
                                              : static_cast<std::size_t>(requests.common.common_blocks);
        const auto shared =
            estimated_tokens(*to.predecessor, requests.bytes_up_to(blocks), requests.before.bytes);
        to.estimated = true;
        to.expected = shared >= std::max<std::int64_t>(to.least_tokens, 1) ? shared : 0;
        judge(to);
        if (to.outcome == cache_outcome::uncached) {
            to.outcome = cache_outcome::first;
        } else if (to.one.tokens->cache_read > 0) {
            to.outcome = cache_outcome::hit;
            to.missed = 0;
        }
    }

    static void find_causes(cache_miss& to, const compared_requests* requests, bool overlapped) {
        auto& causes = to.causes;
        const bool nothing_read = to.one.tokens->cache_read == 0;
        const bool outlived = to.lifetime_us != 0 && to.idle_us && *to.idle_us > to.lifetime_us;
        if (to.least_tokens != 0 && to.one.tokens->context() < to.least_tokens) {
            causes.push_back(miss_cause::too_small);
        }
        if (to.surely_expired && nothing_read) {
            causes.push_back(miss_cause::expired);
        }
        if (requests != nullptr && is_marked(to.one)) {
            find_mark_cause(to, *requests);
        }
        // What a thread shares with another one ends where it begins to differ: that is no cause.
        if (to.difference && to.kind != predecessor_kind::thread) {
            causes.push_back(to.difference->cause);
        }
        // Of what was read in part the rest may have expired alone, for it had another lifetime, or others
        // read what stands before it.
        if (outlived && (nothing_read || causes.empty()) && !has(causes, miss_cause::expired)) {
            causes.push_back(miss_cause::expired);
        }
        if (overlapped) {
            causes.push_back(miss_cause::overlap);
        }
        if (causes.empty() && requests != nullptr) {
            find_beta_cause(to, *requests);
        }
        if (causes.empty() || is_not_enough(to, requests)) {
            causes.push_back(miss_cause::unexplained);
        }
    }

    /// Compares breakpoints, where what stands before the predecessor's last one is the same.
    static void find_mark_cause(cache_miss& to, const compared_requests& requests) {
        const auto before = requests.before.marks();
        const auto now = requests.now.marks();
        if (before.empty()) {
            return;
        }
        if (now.empty()) {
            to.causes.push_back(miss_cause::mark_removed);
            return;
        }
        const auto last = requests.common_mark();
        if (last == 0 || last - 1 != before.back()) {
            return;  // the difference stands before it
        }
        const auto place = last - 1;
        const auto behind = std::ranges::lower_bound(now, place);
        if (behind == now.end()) {
            to.causes.push_back(miss_cause::mark_moved);
            to.blocks_between = place - now.back();
        } else if (*behind - place > look_back_blocks) {
            to.causes.push_back(miss_cause::look_back);
            to.blocks_between = *behind - place;
        }
    }

    static void find_beta_cause(cache_miss& to, const compared_requests& requests) {
        const auto changed = changed_betas(requests.kept_before->head, requests.kept_now->head);
        if (changed.empty() || !is_marked(to.one)) {
            return;
        }
        auto& found = to.difference.emplace();
        found.cause = miss_cause::beta_header;
        for (const auto& one : changed) {
            found.name += (found.name.empty() ? "" : ", ") + one;
        }
        found.bytes_behind = requests.before.bytes;
        to.causes.push_back(miss_cause::beta_header);
    }

    /// Whether the difference leaves a marked beginning that should have been read all the same.
    static bool is_not_enough(const cache_miss& to, const compared_requests* requests) {
        if (requests == nullptr || !is_marked(to.one) || to.one.tokens->cache_read != 0 ||
            to.causes.size() != 1 || !to.difference || to.causes.front() != to.difference->cause ||
            to.causes.front() == miss_cause::beta_header) {
            return false;
        }
        const auto mark = requests->common_mark();
        const auto marks = requests->now.marks();
        const bool asked = mark != 0 && std::ranges::any_of(marks, [mark](std::size_t one) {
                               return one + 1 >= mark && one + 1 - mark <= look_back_blocks;
                           });
        // Estimates are rough.
        return asked && estimated_tokens(*to.predecessor, requests->bytes_up_to(mark),
                                         requests->before.bytes) > 2 * to.least_tokens;
    }

    /// Nothing had been cached: says why.
    static void find_reason_for_nothing(cache_miss& to, const compared_requests* requests) {
        const auto& before = *to.predecessor;
        if (requests != nullptr && is_marked(to.one) && requests->before.marks().empty()) {
            to.causes.push_back(miss_cause::unmarked);
        } else if (before.tokens->context() < to.least_tokens) {
            to.causes.push_back(miss_cause::too_small);
        } else if (requests != nullptr && is_marked(to.one) &&
                   estimated_tokens(before, requests->bytes_up_to(requests->before.marks().back() + 1),
                                    requests->before.bytes) < to.least_tokens) {
            to.causes.push_back(miss_cause::too_small);
        } else {
            to.causes.push_back(miss_cause::unexplained);
        }
    }

    std::optional<provider_reason> reason_of(std::int64_t seq) {
        auto kept = from_.wires.read_answer(seq);
        if (!kept) {
            return std::nullopt;
        }
        return find_provider_reason(undo_codings(kept->head, kept->decoded, std::move(kept->bytes)).bytes);
    }

    sources& from_;
    stored_requests requests_;
    predecessors predecessors_;
};

cache_explainer::cache_explainer(sources& from) : impl_{std::make_unique<impl>(from)} {}
cache_explainer::~cache_explainer() = default;

std::optional<cache_miss> cache_explainer::explain(std::int64_t seq, bool with_text) {
    return impl_->explain(seq, with_text);
}

}  // namespace tapes::read
