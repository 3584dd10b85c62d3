#include "tree/branch_source.hpp"
#include "tree/first_words.hpp"

#include <tapes/read/transcript.hpp>
#include <tapes/read/tree.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>
#include <vector>

namespace tapes::read {

namespace {

constexpr std::size_t children_at_once = 256;
constexpr std::uint64_t most_counted = 1'000;
constexpr std::size_t most_opening = 4;  ///< nodes in which the first words are looked for
constexpr std::size_t no_thread = static_cast<std::size_t>(-1);

std::pair<std::int64_t, std::int64_t> read_place(std::string_view text) {
    std::int64_t thread = 0;
    std::int64_t node = 0;
    const auto* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, thread);
    const bool dot = first.ec == std::errc{} && first.ptr != end && *first.ptr == '.';
    const auto second = dot ? std::from_chars(first.ptr + 1, end, node) : first;
    if (!dot || second.ec != std::errc{} || second.ptr != end) {
        throw std::invalid_argument{"it is no place of a tree"};
    }
    return {thread, node};
}

std::vector<std::int64_t> opening_nodes(const stretch& from) {
    std::vector<std::int64_t> nodes;
    for (const auto& [first, last] : from.runs) {
        for (auto node = first; node <= last && nodes.size() < most_opening; ++node) {
            nodes.push_back(node);
        }
    }
    return nodes;
}

}  // namespace

class tree::impl {
public:
    impl(sources& from, const tree_request& request);

    std::optional<tree_entry> next();
    std::string place() const;

private:
    /// What is still to be told: branches of a fork, or threads.
    struct open_part {
        std::size_t thread = no_thread;  ///< of the branches
        std::int64_t fork = 0;
        std::int64_t after = 0;
        std::size_t level = 0;
        std::vector<catalogue::child_node> ready{};  ///< the next ones, in reverse
        std::vector<std::size_t> threads{};          ///< the next ones, in reverse
    };

    void open_session(const tree_request& request);
    void open_node(std::int64_t node);
    void go_on_behind(std::int64_t thread, std::int64_t node);
    std::size_t rebuild(std::size_t thread, std::int64_t node);
    std::size_t rebuild_branches(std::size_t thread, std::int64_t node, std::size_t level);
    void open_thread(std::size_t thread, std::size_t level);
    branch_source& branches(std::size_t thread);
    std::vector<std::size_t> begun_by(std::size_t thread, const stretch* within) const;
    std::vector<std::size_t> in_reverse(std::vector<std::size_t> threads) const {
        std::ranges::reverse(threads);
        return threads;
    }
    void open_behind(std::size_t thread, const stretch& told, std::size_t level);
    void refill(open_part& part);
    tree_entry tell_thread(std::size_t thread, std::size_t level);
    tree_entry tell_branch(open_part part, const catalogue::child_node& child, bool last);
    bool is_current(std::size_t thread, std::int64_t node);

    sources& from_;
    std::vector<catalogue::thread> threads_;
    std::vector<std::size_t> parents_;                       ///< of threads_; no_thread: none
    std::map<std::size_t, std::vector<std::size_t>> begun_;  ///< by parent
    std::map<std::size_t, std::unique_ptr<branch_source>> sources_;
    std::size_t only_ = no_thread;
    std::int64_t chosen_ = 0;  ///< node that current branches lead to, where not each thread has its own
    std::map<std::size_t, std::vector<store::chain_link>> current_;
    std::vector<open_part> open_;
    std::string place_;
};

tree::impl::impl(sources& from, const tree_request& request) : from_{from} {
    if (!from_.catalogue) {
        return;
    }
    const auto [thread, node] =
        request.after.empty() ? std::pair<std::int64_t, std::int64_t>{} : read_place(request.after);
    request.session != 0 ? open_session(request) : open_node(request.node);
    if (!request.after.empty()) {
        go_on_behind(thread, node);
    }
}

void tree::impl::open_session(const tree_request& request) {
    threads_ = from_.catalogue->threads(request.session);
    parents_.assign(threads_.size(), no_thread);
    for (std::size_t i = 0; i < threads_.size(); ++i) {
        const auto found = std::ranges::lower_bound(threads_, threads_[i].parent, {}, &catalogue::thread::id);
        const auto at = static_cast<std::size_t>(found - threads_.begin());
        // A thread is begun by one that was there before it.
        if (at < i && found->id == threads_[i].parent) {
            parents_[i] = at;
        }
        begun_[parents_[i]].push_back(i);
        only_ = threads_[i].id == request.thread ? i : only_;
    }
    open_part all;
    if (request.thread == 0) {
        all.threads = in_reverse(begun_[no_thread]);
    } else if (only_ != no_thread) {
        all.threads = {only_};
    }
    open_.push_back(std::move(all));
}

