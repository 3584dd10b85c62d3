#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace tapes::read {

/// Up to which offset of a decoded body its bytes had come at which time.
struct arrival {
    std::uint64_t bytes = 0;
    std::int64_t at_us = 0;
    bool operator==(const arrival&) const = default;
};

/// When the bytes of a body had come, ascending. `wire_sizes` are those of its pieces as they came.
class arrival_times {
public:
    void add(std::uint64_t bytes, std::int64_t at_us) { all_.push_back({bytes, at_us}); }
    bool empty() const noexcept { return all_.empty(); }
    /// When the byte before `offset` had come; 0: not known. Offsets must not decrease between calls.
    std::int64_t at(std::uint64_t offset) noexcept {
        while (next_ < all_.size() && all_[next_].bytes < offset) {
            ++next_;
        }
        return next_ < all_.size() ? all_[next_].at_us : 0;
    }

private:
    std::vector<arrival> all_;
    std::size_t next_ = 0;
};

}  // namespace tapes::read
