#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tapes::api {

class record;

/// The rest of a body that is read while it is written, so that it is never in memory as a whole.
class long_body {
public:
    virtual ~long_body() = default;

    /// How many bytes there still are.
    virtual std::uint64_t left() const = 0;
    /// Appends the next bytes, about `most` of them. Called on one of the reader threads, each time perhaps
    /// on another one. Throws std::exception where they cannot be read: the connection then ends.
    virtual void read(record& from, std::string& to, std::size_t most) = 0;
};

/// So much of a body is read at a time.
inline constexpr std::size_t long_body_piece = std::size_t{256} << 10;
/// What such a body takes of memory, about, with what undoes its compression.
inline constexpr std::size_t long_body_memory = std::size_t{4} << 20;

}  // namespace tapes::api
