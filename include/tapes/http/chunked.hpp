#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tapes::http {

/// Reads the chunked transfer coding (RFC 9112 §7.1) without changing it: it finds the data in the raw bytes,
/// so that these can be passed on as they came, with extensions and trailers. It accepts sizes below 2^63 in
/// 1 to 16 hexadecimal digits, CRLF line ends only, no NUL, size lines of at most 4 KiB and trailers of at
/// most 64 KiB.
class chunked_scanner {
public:
    enum class event : std::uint8_t {
        more,        ///< all of `bytes` is consumed
        data,        ///< `data` lies in the bytes consumed
        last_chunk,  ///< the size line of the last chunk was read; it began at `line`
        end,         ///< the body is over; what is not consumed belongs to the next message
        error,       ///< not the chunked coding
    };

    struct step {
        event kind = event::more;
        std::size_t consumed = 0;
        std::string_view data;
        /// The offset in `bytes` at which the size line of the chunk begins, 0 if an earlier call read it.
        /// For data that continues data of an earlier step: the offset of this data.
        std::size_t line = 0;
    };

    /// Reads up to the next event. Call it again with the bytes that were not consumed.
    step next(std::string_view bytes) noexcept;

private:
    enum class state : std::uint8_t {
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer,
        trailer_lf,
        done
    };

    step size_line(std::string_view bytes) noexcept;
    step trailers(std::string_view bytes, std::size_t at) noexcept;

    state state_ = state::size;
    std::uint64_t left_ = 0;      ///< bytes of the chunk's data that are still to come
    std::size_t line_bytes_ = 0;  ///< of the current size line or trailer line
    std::size_t trailer_bytes_ = 0;
    int digits_ = 0;
};

}  // namespace tapes::http