void tree::impl::open_node(std::int64_t node) {
    const auto row = from_.chains.row(node);
    if (!row) {
        return;
    }
    const auto session = from_.catalogue->session_with_root(row->root);
    sources_[no_thread] = std::make_unique<root_branches>(from_, row->root, session);
    chosen_ = row->id;
    if (chosen_ == row->root) {
        chosen_ = std::max(from_.catalogue->newest_head(row->root), chosen_);
    }
    open_.emplace_back();
    open_.back().ready = {{row->root, session}};
}

branch_source& tree::impl::branches(std::size_t thread) {
    auto& found = sources_[thread];
    if (!found) {
        found = std::make_unique<thread_branches>(from_, threads_.at(thread));
    }
    return *found;
}

/// The threads that calls of a thread began, in the order of their numbers: those whose calls stand within a
/// stretch, or those of which no call is known.
std::vector<std::size_t> tree::impl::begun_by(std::size_t thread, const stretch* within) const {
    std::vector<std::size_t> found;
    const auto all = begun_.find(thread);
    if (thread == no_thread || all == begun_.end()) {
        return found;
    }
    for (const auto one : all->second) {
        const auto call = threads_[one].call_node;
        const bool here = within != nullptr ? call != 0 && within->holds(call) : call == 0;
        if (here) {
            found.push_back(one);
        }
    }
    return found;
}

void tree::impl::open_thread(std::size_t thread, std::size_t level) {
    open_part rest;
    rest.level = level + 1;
    rest.threads = in_reverse(begun_by(thread, nullptr));
    open_.push_back(std::move(rest));
}

/// What comes behind a branch: first the threads that it began, then the branches of its fork.
void tree::impl::open_behind(std::size_t thread, const stretch& told, std::size_t level) {
    if (told.forks) {
        open_part fork;
        fork.thread = thread;
        fork.fork = told.last;
        fork.level = level;
        open_.push_back(std::move(fork));
    }
    open_part begun;
    begun.level = level + 1;
    begun.threads = in_reverse(begun_by(thread, &told));
    if (!begun.threads.empty()) {
        open_.push_back(std::move(begun));
    }
}

/// Opens what comes behind a branch, in all that it stands in.
void tree::impl::go_on_behind(std::int64_t thread, std::int64_t node) {
    open_.clear();
    if (sources_.contains(no_thread)) {
        rebuild_branches(no_thread, node, 0);
        return;
    }
    const auto found = std::ranges::lower_bound(threads_, thread, {}, &catalogue::thread::id);
    if (found == threads_.end() || found->id != thread) {
        throw std::invalid_argument{"it is no place of this tree"};
    }
    rebuild(static_cast<std::size_t>(found - threads_.begin()), node);
}

/// Opens what comes behind a branch of a thread and behind that thread. Returns the level of the branch.
std::size_t tree::impl::rebuild(std::size_t thread, std::int64_t node) {
    std::size_t level = 0;
    const auto parent = parents_[thread];
    if (thread == only_ || parent == no_thread) {
        open_part rest;
        for (const auto one : begun_[no_thread]) {
            if (one > thread && only_ == no_thread) {
                rest.threads.push_back(one);
            }
        }
        rest.threads = in_reverse(std::move(rest.threads));
        open_.push_back(std::move(rest));
    } else if (const auto call = threads_[thread].call_node; call != 0) {
        level = rebuild(parent, call) + 1;
        // Of what the branch with the call began, this thread and those before it were told.
        auto& begun = open_.back().threads;
        std::erase_if(begun, [&](std::size_t one) { return one <= thread; });
    } else {
        level = rebuild(parent, 0) + 1;
        std::erase_if(open_.back().threads, [&](std::size_t one) { return one <= thread; });
    }
    open_thread(thread, level);
    return node == 0 ? level : rebuild_branches(thread, node, level);
}

