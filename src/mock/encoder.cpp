#include "encoder.hpp"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <new>

namespace tapes::mock {
namespace {

using room = std::array<char, 16 * 1024>;

/// Owns the state of a C library; `Free` gives it back.
template <class State, auto Free>
struct state_owner {
    void operator()(State* state) const noexcept { Free(state); }
};
template <class State, auto Free>
using owned = std::unique_ptr<State, state_owner<State, Free>>;

template <class State>
State* checked(State* made) {
    return made != nullptr ? made : throw std::bad_alloc{};
}

class gzip_encoder final : public encoder {
public:
    gzip_encoder() {
        if (deflateInit2(&stream_, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw std::bad_alloc{};
        }
        end_.reset(&stream_);
    }

    std::string push(std::string_view bytes, bool last) override {
        std::string out;
        room target{};
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(target.data());
            stream_.avail_out = static_cast<uInt>(target.size());
            deflate(&stream_, last ? Z_FINISH : Z_SYNC_FLUSH);
            out.append(target.data(), target.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
        return out;
    }

private:
    z_stream stream_{};
    owned<z_stream, deflateEnd> end_;
};

class zstd_encoder final : public encoder {
public:
    std::string push(std::string_view bytes, bool last) override {
        std::string out;
        room target{};
        ZSTD_inBuffer source{bytes.data(), bytes.size(), 0};
        std::size_t left = 0;
        do {
            ZSTD_outBuffer free{target.data(), target.size(), 0};
            left = ZSTD_compressStream2(context_.get(), &free, &source, last ? ZSTD_e_end : ZSTD_e_flush);
            out.append(target.data(), free.pos);
        } while (left != 0 && ZSTD_isError(left) == 0);
        return out;
    }

private:
    owned<ZSTD_CCtx, ZSTD_freeCCtx> context_{checked(ZSTD_createCCtx())};
};

class brotli_encoder final : public encoder {
public:
    brotli_encoder() { BrotliEncoderSetParameter(state_.get(), BROTLI_PARAM_QUALITY, 4); }

    std::string push(std::string_view bytes, bool last) override {
        std::string out;
        room target{};
        std::size_t given = bytes.size();
        const auto* next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
        const auto operation = last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
        do {
            std::size_t free = target.size();
            auto* next_out = reinterpret_cast<std::uint8_t*>(target.data());
            if (BrotliEncoderCompressStream(state_.get(), operation, &given, &next_in, &free, &next_out,
                                            nullptr) == BROTLI_FALSE) {
                break;
            }
            out.append(target.data(), target.size() - free);
        } while (given > 0 || BrotliEncoderHasMoreOutput(state_.get()) != BROTLI_FALSE);
        return out;
    }

private:
    owned<BrotliEncoderState, BrotliEncoderDestroyInstance> state_{
        checked(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr))};
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
