#include "derived_pieces.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace tapes::record {

namespace {

/// Goes up from the end of a turn's request, node by node.
class way_up {
public:
    way_up(store::history& history, const store::kept_exchange& row, const store::entry& made)
        : history_{history}, made_{made}, end_{end_of(history, row, made)}, at_{end_} {}

    void begin() noexcept { at_ = end_; }
    void step() { at_ = at_ != 0 ? history_.parent(at_) : 0; }

    bool fits(std::int64_t node, std::int64_t leading) {
        return node == at_ && (leading == 0 || leading == fitting_ || leading_fits(leading));
    }

private:
    static std::int64_t end_of(store::history& history, const store::kept_exchange& row,
                               const store::entry& made) {
        if (made.dropped != capture::drop_reason::none) {
            return 0;
        }
        const bool answered =
            std::ranges::any_of(made.nodes, [](const auto& one) { return one.choice >= 0; });
        return answered ? history.parent(row.head) : row.head;
    }

    /// The last of the messages that come from outside the history stands as deep as there are such. A chain
    /// that was found by its match may be longer than the request.
    bool leading_fits(std::int64_t leading) {
        if (made_.leading == 0) {
            return false;
        }
        const auto place = history_.place(end_);
        const auto wanted = static_cast<std::int64_t>(made_.leading) - 1;
        const auto messages =
            std::ranges::count_if(made_.nodes, [](const auto& one) { return one.choice < 0; });
        const bool exact = wanted == 0 || place.depth + 1 == messages;
        auto id = end_;
        auto depth = place.depth;
        for (; id != 0 && id != leading && depth > wanted; --depth) {
            id = history_.parent(id);
        }
        if (id != leading || (exact && depth != wanted)) {
            return false;
        }
        fitting_ = leading;
        return true;
    }

    store::history& history_;
    const store::entry& made_;
    std::int64_t end_;
    std::int64_t at_;
    std::int64_t fitting_ = 0;
};

}  // namespace

/// Visits the pieces of a request that no earlier one held, from the end of each chain up. `visit` takes
/// the piece and whether it is the end of a chain.
template <class Visit>
void derived_pieces::each_unseen(const store::kept_exchange& row, Visit&& visit) {
    for (const auto last : rows_.chain_ends(row.seq)) {
        bool first = true;
        for (auto id = last; id != 0 && seen_.add(id); first = false) {
            const auto piece = history_.piece(id);
            if (!piece) {
                break;
            }
            visit(*piece, first);
            id = piece->parent;
        }
    }
}

void derived_pieces::add(const store::kept_exchange& row, const store::entry& made) {
    way_up way{history_, row, made};
    each_unseen(row, [&](const auto& piece, bool first) {
        first ? way.begin() : way.step();
        if (piece.node == 0 || way.fits(piece.node, piece.leading)) {
            return;
        }
        if (open_.size() < most_open) {
            open_.emplace(piece.id, goal{piece.node, piece.leading});
        } else {
            ++unproved_;
        }
    });
}

void derived_pieces::pass(const store::kept_exchange& row) {
    each_unseen(row, [&](const auto& piece, bool) { unproved_ += piece.node != 0 ? 1 : 0; });
}

/// Each piece is looked at once, whatever the number of requests that hold it.
bool derived_pieces::holds_open(std::int64_t last) {
    std::vector<std::int64_t> passed;
    bool found = false;
    for (auto id = last; id != 0 && !found && !clear_.contains(id);) {
        found = open_.contains(id) || below_.contains(id);
        passed.push_back(id);
        const auto piece = history_.piece(id);
        id = piece && piece->parent < id ? piece->parent : 0;
    }
    for (const auto id : passed) {
        found ? (void)below_.insert(id) : (void)clear_.add(id);
    }
    return found;
}

void derived_pieces::add_again(const store::kept_exchange& row, const turn_again& again) {
    if (open_.empty()) {
        return;
    }
    for (const auto last : rows_.chain_ends(row.seq)) {
        if (!holds_open(last)) {
            continue;
        }
        const auto* const made = again(row.seq);
        std::optional<way_up> way;
        if (made != nullptr) {
            way.emplace(history_, row, *made);
        }
        for (auto id = last; id != 0;) {
            const auto found = open_.find(id);
            if (found != open_.end() && (!way || way->fits(found->second.node, found->second.leading))) {
                unproved_ += way ? 0 : 1;
                open_.erase(found);
            }
            if (way) {
                way->step();
            }
            const auto piece = history_.piece(id);
            id = piece && piece->parent < id ? piece->parent : 0;
        }
    }
}

std::uint64_t derived_pieces::finish(store::findings& wrong) const {
    for (const auto& [id, to] : open_) {
        wrong.add(
            "piece " + std::to_string(id) + ": no request that holds it has led to node " +
            std::to_string(to.node) +
            (to.leading == 0 ? std::string{} : ", with node " + std::to_string(to.leading) + " leading"));
    }
    return unproved_;
}

}  // namespace tapes::record