std::size_t tree::impl::rebuild_branches(std::size_t thread, std::int64_t node, std::size_t level) {
    auto& view = branches(thread);
    const auto path = view.forks_above(node);
    if (path.empty()) {
        throw std::invalid_argument{"it is no place of this tree"};
    }
    for (const auto& [fork, child] : path) {
        open_part part;
        part.thread = thread;
        part.fork = fork;
        part.after = child.node;
        part.level = level;
        refill(part);
        if (!part.ready.empty()) {
            level += fork == 0 ? 0 : 1;
            open_.push_back(std::move(part));
        }
    }
    const auto& [fork, child] = path.back();
    const auto found = view.children(fork, child.node - 1, 1);
    open_behind(thread, view.follow(found.empty() ? child : found.front()), level);
    return level;
}

void tree::impl::refill(open_part& part) {
    if (part.ready.empty() && part.threads.empty() && (part.thread != no_thread || part.fork != 0)) {
        part.ready = branches(part.thread).children(part.fork, part.after, children_at_once);
        std::ranges::reverse(part.ready);
    }
}

std::optional<tree_entry> tree::impl::next() {
    while (!open_.empty()) {
        text::count_work(64);  // each is looked up in the store
        auto& part = open_.back();
        if (!part.threads.empty()) {
            const auto thread = part.threads.back();
            const auto level = part.level;
            part.threads.pop_back();
            return tell_thread(thread, level);
        }
        refill(part);
        if (part.ready.empty()) {
            open_.pop_back();
            continue;
        }
        const auto child = part.ready.back();
        part.ready.pop_back();
        part.after = child.node;
        refill(part);
        const bool last = part.ready.empty();
        open_part now;
        now.thread = part.thread;
        now.fork = part.fork;
        now.level = part.level;
        if (last) {  // nothing is left of it, and forks below forks stay flat
            open_.pop_back();
        }
        return tell_branch(std::move(now), child, last);
    }
    return std::nullopt;
}

tree_entry tree::impl::tell_thread(std::size_t thread, std::size_t level) {
    tree_thread made;
    made.thread = threads_[thread];
    made.number = thread + 1;
    made.level = level;
    made.parent_number = parents_[thread] == no_thread ? 0 : parents_[thread] + 1;
    made.continues_number = number_of(threads_, made.thread.continues);
    open_thread(thread, level);
    open_part tops;
    tops.thread = thread;
    tops.level = level;
    open_.push_back(std::move(tops));
    return made;
}

bool tree::impl::is_current(std::size_t thread, std::int64_t node) {
    constexpr std::size_t most_chains = 16;
    auto found = current_.find(thread);
    if (found == current_.end()) {
        if (current_.size() == most_chains) {
            current_.clear();
        }
        const auto head = chosen_ != 0 ? chosen_ : threads_[thread].head;
        found = current_.emplace(thread, from_.chains.chain(head)).first;
    }
    return std::ranges::binary_search(found->second, node, {}, &store::chain_link::node);
}

tree_entry tree::impl::tell_branch(open_part part, const catalogue::child_node& child, bool last) {
    auto& view = branches(part.thread);
    const auto told = view.follow(child);
    tree_branch made;
    made.last = last;
    made.level = part.level + (last || part.fork == 0 ? 0 : 1);
    made.above = told.above;
    if (part.fork != 0) {
        made.made_by = from_.catalogue->branch_cause(part.thread == no_thread ? 0 : threads_[part.thread].id,
                                                     told.first);
    }
    made.first = told.first;
    made.node = told.last;
    if (const auto row = from_.chains.row(told.first)) {
        made.role = row->role;
        made.first_at_us = row->created_at_us;
        made.nodes = static_cast<std::uint64_t>(-row->depth);
    }
    if (const auto row = from_.chains.row(told.last)) {
        made.hash = row->hash;
        made.model = row->model;
        made.last_at_us = row->created_at_us;
        made.nodes += static_cast<std::uint64_t>(row->depth + 1);
    }
    made.turns = from_.chains.count_answers(told.last, told.above);
    made.words = first_words(from_, opening_nodes(told));
    made.current = is_current(part.thread, told.first);
    made.branches = told.forks ? view.children(told.last, 0, most_counted).size() : 0;
    made.cause = told.cause;
    place_ = std::to_string(part.thread == no_thread ? 0 : threads_[part.thread].id) + "." +
             std::to_string(told.first);
    open_behind(part.thread, told, made.level);
    return made;
}

std::string tree::impl::place() const {
    return place_;
}

tree::tree(sources& from, const tree_request& request) : impl_{std::make_unique<impl>(from, request)} {}
tree::~tree() = default;

std::optional<tree_entry> tree::next() {
    return impl_->next();
}

std::string tree::place() const {
    return impl_->place();
}

}  // namespace tapes::read
