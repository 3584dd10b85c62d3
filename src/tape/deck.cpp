#include "deck.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_set>

namespace tapes::tape {
namespace {

/// Children come ascending: these are read, of which the newest are used.
constexpr std::size_t most_listed = 65536;
constexpr std::size_t session_page = 100;
/// Connections that are not used are closed beyond these.
constexpr std::size_t most_free = 16;

}  // namespace

deck::deck(const deck_place& at)
    : chains{at.store_path},
      exchanges{at.store_path},
      wires{at.store_path},
      catalogue{at.catalogue_path},
      places{at.store_path, at.volatile_system} {}

store::kept_exchange deck::exchange(std::int64_t id) {
    auto read = exchanges.read(id - 1, 1);
    if (read.empty() || read.front().seq != id) {
        throw std::runtime_error{"exchange " + std::to_string(id) + " is not in the store"};
    }
    return std::move(read.front());
}

std::vector<std::int64_t> deck::children(std::int64_t node) {
    std::vector<std::int64_t> found;
    if (const auto next = chains.row(node + 1); next && next->parent == node) {
        found.push_back(node + 1);
    }
    for (const auto& one : catalogue.run_starts(node, 0, most_listed)) {
        found.push_back(one.node);
    }
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
    if (found.size() > most_children) {
        found.erase(found.begin(), found.end() - most_children);
    }
    return found;
}

std::vector<std::int64_t> deck::roots() {
    std::vector<std::int64_t> found;
    std::unordered_set<std::int64_t> known;
    std::optional<catalogue::session_place> after;
    for (std::size_t seen = 0; seen < most_sessions;) {
        const auto page = catalogue.sessions({}, session_page, after);
        for (const auto& session : page) {
            for (const auto& thread : catalogue.threads(session.id)) {
                if (thread.root != 0 && known.insert(thread.root).second) {
                    found.push_back(thread.root);
                }
            }
        }
        if (page.size() < session_page) {
            break;
        }
        seen += page.size();
        after = catalogue::session_place{page.back().last_at_us, page.back().id};
    }
    return found;
}

deck_pool::loan::~loan() {
    if (deck_) {
        const sync::lock_guard held{from_->mutex_};
        if (from_->free_.size() < most_free) {
            from_->free_.push_back(std::move(deck_));
        }
    }
}

deck_pool::loan deck_pool::take() {
    {
        const sync::lock_guard held{mutex_};
        if (!free_.empty()) {
            auto taken = std::move(free_.back());
            free_.pop_back();
            return {*this, std::move(taken)};
        }
    }
    return {*this, std::make_unique<deck>(at_)};
}

void deck_pool::renew() {
    const sync::lock_guard held{mutex_};
    free_.clear();
}

}  // namespace tapes::tape
