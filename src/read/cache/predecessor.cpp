#include "cache/predecessor.hpp"

#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <functional>

namespace tapes::read {

namespace {

/// A chain that was imported has no exchanges: so far up one is looked for.
constexpr int most_ancestors = 100'000;
/// Behind so many nodes that no exchange answered, the requests of the session are looked at first.
constexpr int near_ancestors = 32;
/// So many of the newest exchanges of a session are looked at for one that a thread can share with, and so
/// many of the newest answers to the same request for one that told its tokens.
constexpr std::size_t most_others = 16;

constexpr std::uint64_t steps_to_row = 64;

/// How many of the one come again in the other; both are sorted.
std::size_t count_again(const std::vector<std::uint64_t>& one, const std::vector<std::uint64_t>& other) {
    std::size_t count = 0;
    auto at = other.begin();
    for (const auto each : one) {
        while (at != other.end() && *at < each) {
            ++at;
        }
        count += at != other.end() && *at == each ? 1 : 0;
    }
    return count;
}

}  // namespace

predecessor predecessors::find(const exchange& one) {
    const auto row = one.head == 0 ? std::nullopt : from_.chains.row(one.head);
    if (!row) {
        return {};
    }
    if (auto same = newest_before(one.head, one); same && same->tokens) {
        return {predecessor_kind::retry, std::move(same)};
    }
    if (auto same = retried(one, row->parent)) {
        return {predecessor_kind::retry, std::move(same)};
    }
    bool rewritten = false;
    auto at = row->parent;
    auto above = answered_ancestor(one, at, near_ancestors, rewritten);
    if (!above && !rewritten) {
        above = answered_ancestor(one, at, most_ancestors, rewritten);
    }
    if (above && !rewritten) {
        return {predecessor_kind::ancestor, std::move(above)};
    }
    auto candidates = newest_of_session(one);
    if (auto other = rewritten_one(one, above, candidates)) {
        return {predecessor_kind::rewrite, std::move(other)};
    }
    if (!above) {
        above = answered_ancestor(one, at, most_ancestors, rewritten);
    }
    if (above) {
        return {predecessor_kind::ancestor, std::move(above)};
    }
    const auto same = std::ranges::find_if(candidates, [&one](const exchange& other) {
        return other.model == one.model && other.provider == one.provider;
    });
    return same == candidates.end() ? predecessor{} : predecessor{predecessor_kind::thread, std::move(*same)};
}

/// The candidate of which most messages come again: at least half of them, and more than of the ancestor. Of
/// a history that goes another way behind some message (a person's edit) only its beginning comes again, and
/// that is the ancestor's.
std::optional<exchange> predecessors::rewritten_one(const exchange& one,
                                                    const std::optional<exchange>& ancestor,
                                                    std::vector<exchange>& candidates) {
    const auto now = candidates.empty() ? nullptr : requests_.read(one);
    if (!now || now->parts.only_tail()) {
        return std::nullopt;
    }
    std::size_t most = 0;
    if (const auto above = ancestor ? requests_.read(*ancestor) : nullptr) {
        most = above->said.size();
    }
    exchange* best = nullptr;
    for (auto& other : candidates) {
        const auto before = requests_.read(other);
        const auto again = before ? count_again(before->said, now->said) : 0;
        if (again > most && 2 * again >= before->said.size()) {
            most = again;
            best = &other;
        }
    }
    return best == nullptr ? std::nullopt : std::optional{std::move(*best)};
}

/// Of those that gave this answer the newest that came before; only one that told tokens left something.
std::optional<exchange> predecessors::newest_before(std::int64_t answer, const exchange& one) {
    const auto given = from_.answers_of(answer, one.seq);
    for (auto seq = given.rbegin(); seq != given.rend(); ++seq) {
        auto found = from_.find_exchange(*seq);
        if (found && found->api == one.api) {
            return found;
        }
    }
    return std::nullopt;
}

std::optional<exchange> predecessors::retried(const exchange& one, std::int64_t parent) {
    const auto session = parent == 0 ? 0 : session_of(one);
    if (session == 0) {
        return std::nullopt;
    }
    remember_forks_of(session);
    std::vector<std::int64_t> children;
    const auto [first, last] = fork_threads_.equal_range(parent);
    for (auto fork = first; fork != last; ++fork) {
        const auto of_thread =
            from_.catalogue->fork_children_before(fork->second, parent, one.head, most_others);
        children.insert(children.end(), of_thread.begin(), of_thread.end());
    }
    std::ranges::sort(children, std::greater{});
    children.erase(std::unique(children.begin(), children.end()), children.end());
    children.resize(std::min(children.size(), most_others));
    std::optional<exchange> newest;
    for (const auto child : children) {
        auto found = newest_before(child, one);
        if (found && found->tokens && (!newest || newest->seq < found->seq)) {
            newest = std::move(found);
        }
    }
    return newest;
}

/// The session of an exchange; 0: none is known.
std::int64_t predecessors::session_of(const exchange& one) {
    if (asked_ != one.seq) {
        const auto found = from_.catalogue ? from_.catalogue->session_of_exchange(one.seq)
                                           : std::optional<catalogue::session>{};
        asked_session_ = found ? found->id : 0;
        asked_ = one.seq;
    }
    return asked_session_;
}

void predecessors::remember_forks_of(std::int64_t session) {
    if (session_ == session) {
        return;
    }
    fork_threads_.clear();
    for (const auto& fork : from_.catalogue->fork_places(session)) {
        fork_threads_.emplace(fork.node, fork.thread);
    }
    session_ = session;
}

/// Looks from `node` on upwards, and leaves it where it ends. Sets `rewritten` where an answer stands on the
/// way that no exchange gave there.
std::optional<exchange> predecessors::answered_ancestor(const exchange& one, std::int64_t& node, int most,
                                                        bool& rewritten) {
    for (int steps = 0; node != 0 && steps < most; ++steps) {
        text::count_work(steps_to_row);
        const auto row = from_.chains.row(node);
        if (row && row->role == "assistant") {  // others are heads of requests that only prepare
            if (auto found = newest_before(node, one)) {
                return found;
            }
            rewritten = true;
        }
        node = row ? row->parent : 0;
    }
    return std::nullopt;
}

/// The newest first.
std::vector<exchange> predecessors::newest_of_session(const exchange& one) {
    const auto session = session_of(one);
    if (session == 0) {
        return {};
    }
    std::vector<exchange> made;
    for (const auto seq : from_.catalogue->exchanges_before(session, one.seq, most_others)) {
        auto found = from_.find_exchange(seq);
        if (found && found->head != 0 && found->tokens && found->api == one.api) {
            made.push_back(std::move(*found));
        }
    }
    return made;
}

}  // namespace tapes::read
