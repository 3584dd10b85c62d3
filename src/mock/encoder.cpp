#include "encoder.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <new>

namespace tapes::mock {
namespace {

constexpr std::size_t room_bytes = 16 * 1024;

class gzip_encoder final : public encoder {
public:
    gzip_encoder() {
        if (deflateInit2(&stream_, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc{};
        }
    }
    ~gzip_encoder() override { deflateEnd(&stream_); }
    gzip_encoder(const gzip_encoder&) = delete;
    gzip_encoder& operator=(const gzip_encoder&) = delete;

    std::string push(std::string_view bytes, bool last) override {
        std::string out;
        std::array<char, room_bytes> room{};
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(room.data());
            stream_.avail_out = static_cast<uInt>(room.size());
            deflate(&stream_, last ? Z_FINISH : Z_SYNC_FLUSH);
            out.append(room.data(), room.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
        return out;
    }

private:
    z_stream stream_{};
};

class zstd_encoder final : public encoder {
public:
    zstd_encoder() : context_{ZSTD_createCCtx()} {
        if (context_ == nullptr) {
            throw std::bad_alloc{};
        }
    }
    ~zstd_encoder() override { ZSTD_freeCCtx(context_); }
    zstd_encoder(const zstd_encoder&) = delete;
    zstd_encoder& operator=(const zstd_encoder&) = delete;

    std::string push(std::string_view bytes, bool last) override {
        std::string out;
        std::array<char, room_bytes> room{};
        ZSTD_inBuffer source{bytes.data(), bytes.size(), 0};
        std::size_t left = 0;
        do {
            ZSTD_outBuffer target{room.data(), room.size(), 0};
            left = ZSTD_compressStream2(context_, &target, &source, last ? ZSTD_e_end : ZSTD_e_flush);
            out.append(room.data(), target.pos);
        } while (left != 0 && ZSTD_isError(left) == 0);
        return out;
    }

private:
    ZSTD_CCtx* context_;
};

class brotli_encoder final : public encoder {
public:
    brotli_encoder() : state_{BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)} {
        if (state_ == nullptr) {
            throw std::bad_alloc{};
        }
        BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, 4);
    }
    ~brotli_encoder() override { BrotliEncoderDestroyInstance(state_); }
    brotli_encoder(const brotli_encoder&) = delete;
    brotli_encoder& operator=(const brotli_encoder&) = delete;

    std::string push(std::string_view bytes, bool last) override {
        std::string out;
        std::array<char, room_bytes> room{};
        std::size_t given = bytes.size();
        const auto* next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
        const auto what = last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
        do {
            std::size_t free = room.size();
            auto* next_out = reinterpret_cast<std::uint8_t*>(room.data());
            if (BrotliEncoderCompressStream(state_, what, &given, &next_in, &free, &next_out, nullptr) ==
                BROTLI_FALSE) {
                break;
            }
            out.append(room.data(), room.size() - free);
        } while (given > 0 || BrotliEncoderHasMoreOutput(state_) != BROTLI_FALSE);
        return out;
    }

private:
    BrotliEncoderState* state_;
};

}  // namespace

std::unique_ptr<encoder> make_encoder(std::string_view coding) {
    if (coding == "gzip") {
        return std::make_unique<gzip_encoder>();
    }
    if (coding == "zstd") {
        return std::make_unique<zstd_encoder>();
    }
    if (coding == "br") {
        return std::make_unique<brotli_encoder>();
    }
    return nullptr;
}

}  // namespace tapes::mock
