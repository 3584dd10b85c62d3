#include "search/hit_maker.hpp"
#include "search/node_filter.hpp"
#include "search/search_cursor.hpp"

#include <tapes/catalogue/text_finder.hpp>
#include <tapes/read/search.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace tapes::read {

namespace {

using clock = std::chrono::steady_clock;

/// A node that may be a hit.
struct candidate {
    std::int64_t node = 0;
    double score = 0;  ///< of its words
    bool aged = false;

    /// The best first, then the newest.
    bool before(const candidate& other) const noexcept {
        return score != other.score ? score > other.score : node > other.node;
    }
};

constexpr std::size_t block_share = 8;

/// How much a hit of this age counts.
double age_factor(std::int64_t age_us) {
    constexpr double month_us = 30 * 86'400e6;
    return 0.5 + 0.5 / (1 + static_cast<double>(std::max<std::int64_t>(age_us, 0)) / month_us);
}

/// Nodes of a tool's calls and results have words in these parts alone.
constexpr unsigned tool_parts = 6;

class search_run {
public:
    search_run(sources& from, const search_request& request, catalogue::text_finder& finder,
               node_filter& filter, const search_cursor& at)
        : from_{from},
          request_{request},
          finder_{finder},
          filter_{filter},
          hits_{from, finder, filter, request},
          at_{at},
          end_{clock::now() + request.limits.time} {
        const auto newest = from_.chains.row(at_.anchor);
        now_us_ = newest ? newest->created_at_us : 0;
    }

    search_page page() {
        while (made_.hits.size() < request_.most && at_.top >= filter_.first()) {
            collect();
            made_.partial = made_.partial ||
                            (!request_.newest && (at_.bottom > filter_.first() || at_.top != at_.anchor));
            if (take_hits()) {
                break;
            }
            // The portion is done with.
            at_ = {at_.anchor, at_.bottom - 1, 0, 0, 0};
            if (late()) {
                break;
            }
        }
        const bool over = at_.top < filter_.first();
        made_.next = over ? "" : to_string(at_, request_);
        made_.searched_to = over ? 0 : std::max<std::int64_t>(at_.bottom, at_.top);
        made_.partial = made_.partial || (!over && late());
        return std::move(made_);
    }

private:
    bool late() const { return clock::now() >= end_; }

    /// Gathers the candidates of the portion at hand, and finds out where it ends.
    void collect() {
        candidates_.clear();
        const auto first = std::max(at_.bottom, filter_.first());
        std::size_t seen = 0;
        // To look at the blocks of a node takes as long as many nodes of the index do.
        const std::size_t share = filter_.asks_blocks() ? block_share : 1;
        const auto most = request_.newest ? request_.most - made_.hits.size()
                                          : std::max<std::size_t>(request_.limits.ranked_hits / share, 1);
        const auto most_seen = request_.limits.ranked_nodes / share;
        auto reached = first;
        const auto top = filter_.newest(at_.top);
        catalogue::text_span span{request_.parts, first, top, !request_.newest};
        span.goes_on = [&](std::int64_t node) {
            const bool stop = at_.bottom == 0 && late();
            reached = stop ? node : reached;
            return !stop;
        };
        finder_.visit(span, [&](const catalogue::text_match& one) {
            ++seen;
            if (filter_.chooses(one.node) && (!filter_.asks_blocks() || hits_.has_chosen_blocks(one.node))) {
                candidates_.push_back({one.node, one.score});
            }
            const bool full = candidates_.size() >= most || (!request_.newest && seen >= most_seen);
            constexpr std::size_t between_looks = 32;
            const bool slow = (filter_.asks_blocks() || seen % between_looks == 0) && late();
            if (at_.bottom == 0 && (full || slow)) {
                reached = one.node;
                return std::int64_t{0};
            }
            return filter_.newest(one.node - 1);
        });
        at_.bottom = reached;
    }

    /// Takes hits of the portion, the best first. Returns true where the page is over before it is.
    bool take_hits() {
        std::ranges::make_heap(candidates_, comes_later);
        while (!candidates_.empty()) {
            std::ranges::pop_heap(candidates_, comes_later);
            auto one = candidates_.back();
            candidates_.pop_back();
            if (!request_.newest && !one.aged) {
                age(one);
                continue;
            }
            if (is_done(one)) {
                continue;
            }
            if (made_.hits.size() >= request_.most || (!made_.hits.empty() && late())) {
                return true;
            }
            if (auto hit = hits_.make(one.node)) {
                hit->score = one.score;
                made_.hits.push_back(std::move(*hit));
            }
            at_.score = one.score;
            at_.node = one.node;
        }
        return false;
    }

    static bool comes_later(const candidate& one, const candidate& other) { return other.before(one); }

    /// A score only falls with age, so that one is aged where it comes first without.
    void age(candidate one) {
        const auto row = from_.chains.row(one.node);
        if (row) {
            one.score *= age_factor(now_us_ - row->created_at_us);
            one.aged = true;
            candidates_.push_back(one);
            std::ranges::push_heap(candidates_, comes_later);
        }
    }
    /// Whether a page before has told of it.
    bool is_done(const candidate& one) const {
        return at_.node != 0 && !candidate{at_.node, at_.score, true}.before(one);
    }

    sources& from_;
    const search_request& request_;
    catalogue::text_finder& finder_;
    node_filter& filter_;
    hit_maker hits_;
    search_cursor at_;
    clock::time_point end_;
    std::int64_t now_us_ = 0;
    std::vector<candidate> candidates_;
    search_page made_;
};

search_page with_problem(std::string problem) {
    search_page made;
    made.problem = std::move(problem);
    return made;
}

}  // namespace

search_page search(sources& from, const search_request& asked) {
    auto request = asked;
    for (const auto& one : request.query.conditions) {
        request.parts &= one.key == search_key::tool && !one.negated ? tool_parts : request.parts;
    }
    if (!request.query.problem.empty()) {
        return with_problem(request.query.problem);
    }
    auto query = catalogue::read_text_query(request.query.words);
    if (!query.problem.empty()) {
        return with_problem(std::move(query.problem));
    }
    if (!from.catalogue) {
        return with_problem(std::string{no_text_index});
    }
    catalogue::text_finder finder{*from.catalogue, std::move(query)};
    if (!finder.has_index()) {
        return with_problem(std::string{no_text_index});
    }
    if (!finder.has_words()) {
        return with_problem(
            "the query has no letter and no digit that is to be there; write a word, such as error");
    }
    search_cursor at;
    if (request.after.empty()) {
        at.anchor = at.top = from.catalogue->node();
    } else if (const auto read = read_cursor(request.after, request)) {
        at = *read;
    } else {
        return with_problem("the cursor is none of this search; begin it anew without one");
    }
    node_filter filter{from, request.query.conditions};
    if (!filter.problem().empty()) {
        return with_problem(filter.problem());
    }
    auto made = request.most == 0 ? search_page{} : search_run{from, request, finder, filter, at}.page();
    made.unknown_session = filter.unknown_session();
    return made;
}

}  // namespace tapes::read
