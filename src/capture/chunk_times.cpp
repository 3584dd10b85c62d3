#include <tapes/capture/chunk_times.hpp>

#include <algorithm>

namespace tapes::capture {

namespace {

void append_number(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
        out.push_back(static_cast<char>((value & 0x7F) | 0x80));
    }
    out.push_back(static_cast<char>(value));
}

/// Takes a number off the front. Returns false where there is none.
bool take_number(std::string_view& from, std::uint64_t& value) noexcept {
    constexpr unsigned bits = 64;
    value = 0;
    for (unsigned shift = 0; shift < bits && !from.empty(); shift += 7) {
        const auto byte = static_cast<std::uint8_t>(from.front());
        from.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
        if (byte < 0x80) {
            return true;
        }
    }
    return false;
}

}  // namespace

void chunk_times::add(std::int64_t at_us, std::uint64_t bytes) {
    if (chunks_.empty()) {
        began_us_ = at_us;
    }
    if (!chunks_.empty() && in_last_ < together_) {
        chunks_.back().bytes += bytes;
        ++in_last_;
        return;
    }
    if (chunks_.size() == most) {
        halve();
    }
    chunks_.push_back({static_cast<std::uint64_t>(std::max<std::int64_t>(at_us - began_us_, 0)), bytes});
    in_last_ = 1;
}

void chunk_times::halve() {
    for (std::size_t i = 0; i < most / 2; ++i) {
        chunks_[i] = {chunks_[2 * i].at_us, chunks_[2 * i].bytes + chunks_[2 * i + 1].bytes};
    }
    chunks_.resize(most / 2);
    together_ *= 2;
}

std::string chunk_times::encoded() const {
    std::string out;
    std::uint64_t before = 0;
    for (const auto& one : chunks_) {
        append_number(out, one.at_us - before);
        append_number(out, one.bytes);
        before = one.at_us;
    }
    return out;
}

std::vector<chunk_times::chunk> chunk_times::decode(std::string_view encoded) {
    std::vector<chunk> read;
    std::uint64_t at_us = 0;
    while (!encoded.empty()) {
        std::uint64_t since = 0;
        std::uint64_t bytes = 0;
        if (!take_number(encoded, since) || !take_number(encoded, bytes)) {
            return {};
        }
        at_us += since;
        read.push_back({at_us, bytes});
    }
    return read;
}

}  // namespace tapes::capture
