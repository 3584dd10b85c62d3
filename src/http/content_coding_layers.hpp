#pragma once

#include <tapes/http/content_coding.hpp>

#include <memory>
#include <string_view>

namespace tapes::http {

/// Undoes one coding piece by piece.
class coding_layer {
public:
    virtual ~coding_layer() = default;

    /// Makes one step: shortens `in` by what it reads, writes to `room` and sets `written`. Returns ok when
    /// it needs more input or another step, done at an end of the coded data, and else a final error. A step
    /// that filled the room must be followed by another one even when `in` is empty.
    virtual decode_status step(std::string_view& in, char* room, std::size_t size, std::size_t& written) = 0;

    /// Returns true where the coded data may end.
    bool at_end() const noexcept { return at_end_; }

    std::uint64_t decoded_bytes = 0;  ///< counted by the decoder

protected:
    bool at_end_ = false;
};

std::unique_ptr<coding_layer> make_gzip_layer();
std::unique_ptr<coding_layer> make_deflate_layer();
std::unique_ptr<coding_layer> make_brotli_layer();
std::unique_ptr<coding_layer> make_zstd_layer(int max_window_log);

}  // namespace tapes::http
