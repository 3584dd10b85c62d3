#include "content_coding_layers.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <limits>
#include <new>

namespace tapes::http {
namespace {

uInt clamp_size(std::size_t size) noexcept {
    return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class inflate_layer : public coding_layer {
public:
    ~inflate_layer() override {
        if (open_) {
            inflateEnd(&stream_);
        }
    }

protected:
    static constexpr int gzip_window = 16 + MAX_WBITS;

    void open(int window_bits) {
        if (inflateInit2(&stream_, window_bits) != Z_OK) {
            throw std::bad_alloc{};
        }
        open_ = true;
    }

    int run(std::string_view& in, char* room, std::size_t size, std::size_t& written) {
        const uInt given = clamp_size(in.size());
        const uInt free = clamp_size(size);
        // zlib's interface is not const-correct; it does not write to its input.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
        stream_.avail_in = given;
        stream_.next_out = reinterpret_cast<Bytef*>(room);
        stream_.avail_out = free;
        const int answer = inflate(&stream_, Z_SYNC_FLUSH);
        in.remove_prefix(given - stream_.avail_in);
        written = free - stream_.avail_out;
        if (answer == Z_MEM_ERROR) {
            throw std::bad_alloc{};
        }
        return answer;
    }

    z_stream stream_{};
    bool open_ = false;
};

class gzip_layer final : public inflate_layer {
public:
    gzip_layer() { open(gzip_window); }

    decode_status step(std::string_view& in, char* room, std::size_t size, std::size_t& written) override {
        if (over_) {
            in = {};
            return decode_status::done;
        }
        if (at_end_) {
            if (in.empty()) {
                return decode_status::done;
            }
            if (in.front() != '\x1f') {
                over_ = true;
                in = {};
                return decode_status::done;
            }
            inflateReset(&stream_);
            at_end_ = false;
            ++members_;
        }
        const int answer = run(in, room, size, written);
        if (answer == Z_STREAM_END) {
            at_end_ = true;
            return decode_status::done;
        }
        if (answer == Z_OK || answer == Z_BUF_ERROR) {
            return decode_status::ok;
        }
        if (members_ > 0 && stream_.total_in <= 2) {
            // These two bytes began like another member, and are none.
            at_end_ = over_ = true;
            in = {};
            return decode_status::done;
        }
        return decode_status::corrupt;
    }

private:
    int members_ = 0;
    bool over_ = false;
};

/// Undoes deflate, which is the zlib format (RFC 9110 §8.4.1.2), but some senders leave its header away. No
/// encoder of raw deflate begins with the two bytes of a zlib header: that would be a stored block with
/// padding bits set.
class deflate_layer final : public inflate_layer {
public:
    decode_status step(std::string_view& in, char* room, std::size_t size, std::size_t& written) override {
        if (at_end_) {
            in = {};
            return decode_status::done;
        }
        while (!open_ && !in.empty()) {
            start_[started_++] = static_cast<unsigned char>(in.front());
            in.remove_prefix(1);
            if (started_ == 2) {
                open(looks_like_zlib() ? MAX_WBITS : -MAX_WBITS);
            }
        }
        if (!open_) {
            return decode_status::ok;
        }
        if (taken_ < 2) {
            std::string_view start{reinterpret_cast<const char*>(start_) + taken_, 2u - taken_};
            const std::size_t before = start.size();
            const int answer = run(start, room, size, written);
            taken_ += static_cast<unsigned>(before - start.size());
            return judge(answer, in);
        }
        return judge(run(in, room, size, written), in);
    }

private:
    bool looks_like_zlib() const noexcept {
        return (start_[0] & 0x0fu) == Z_DEFLATED && (start_[0] >> 4u) <= 7u &&
               (start_[0] * 256u + start_[1]) % 31u == 0;
    }

    decode_status judge(int answer, std::string_view& in) {
        if (answer == Z_STREAM_END) {
            at_end_ = true;
            in = {};
            return decode_status::done;
        }
        return answer == Z_OK || answer == Z_BUF_ERROR ? decode_status::ok : decode_status::corrupt;
    }

    unsigned char start_[2] = {};
    unsigned started_ = 0;
    unsigned taken_ = 0;  ///< bytes of start_ that zlib has taken
};

class brotli_layer final : public coding_layer {
public:
    brotli_layer() : state_{BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)} {
        if (state_ == nullptr) {
            throw std::bad_alloc{};
        }
    }
    ~brotli_layer() override { BrotliDecoderDestroyInstance(state_); }
    brotli_layer(const brotli_layer&) = delete;
    brotli_layer& operator=(const brotli_layer&) = delete;

    decode_status step(std::string_view& in, char* room, std::size_t size, std::size_t& written) override {
        if (at_end_) {
            in = {};
            return decode_status::done;
        }
        // At a fault the library keeps back what it has decoded since it last asked for more, so it gets
        // little at a time: an eighth of what it has taken.
        const std::size_t slice = std::clamp<std::size_t>(taken_ / 8, 1, 512);
        const std::size_t offered = std::min(in.size(), slice);
        std::size_t given = offered;
        std::size_t free = size;
        const auto* next_in = reinterpret_cast<const std::uint8_t*>(in.data());
        auto* next_out = reinterpret_cast<std::uint8_t*>(room);
        const auto answer =
            BrotliDecoderDecompressStream(state_, &given, &next_in, &free, &next_out, nullptr);
        in.remove_prefix(offered - given);
        taken_ += offered - given;
        written = size - free;
        if (answer == BROTLI_DECODER_RESULT_SUCCESS) {
            at_end_ = true;
            in = {};
            return decode_status::done;
        }
        return answer == BROTLI_DECODER_RESULT_ERROR ? decode_status::corrupt : decode_status::ok;
    }

private:
    BrotliDecoderState* state_;
    std::size_t taken_ = 0;
};

class zstd_layer final : public coding_layer {
public:
    explicit zstd_layer(int max_window_log) : context_{ZSTD_createDCtx()} {
        if (context_ == nullptr) {
            throw std::bad_alloc{};
        }
        ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, max_window_log);
    }
    ~zstd_layer() override { ZSTD_freeDCtx(context_); }
    zstd_layer(const zstd_layer&) = delete;
    zstd_layer& operator=(const zstd_layer&) = delete;

