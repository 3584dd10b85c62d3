#include "read/column_frame.hpp"

#include "read/column_bytes.hpp"

#include <algorithm>
#include <new>
#include <stdexcept>
#include <utility>

namespace tapes::store {

namespace {

/// To find a place in a column SQLite goes through all pages before it, so a column is read in few steps.
constexpr int most_frames = 64;
constexpr int smallest_step = 64 * 1024;
constexpr int largest_step = 8 * 1024 * 1024;

}  // namespace

column_frame::column_frame(place at) : at_{std::move(at)} {
    if (at_.compressed) {
        context_.reset(ZSTD_createDCtx());
        if (!context_) {
            throw std::bad_alloc{};
        }
    }
}

void column_frame::refuse(const char* why) const {
    throw std::runtime_error{at_.what + " " + why};
}

void column_frame::read(const connection& db, std::string& to, std::size_t count) {
    const auto begin = to.size();
    if (context_) {
        to.resize(begin + count);
        read_compressed(db, to.data() + begin, count);
        return;
    }
    while (to.size() < begin + count) {
        if (used_ == held_.size()) {
            read_stored(db);
        }
        const auto part = std::min(held_.size() - used_, begin + count - to.size());
        to.append(held_, used_, part);
        used_ += part;
    }
}

void column_frame::read_compressed(const connection& db, char* to, std::size_t count) {
    ZSTD_outBuffer out{to, count, 0};
    while (out.pos < out.size) {
        if (used_ == held_.size()) {
            read_stored(db);
        }
        ZSTD_inBuffer in{held_.data(), held_.size(), used_};
        const auto left = ZSTD_decompressStream(context_.get(), &out, &in);
        used_ = in.pos;
        if (ZSTD_isError(left) != 0U || (left == 0 && out.pos < out.size)) {
            refuse("is not the zstd frame that it should be");
        }
    }
}

/// Reads on in the column.
void column_frame::read_stored(const connection& db) {
    const column_bytes column{db, at_.table, at_.column, at_.row};
    const bool first = stored_ < 0;
    if (!first && column.size() != stored_) {
        refuse("has changed while it was read");
    }
    stored_ = column.size();
    const auto step = std::clamp(stored_ / most_frames, smallest_step, largest_step);
    held_.resize(static_cast<std::size_t>(std::min(step, stored_ - next_)));
    used_ = 0;
    if (held_.empty() || !column.read(held_.data(), static_cast<int>(held_.size()), next_)) {
        refuse("cannot be read");
    }
    next_ += static_cast<int>(held_.size());
    // The frame tells before so much memory is taken.
    const bool as_told = context_ ? ZSTD_getFrameContentSize(held_.data(), held_.size()) == at_.bytes
                                  : static_cast<std::uint64_t>(stored_) == at_.bytes;
    if (first && !as_told) {
        refuse(context_ ? "is not the zstd frame that it should be" : "has not the size that it should have");
    }
}

}  // namespace tapes::store
