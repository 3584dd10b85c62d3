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
    ok,         ///< no fault so far; more coded data may come
    done,       ///< the coded data is complete; another member may still follow
    truncated,  ///< the data broke off; what came before the break is in the output
    corrupt,    ///< the data stops being of that coding; what came before is in the output, for br and zstd
                ///< without what the last piece of coded bytes held
    too_large,  ///< a layer exceeds its limit; what came before is in the output
    unknown_coding,  ///< an unknown coding, or more than 5 codings
    refused,         ///< decode_all only: the reserve callback returned false
};

/// Names a status for log lines: "ok", "done", …
std::string_view to_string(decode_status status) noexcept;

/// Returns true when the value of Content-Encoding names no coding, so that the bytes need no decoding.
bool is_identity(std::string_view content_encoding) noexcept;

/// Returns those of the codings that are known, in their order: "gzip" for "gzip, utf-8".
std::string known_codings(std::string_view content_encoding);

/// Returns the name of the coding that the first bytes show: "gzip", "zstd"; "" for others, which have no
/// mark.
std::string_view shown_coding(std::string_view bytes) noexcept;

/// Returns the codings to undo of a body: those of its Content-Encoding, or where that names none the one
/// that the first bytes show; "" where there is none. Some senders use a coding and do not name it.
std::string_view coding_of(std::string_view content_encoding, std::string_view bytes) noexcept;

/// Undoes one coding. Internal to the decoder.
class coding_layer;

/// Is called before memory for that many more bytes is taken. Returning false refuses it.
using reserve_bytes = std::function<bool(std::size_t bytes)>;

/// Takes the next decoded bytes, which are valid during the call.
using take_bytes = std::function<void(std::string_view bytes)>;

/// Undoes a Content-Encoding (RFC 9110 §8.4) piece by piece. It knows gzip, x-gzip, deflate (zlib and raw),
/// br, zstd and identity, undoes a stack such as "gzip, br" from right to left, and reads concatenated gzip
/// members and zstd frames. It ignores bytes after the end of the coded data that start no further member.
///
/// What the sender flushed comes out with the feed that brings its last byte. Memory is bounded by the
/// windows of the codings (at most 32 MiB a layer) and by what is appended, time by the limit of each layer.
/// Not thread-safe. Throws nothing but std::bad_alloc.
class decoder {
public:
    /// `content_encoding` holds the values of all its field lines, joined with commas.
    explicit decoder(std::string_view content_encoding, decode_limits limits = {});
    ~decoder();
    decoder(decoder&&) noexcept;
    decoder& operator=(decoder&&) noexcept;

    /// Appends to `out` what `in` decodes to. Every status but ok and done is final: later calls return it
    /// again.
    decode_status feed(std::string_view in, std::string& out);
    /// Hands what `in` decodes to to `take`, in pieces of at most 16 KiB, so that a large output needs little
    /// memory.
    decode_status feed(std::string_view in, const take_bytes& take);

    /// Ends the input. Returns done, truncated, or the error of an earlier feed. A body without any coded
    /// bytes is done.
    decode_status finish() const noexcept;

private:
    friend struct decode_run;

    std::vector<std::unique_ptr<coding_layer>> layers_;  ///< in the order of undoing
    decode_limits limits_;
    decode_status status_ = decode_status::ok;
    bool started_ = false;
};

/// A decoded body.
struct decoded {
    decode_status status = decode_status::ok;  ///< done when whole
    std::string bytes;               ///< all of the decoded body, or the beginning that could be decoded
    std::size_t reserved_bytes = 0;  ///< bytes that `reserve` granted in all; the caller returns them
};

/// Decodes a whole body. An empty `reserve` grants everything.
decoded decode_all(std::string_view content_encoding, std::string_view bytes,
                   const decode_limits& limits = {}, const reserve_bytes& reserve = {});

}  // namespace tapes::http
