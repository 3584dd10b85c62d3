#include "pieces.hpp"

#include "body_text.hpp"

#include <tapes/text/work_meter.hpp>

#include <openssl/evp.h>

#include <memory>
#include <utility>

namespace tapes::record {

namespace {

/// The rows of pieces of a smaller body take more space than they save; up to `worth_cutting` they do so
/// unless the body has a history.
constexpr std::size_t least_bytes = 1024;
constexpr std::size_t worth_cutting = 4096;
/// How many elements are looked up one by one from the end, before the end of what is stored is searched by
/// halving.
constexpr std::size_t near_end = 4;

/// Computes the digests of pieces: SHA-256 of the digest of the piece before (nothing for the first) and the
/// piece.
class piece_hash {
public:
    merkle::digest next(std::string_view piece) {
        text::count_work(piece.size() + 1);
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

pieced_body::pieced_body(const llm::api& api, std::string_view body) : body_{body} {
    if (api.history.empty() || body.size() < least_bytes) {
        return;
    }
    cut_ = llm::cut_request(api, body);
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
    }
}

void pieced_body::look_up(store::history& history) {
    for (auto& place : places_) {
        place.known = 0;
        place.last_known = {};
        find_known(place, history);
    }
}

void pieced_body::compress_new() {
    for (std::size_t i = 0; i < places_.size(); ++i) {
        auto& place = places_[i];
        const auto& pieces = cut_->places[i].pieces;
        place.first_compressed = place.known;
        place.compressed.reserve(pieces.size() - place.known);
        for (auto next = place.known; next < pieces.size(); ++next) {
            place.compressed.push_back(compress(pieces[next]));
            place.compressed.back().bytes.shrink_to_fit();
        }
    }
}

/// Finds the last piece that is stored. All pieces before a stored one are stored too.
void pieced_body::find_known(placed& in, store::history& history) {
    const auto is_known = [&](std::size_t count) {
        if (const auto found = history.find_piece(in.digests[count - 1])) {
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

std::optional<pieced_body::boundary> pieced_body::known_boundary(const llm::api& api,
                                                                 store::history& history) const {
    if (!cut_ || cut_->history == llm::request_cut::npos) {
        return std::nullopt;
    }
    const auto& pieces = cut_->places[cut_->history].pieces;
    const auto& place = places_[cut_->history];
    std::optional<store::history::known_piece> at = place.last_known;
    for (auto count = place.known; count > 0 && at; --count) {
        const bool clean = count == pieces.size() || api.joins == nullptr ||
                           !api.joins(llm::element_of(pieces[count - 1]), llm::element_of(pieces[count]));
        if (at->node != 0 && clean) {
            return boundary{count, *at};
        }
        at = at->parent != 0 ? history.piece(at->parent) : std::nullopt;
    }
    return std::nullopt;
}

std::size_t pieced_body::elements() const noexcept {
    return !cut_ || cut_->history == llm::request_cut::npos ? 0 : cut_->places[cut_->history].pieces.size();
}

void pieced_body::keep(store::wire& in, const std::function<int(std::size_t element)>& node_behind) {
    std::string beside;
    std::size_t at = 0;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto& from = cut_->places[i];
        auto& place = places_[i];
        beside.append(body_.substr(at, from.begin - at));
        at = from.end;
        auto& chain = in.pieces.emplace_back();
        chain.offset = beside.size();
        chain.known = place.last_known.id;
        chain.last = place.digests.empty() ? merkle::digest{} : place.digests.back();
        for (auto next = place.known; next < from.pieces.size(); ++next) {
            const auto node = from.history ? node_behind(next) : store::piece::no_node;
            const auto ready = next - place.first_compressed;  // wraps where it is not
            auto bytes = ready < place.compressed.size() ? std::move(place.compressed[ready])
                                                         : compress(from.pieces[next]);
            chain.added.push_back({place.digests[next], std::move(bytes), node});
        }
    }
    beside.append(body_.substr(at));
    in.request = compress(beside);
}

std::uint64_t pieced_body::held_bytes() const noexcept {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto& place = places_[i];
        sum += place.digests.capacity() * sizeof(merkle::digest) +
               cut_->places[i].pieces.capacity() * sizeof(std::string_view) +
               place.compressed.capacity() * sizeof(store::wire_bytes);
        for (const auto& one : place.compressed) {
            sum += one.bytes.capacity();
        }
    }
    return sum;
}

}  // namespace tapes::record
