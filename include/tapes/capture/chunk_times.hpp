#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::capture {

/// When the pieces of an answer's body came, each with its size. Bounded: with more than `most` pieces,
/// neighbours are put together, so that long streams are told of more coarsely. For one thread at a time.
class chunk_times {
public:
    static constexpr std::size_t most = 2048;

    struct chunk {
        std::uint64_t at_us = 0;  ///< since the first one
        std::uint64_t bytes = 0;  ///< that came then, or since then until the next one
        bool operator==(const chunk&) const = default;
    };

    /// Notes `bytes` that came `at_us` microseconds after any fixed point of a steady clock. Times must not
    /// decrease.
    void add(std::int64_t at_us, std::uint64_t bytes);

    /// Returns the time of the first one, as it was given to `add`.
    std::int64_t began_us() const noexcept { return began_us_; }
    std::size_t size() const noexcept { return chunks_.size(); }
    const std::vector<chunk>& chunks() const noexcept { return chunks_; }

    /// Returns the chunks as pairs of unsigned LEB128 numbers: microseconds since the chunk before, bytes.
    std::string encoded() const;
    /// Reads the same; empty where `encoded` is nothing of the kind.
    static std::vector<chunk> decode(std::string_view encoded);

private:
    void halve();

    std::vector<chunk> chunks_;
    std::int64_t began_us_ = 0;
    std::size_t together_ = 1;  ///< how many pieces make a chunk
    std::size_t in_last_ = 0;   ///< of those, how many the last one has
};

}  // namespace tapes::capture