    decode_status step(std::string_view& in, char* room, std::size_t size, std::size_t& written) override {
        if (over_ || (at_end_ && (in.empty() || !may_start_frame(in.front())))) {
            over_ = over_ || !in.empty();
            in = {};
            return decode_status::done;
        }
        if (frame_bytes_ == 0 && !in.empty() && !further_ && !at_end_ && !may_start_frame(in.front())) {
            return decode_status::corrupt;  // the library also reads the formats of before RFC 8878
        }
        further_ = further_ || at_end_;
        if (at_end_) {
            at_end_ = false;
            frame_bytes_ = 0;
        }
        // The library reads a frame that comes whole in another way than one in pieces, and takes a content
        // that is shorter than its header tells for a fault only there. So no frame is given whole.
        const std::size_t offered =
            frame_bytes_ < max_header_bytes ? std::min<std::size_t>(in.size(), 1) : in.size();
        ZSTD_inBuffer source{in.data(), offered, 0};
        ZSTD_outBuffer target{room, size, 0};
        const std::size_t answer = ZSTD_decompressStream(context_, &target, &source);
        const std::size_t before = frame_bytes_;
        in.remove_prefix(source.pos);
        frame_bytes_ += source.pos;
        written = target.pos;
        if (ZSTD_isError(answer) != 0) {
            return judge(ZSTD_getErrorCode(answer), before, in);
        }
        at_end_ = answer == 0;
        return at_end_ ? decode_status::done : decode_status::ok;
    }

private:
    static constexpr std::size_t max_header_bytes = 18;  // RFC 8878 §3.1.1: magic number and frame header

    static bool may_start_frame(char first) noexcept {
        const auto byte = static_cast<unsigned char>(first);
        return byte == 0x28 || (byte & 0xf0u) == 0x50;  // a frame, or a skippable one (RFC 8878 §3.1)
    }

    decode_status judge(ZSTD_ErrorCode error, std::size_t frame_bytes, std::string_view& in) {
        if (error == ZSTD_error_memory_allocation) {
            throw std::bad_alloc{};
        }
        if (error == ZSTD_error_frameParameter_windowTooLarge) {
            return decode_status::too_large;
        }
        if (error == ZSTD_error_prefix_unknown && further_ && frame_bytes < 4) {
            at_end_ = over_ = true;
            in = {};
            return decode_status::done;
        }
        return decode_status::corrupt;
    }

    ZSTD_DCtx* context_;
    std::size_t frame_bytes_ = 0;
    bool further_ = false;
    bool over_ = false;
};

}  // namespace

std::unique_ptr<coding_layer> make_gzip_layer() {
    return std::make_unique<gzip_layer>();
}
std::unique_ptr<coding_layer> make_deflate_layer() {
    return std::make_unique<deflate_layer>();
}
std::unique_ptr<coding_layer> make_brotli_layer() {
    return std::make_unique<brotli_layer>();
}
std::unique_ptr<coding_layer> make_zstd_layer(int max_window_log) {
    return std::make_unique<zstd_layer>(max_window_log);
}

}  // namespace tapes::http
