#include "difference/block_comparison.hpp"
#include "difference/pairing.hpp"

#include <tapes/read/difference.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

namespace tapes::read {

namespace {

/// A node behind what is common.
struct chain_place {
    std::int64_t node = 0;
    std::uint64_t turn = 0;
    std::string role;
    merkle::digest said{};  ///< of its role and its content
};

using chain_links = std::vector<store::chain_link>;

std::uint64_t answers_of(const chain_links& links, std::size_t count) {
    return static_cast<std::uint64_t>(std::count_if(links.begin(),
                                                    links.begin() + static_cast<std::ptrdiff_t>(count),
                                                    [](const store::chain_link& one) { return one.answer; }));
}

chain_side side_of_chain(sources& from, const chain_links& links, std::size_t count) {
    chain_side made;
    made.nodes = count;
    made.turns = answers_of(links, count);
    if (count != 0) {
        made.node = links[count - 1].node;
        const auto row = from.chains.row(made.node);
        made.hash = row ? row->hash : merkle::digest{};
    }
    return made;
}

/// Piece by piece, for contents may be large; pieces of the same content are the same.
merkle::digest digest_of_said(sources& from, std::int64_t node, const std::string& role) {
    auto made = merkle::sha256(role);
    text::count_work(1);
    from.chains.content(node, [&](std::string_view piece) {
        text::count_work(piece.size());
        std::string both{reinterpret_cast<const char*>(made.data()), made.size()};
        both += piece;
        made = merkle::sha256(both);
        return true;
    });
    return made;
}

std::vector<chain_place> places_behind(sources& from, const chain_links& links, std::size_t common) {
    std::vector<chain_place> places;
    auto turn = answers_of(links, common) + 1;
    for (auto i = common; i < links.size(); ++i) {
        chain_place one;
        one.node = links[i].node;
        one.turn = turn;
        turn += links[i].answer ? 1 : 0;
        const auto row = from.chains.row(one.node);
        one.role = row ? row->role : "";
        one.said = digest_of_said(from, one.node, one.role);
        places.push_back(std::move(one));
    }
    return places;
}

std::string place_text(std::int64_t left, std::int64_t right) {
    return std::to_string(left) + "." + std::to_string(right);
}

}  // namespace

class chain_difference::impl {
public:
    impl(sources& from, const difference_request& request);

    std::optional<message_difference> next();

    chain_side left, right, common;
    std::string place;

private:
    std::int64_t left_node(const paired& pair) const { return pair.left ? lefts_[*pair.left].node : 0; }
    std::int64_t right_node(const paired& pair) const { return pair.right ? rights_[*pair.right].node : 0; }
    message_side side(const chain_place& of);

    sources& from_;
    difference_request request_;
    std::vector<chain_place> lefts_, rights_;
    std::vector<paired> pairs_;
    std::size_t at_ = 0;
};

chain_difference::impl::impl(sources& from, const difference_request& request)
    : from_{from}, request_{request} {
    const auto left_links = from.chains.chain(request.left);
    const auto right_links = from.chains.chain(request.right);
    const auto ends = std::ranges::mismatch(left_links, right_links, {}, &store::chain_link::node,
                                            &store::chain_link::node);
    const auto count = static_cast<std::size_t>(ends.in1 - left_links.begin());
    left = side_of_chain(from, left_links, left_links.size());
    right = side_of_chain(from, right_links, right_links.size());
    common = side_of_chain(from, left_links, count);
    lefts_ = places_behind(from, left_links, count);
    rights_ = places_behind(from, right_links, count);
    std::map<merkle::digest, std::uint32_t> known;
    const auto number = [&](const std::vector<chain_place>& places) {
        std::vector<std::uint32_t> numbers;
        numbers.reserve(places.size());
        for (const auto& one : places) {
            numbers.push_back(
                known.emplace(one.said, static_cast<std::uint32_t>(known.size())).first->second);
        }
        return numbers;
    };
    const auto left_numbers = number(lefts_);
    const auto right_numbers = number(rights_);
    pairs_ = pair_up(left_numbers, right_numbers, [&](std::size_t one, std::size_t other) {
        return lefts_[one].role == rights_[other].role;
    });
    if (!request.after.empty()) {
        const auto told = std::ranges::find_if(pairs_, [&](const paired& one) {
            return place_text(left_node(one), right_node(one)) == request.after;
        });
        if (told == pairs_.end()) {
            throw std::invalid_argument{"it is no place of this difference"};
        }
        at_ = static_cast<std::size_t>(told - pairs_.begin()) + 1;
    }
}

message_side chain_difference::impl::side(const chain_place& of) {
    const auto row = from_.chains.row(of.node);
    return {of.node, row ? row->hash : merkle::digest{}, of.role, of.turn};
}

std::optional<message_difference> chain_difference::impl::next() {
    if (at_ == pairs_.size()) {
        return std::nullopt;
    }
    const auto& pair = pairs_[at_++];
    message_difference made;
    if (pair.left) {
        made.left = side(lefts_[*pair.left]);
    }
    if (pair.right) {
        made.right = side(rights_[*pair.right]);
    }
    made.kind = pair.same     ? change::same
                : !pair.left  ? change::added
                : !pair.right ? change::removed
                              : change::changed;
    if (!pair.same) {
        compare_blocks(from_, left_node(pair), right_node(pair), request_, made);
    }
    place = place_text(left_node(pair), right_node(pair));
    return made;
}

chain_difference::chain_difference(sources& from, const difference_request& request)
    : impl_{std::make_unique<impl>(from, request)} {}
chain_difference::~chain_difference() = default;

const chain_side& chain_difference::left() const noexcept {
    return impl_->left;
}
const chain_side& chain_difference::right() const noexcept {
    return impl_->right;
}
const chain_side& chain_difference::common() const noexcept {
    return impl_->common;
}

std::optional<message_difference> chain_difference::next() {
    return impl_->next();
}

std::string chain_difference::place() const {
    return impl_->place;
}

}  // namespace tapes::read
