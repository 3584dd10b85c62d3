#pragma once

#include <tapes/http/content_coding.hpp>

#include <memory>
#include <string_view>

namespace tapes::http {

/// One coding, undone piece by piece.
class coding_layer {
public:
    virtual ~coding_layer() = default;

    /// One step: takes from `in` (shortening it) and writes to `room`, setting `written`. ok: more input or
    /// another step is needed; done: at an end of the coded data; else final. A step that filled the room
    /// must be followed by another one even when `in` is empty.
    virtual decode_status step(std::string_view& in, char* room, std::size_t size, std::size_t& written) = 0;

    /// The coded data may end here.
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
