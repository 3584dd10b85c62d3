#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

/// What all fuzz targets share. A target checks properties besides memory: it ends the process where one does
/// not hold, which the fuzzer reports with the input like any other crash.
namespace tapes::fuzz {

/// Ends the process with the property's name unless it holds.
inline void require(bool holds, const char* property) {
    if (!holds) {
        std::fprintf(stderr, "property does not hold: %s\n", property);
        __builtin_trap();
    }
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Takes the first line off `bytes`, without its LF.
inline std::string_view take_line(std::string_view& bytes) {
    const auto end = std::min(bytes.find('\n'), bytes.size());
    const auto line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    return line;
}

/// Numbers that follow from the input alone. So a file of a corpus is the plain bytes that a target is about,
/// and runs the same each time.
class dice {
public:
    explicit dice(std::string_view bytes) {
        for (const char c : bytes) {
            state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
        }
    }

    /// At least 0, less than `sides` (which is not 0).
    std::size_t roll(std::size_t sides) {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return static_cast<std::size_t>(state_ % sides);
    }

private:
    std::uint64_t state_ = 0xCBF29CE484222325U;
};

/// Longer than any input: not cut at all.
constexpr std::size_t uncut = std::size_t{1} << 30U;

/// Calls `take(piece, begin)` with one piece after the other, of at most `longest` bytes. Longer ones are
/// copies of their own, so that the address sanitizer sees a read past their end.
template <class Take>
void each_piece(std::string_view bytes, std::size_t longest, Take&& take) {
    dice lengths{bytes};
    for (std::size_t begin = 0; begin < bytes.size();) {
        const auto size =
            longest == uncut ? bytes.size() : std::min(1 + lengths.roll(longest), bytes.size() - begin);
        const auto part = bytes.substr(begin, size);
        if (longest == 1) {
            take(part, begin);
        } else {
            const std::vector<char> copy(part.begin(), part.end());
            take(std::string_view{copy.data(), copy.size()}, begin);
        }
        begin += size;
    }
}

/// What a run over an input gave must not depend on where it was cut: calls `run(longest)` for all in one,
/// for single bytes and for random pieces, and compares what it returns. Returns what it gave for all in one.
template <class Run>
auto same_in_any_split(std::string_view bytes, const char* property, Run&& run) {
    auto whole = run(uncut);
    if (bytes.size() <= 1024) {
        require(run(1) == whole, property);
    }
    require(run(9) == whole, property);
    require(run(200) == whole, property);
    return whole;
}

}  // namespace tapes::fuzz
