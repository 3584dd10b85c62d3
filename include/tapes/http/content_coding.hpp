#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::http {

struct decode_limits {
    std::uint64_t max_decoded_bytes = 48ull * 1024 * 1024;  ///< of each layer
    int max_zstd_window_log = 25;                           ///< frames that ask for more are too_large
};

enum class decode_status : std::uint8_t {
    ok,              ///< so far so good; the coded data may go on
    done,            ///< the coded data is complete (another member may still follow)
    truncated,       ///< the data broke off; what came before the break is in the output
    corrupt,         ///< not that coding from some byte on; what came before is in the output, of br and
                     ///< zstd without what the last piece of coded bytes held
    too_large,       ///< a layer exceeds its limit; what came before is in the output
    unknown_coding,  ///< a coding that we do not know, or more than 5 of them
    refused,         ///< decode_all only: the reserve callback said no
};

/// "ok", "done", ... for log lines.
std::string_view to_string(decode_status status) noexcept;

/// True when the value of Content-Encoding names no coding: then the bytes are what they are.
bool is_identity(std::string_view content_encoding) noexcept;

/// Undoes one coding; internal.
class coding_layer;

/// Asked before memory for that many more bytes is taken; false refuses.
using reserve_bytes = std::function<bool(std::size_t bytes)>;

/// Takes the next decoded bytes; they are valid during the call.
using take_bytes = std::function<void(std::string_view bytes)>;

/// Undoes a Content-Encoding (RFC 9110 §8.4) piece by piece: gzip, x-gzip, deflate (zlib and raw), br, zstd,
/// identity; a stack such as "gzip, br" from right to left; concatenated gzip members and zstd frames. Bytes
/// after the end of the coded data that start no further member are ignored.
///
/// What the sender flushed comes out with the feed that brings its last byte. Memory is bounded by the
/// codings' windows (at most 32 MiB a layer) and what is appended, time by the limit of each layer. Not
/// thread-safe. Throws nothing but std::bad_alloc.
class decoder {
public:
    /// `content_encoding`: the values of all its lines, joined with commas.
    explicit decoder(std::string_view content_encoding, decode_limits limits = {});
    ~decoder();
    decoder(decoder&&) noexcept;
    decoder& operator=(decoder&&) noexcept;

    /// Appends to `out` what `in` decodes to. Any answer but ok and done is final and is given again.
    decode_status feed(std::string_view in, std::string& out);
    /// The same in pieces of at most 16 KiB, so that little is held of much.
    decode_status feed(std::string_view in, const take_bytes& take);

    /// The input is over: done, truncated, or the error of before. No coded bytes at all are an empty body:
    /// done.
    decode_status finish() const noexcept;

private:
    friend struct decode_run;

    std::vector<std::unique_ptr<coding_layer>> layers_;  ///< in the order of undoing
    decode_limits limits_;
    decode_status status_ = decode_status::ok;
    bool started_ = false;
};

struct decoded {
    decode_status status = decode_status::ok;  ///< done when whole
    std::string bytes;                         ///< what could be decoded: all, or a prefix
    std::size_t reserved_bytes = 0;            ///< what `reserve` granted in all; the caller gives it back
};

/// Decodes a whole body. An empty `reserve` grants everything.
decoded decode_all(std::string_view content_encoding, std::string_view bytes,
                   const decode_limits& limits = {}, const reserve_bytes& reserve = {});

}  // namespace tapes::http
