#include "pieces.hpp"

#include "body_text.hpp"

#include <openssl/evp.h>

#include <memory>

namespace tapes::record {

namespace {

/// Below this a body's rows of pieces take more than they save; and up to `worth_cutting`, unless there is a
/// history.
constexpr std::size_t least_bytes = 1024;
constexpr std::size_t worth_cutting = 4096;
/// So many elements are looked for one by one from the end, before the end of what is known is searched for.
constexpr std::size_t near_end = 4;

/// SHA-256 of the digest of the piece before (nothing for the first) and the piece.
class piece_hash {
public:
    merkle::digest next(std::string_view piece) {
        merkle::digest made{};
        unsigned size = 0;
        EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
        if (any_) {
            EVP_DigestUpdate(context_.get(), last_.data(), last_.size());
        }
        EVP_DigestUpdate(context_.get(), piece.data(), piece.size());
        EVP_DigestFinal_ex(context_.get(), made.data(), &size);
        any_ = true;
        return last_ = made;
    }

private:
    struct deleter {
        void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
    };
    std::unique_ptr<EVP_MD_CTX, deleter> context_{EVP_MD_CTX_new()};
    merkle::digest last_{};
    bool any_ = false;
};

}  // namespace

pieced_body::pieced_body(const llm::api& of, std::string_view body, store::history* past)
    : body_{body}, past_{past} {
    if (of.history.empty() || body.size() < least_bytes) {
        return;
    }
    cut_ = llm::cut_request(of, body);
    if (!cut_) {
        return;
    }
    const bool long_history =
        cut_->history != llm::request_cut::npos && cut_->places[cut_->history].pieces.size() > 2;
    if (cut_->places.empty() || (body.size() < worth_cutting && !long_history)) {
        cut_.reset();
        return;
    }
    places_.resize(cut_->places.size());
    for (std::size_t i = 0; i < places_.size(); ++i) {
        piece_hash hash;
        for (const auto piece : cut_->places[i].pieces) {
            places_[i].digests.push_back(hash.next(piece));
        }
        if (past_ != nullptr) {
            find_known(places_[i]);
        }
    }
}

/// A known piece implies that those before it are known.
void pieced_body::find_known(placed& in) {
    const auto is_known = [&](std::size_t count) {
        if (const auto found = past_->find_piece(in.digests[count - 1])) {
            in.known = count;
            in.last_known = *found;
            return true;
        }
        return false;
    };
    auto most = in.digests.size();
    for (std::size_t tries = 0; tries < near_end && most > 0; ++tries) {
        if (is_known(most)) {
            return;
        }
        --most;
    }
    for (std::size_t least = 0; least < most;) {
        const auto middle = least + (most - least + 1) / 2;
        if (is_known(middle)) {
            least = middle;
        } else {
            most = middle - 1;
        }
    }
}

std::optional<pieced_body::boundary> pieced_body::known_boundary(const llm::api& of) const {
    if (!cut_ || cut_->history == llm::request_cut::npos) {
        return std::nullopt;
    }
    const auto& pieces = cut_->places[cut_->history].pieces;
    const auto& place = places_[cut_->history];
    std::optional<store::history::known_piece> at = place.last_known;
    for (auto count = place.known; count > 0 && at; --count) {
        const bool clean = count == pieces.size() || of.joins == nullptr ||
                           !of.joins(llm::element_of(pieces[count - 1]), llm::element_of(pieces[count]));
        if (at->node != 0 && clean) {
            return boundary{count, *at};
        }
        at = at->parent != 0 ? past_->piece(at->parent) : std::nullopt;
    }
    return std::nullopt;
}

std::size_t pieced_body::elements() const noexcept {
    return !cut_ || cut_->history == llm::request_cut::npos ? 0 : cut_->places[cut_->history].pieces.size();
}

void pieced_body::keep(store::wire& in, const std::function<int(std::size_t element)>& node_behind) const {
    std::string beside;
    std::size_t at = 0;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto& from = cut_->places[i];
        const auto& place = places_[i];
        beside.append(body_.substr(at, from.begin - at));
        at = from.end;
        auto& chain = in.pieces.emplace_back();
        chain.offset = beside.size();
        chain.known = place.last_known.id;
        for (auto next = place.known; next < from.pieces.size(); ++next) {
            const auto node = from.history ? node_behind(next) : store::piece::no_node;
            chain.added.push_back({place.digests[next], compress(from.pieces[next]), node});
        }
    }
    beside.append(body_.substr(at));
    in.request = compress(beside);
}

}  // namespace tapes::record
