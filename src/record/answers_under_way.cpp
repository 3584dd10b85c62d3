#include "answers_under_way.hpp"

#include "tapes/sync/mutex.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <vector>

namespace tapes::record {

namespace {

/// How much of the answers that have arrived can still be found.
constexpr std::size_t kept_bytes = std::size_t{4} << 20;
constexpr std::size_t kept_answers = 1024;

}  // namespace

struct answers_under_way::state {
    struct answer {
        merkle::digest parent;
        merkle::node node;
        std::vector<std::int64_t> variants;
    };
    using place = std::multimap<merkle::digest, answer>::iterator;

    sync::mutex mutex;
    /// Among the answers with one match the newest is the last.
    std::multimap<merkle::digest, answer> by_match TAPES_GUARDED_BY(mutex);
    std::deque<place> arrived TAPES_GUARDED_BY(mutex);
    std::size_t arrived_bytes TAPES_GUARDED_BY(mutex) = 0;

    void arrive(const std::vector<place>& these) {
        const sync::lock_guard guard{mutex};
        for (const auto& one : these) {
            arrived.push_back(one);
            arrived_bytes += one->second.node.content.size();
        }
        while (arrived.size() > kept_answers || arrived_bytes > kept_bytes) {
            arrived_bytes -= arrived.front()->second.node.content.size();
            by_match.erase(arrived.front());
            arrived.pop_front();
        }
    }
};

class answers_under_way::ticket {
public:
    explicit ticket(std::shared_ptr<state> shared) : state_{std::move(shared)} {}
    ~ticket() { state_->arrive(answers); }
    ticket(const ticket&) = delete;
    ticket& operator=(const ticket&) = delete;

    std::vector<state::place> answers;

private:
    std::shared_ptr<state> state_;
};

answers_under_way::answers_under_way() : state_{std::make_shared<state>()} {}

std::shared_ptr<answers_under_way::ticket> answers_under_way::add(const store::entry& made) {
    const auto lossy = [](const store::entry_node& one) {
        return one.choice >= 0 && one.node.position.match != one.node.position.hash;
    };
    if (std::ranges::none_of(made.nodes, lossy)) {
        return nullptr;
    }
    auto added = std::make_shared<ticket>(state_);
    added->answers.reserve(made.nodes.size());
    const sync::lock_guard guard{state_->mutex};
    for (const auto& one : made.nodes) {
        if (!lossy(one)) {
            continue;
        }
        merkle::digest parent{};
        if (one.parent >= 0) {
            parent = made.nodes[static_cast<std::size_t>(one.parent)].node.position.hash;
        } else if (made.above) {
            parent = made.above->position.hash;
        }
        added->answers.push_back(
            state_->by_match.emplace(one.node.position.match, state::answer{parent, one.node, one.variants}));
    }
    return added;
}

std::optional<merkle::node> answers_under_way::find(const merkle::digest& parent, const merkle::digest& match,
                                                    const agrees& agree) const {
    const sync::lock_guard guard{state_->mutex};
    const auto [first, last] = state_->by_match.equal_range(match);
    for (auto one = last; one != first;) {
        --one;
        if (one->second.parent == parent && agree(one->second.node.content, one->second.variants)) {
            return one->second.node;
        }
    }
    return std::nullopt;
}

}  // namespace tapes::record
