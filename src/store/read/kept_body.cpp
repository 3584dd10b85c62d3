#include "read/kept_body.hpp"

#include <algorithm>
#include <utility>

namespace tapes::store {

kept_body::impl::impl(column_frame beside, std::vector<part> parts)
    : beside_{std::move(beside)}, parts_{std::move(parts)} {
    for (const auto& one : parts_) {
        left_ += one.bytes;
    }
}

void kept_body::impl::read(const connection& db, std::string& to, std::size_t most) {
    while (most > 0 && at_ < parts_.size()) {
        const auto& one = parts_[at_];
        if (one.piece != 0 && !piece_) {
            piece_.emplace(column_frame::place{"piece", "bytes", one.piece, one.compressed, one.bytes,
                                               "piece " + std::to_string(one.piece)});
        }
        const auto count = std::min<std::uint64_t>(most, one.bytes - done_);
        (one.piece == 0 ? beside_ : *piece_).read(db, to, static_cast<std::size_t>(count));
        most -= static_cast<std::size_t>(count);
        left_ -= count;
        done_ += count;
        if (done_ == one.bytes) {
            piece_.reset();
            done_ = 0;
            ++at_;
        }
    }
}

kept_body::kept_body(std::unique_ptr<impl> made) : impl_{std::move(made)} {}
kept_body::~kept_body() = default;
kept_body::kept_body(kept_body&&) noexcept = default;
kept_body& kept_body::operator=(kept_body&&) noexcept = default;

std::uint64_t kept_body::left() const noexcept {
    return impl_->left();
}

}  // namespace tapes::store
