#include <tapes/http/content_coding.hpp>

#include <brotli/encode.h>
#include <catch2/catch.hpp>
#include <zlib.h>
#include <zstd.h>

#include <string>
#include <vector>

namespace tapes::http::content_coding_test {

namespace http = tapes::http;
using http::decode_status;

namespace {

std::string sample(std::size_t size) {
    std::string out;
    unsigned seed = 7;
    while (out.size() < size) {
        seed = seed * 1103515245u + 12345u;
        out += "data: " + std::to_string(seed % 5000) + " words\n";
    }
    out.resize(size);
    return out;
}

std::string deflated(std::string_view text, int window_bits) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(text.size() + 1024, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

std::string gzipped(std::string_view text) {
    return deflated(text, 16 + MAX_WBITS);
}

std::string zstd_frame(std::string_view text) {
    std::string out(ZSTD_compressBound(text.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
    return out;
}

std::string brotli(std::string_view text) {
    std::string out(BrotliEncoderMaxCompressedSize(text.size()), '\0');
    auto size = out.size();
    REQUIRE(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, text.size(),
                                  reinterpret_cast<const std::uint8_t*>(text.data()), &size,
                                  reinterpret_cast<std::uint8_t*>(out.data())) == BROTLI_TRUE);
    out.resize(size);
    return out;
}

struct coded {
    std::string encoding;
    std::string bytes;
};

std::vector<coded> all_codings(std::string_view text) {
    const auto half = text.size() / 2;
    return {{"gzip", gzipped(text)},
            {"X-Gzip", gzipped(text)},
            {"deflate", deflated(text, MAX_WBITS)},
            {"deflate", deflated(text, -MAX_WBITS)},
            {"zstd", zstd_frame(text)},
            {"br", brotli(text)},
            {"gzip, br", brotli(gzipped(text))},
            {"br, zstd", zstd_frame(brotli(text))},
            {"gzip", gzipped(text.substr(0, half)) + gzipped(text.substr(half))},
            {"zstd", zstd_frame(text.substr(0, half)) + zstd_frame(text.substr(half))},
            {"gzip, zstd", zstd_frame(gzipped(text))},
            {"deflate , identity, gzip", gzipped(deflated(text, MAX_WBITS))}};
}

}  // namespace

TEST_CASE("each coding and stack is undone whatever the split") {
    const auto text = sample(3000);
    for (const auto& one : all_codings(text)) {
        CAPTURE(one.encoding);
        for (const std::size_t step : {1u, 2u, 3u, 7u, 100u, 100000u}) {
            http::decoder decoder{one.encoding};
            std::string out;
            for (std::size_t at = 0; at < one.bytes.size(); at += step) {
                decoder.feed(std::string_view{one.bytes}.substr(at, step), out);
            }
            CHECK(decoder.finish() == decode_status::done);
            CHECK(out == text);
        }
        const auto whole = http::decode_all(one.encoding, one.bytes);
        CHECK(whole.status == decode_status::done);
        CHECK(whole.bytes == text);
    }
}

TEST_CASE("a body cut at any byte gives what came before the break") {
    const auto text = sample(600);
    for (const auto& one : all_codings(text)) {
        CAPTURE(one.encoding);
        for (std::size_t size = 1; size < one.bytes.size(); ++size) {
            const auto part = http::decode_all(one.encoding, std::string_view{one.bytes}.substr(0, size));
            CHECK((part.status == decode_status::truncated || part.status == decode_status::done));
            CHECK(std::string_view{text}.starts_with(part.bytes));
        }
    }
}

TEST_CASE("a body that turns into something else gives most of what came before") {
    const auto text = sample(600);
    for (const auto& one : all_codings(text)) {
        if (one.encoding.find(',') != std::string::npos) {
            continue;
        }
        CAPTURE(one.encoding);
        const auto half = std::string_view{one.bytes}.substr(0, one.bytes.size() / 2);
        const auto cut = http::decode_all(one.encoding, half);
        const auto turned = http::decode_all(one.encoding, std::string{half} + std::string(600, '\xff'));
        CHECK(turned.status != decode_status::done);
        CHECK(turned.bytes.size() * 2 >= cut.bytes.size());
    }
}

TEST_CASE("a bomb stops at the limit of decoded bytes") {
    const std::string zeros(8 << 20, '\0');
    const http::decode_limits limits{.max_decoded_bytes = 1 << 20};
    for (const auto& one : all_codings(zeros)) {
        CAPTURE(one.encoding);
        const auto out = http::decode_all(one.encoding, one.bytes, limits);
        CHECK(out.status == decode_status::too_large);
        CHECK(out.bytes.size() <= 1 << 20);
    }
}

TEST_CASE("garbage is corrupt and bytes after the end are ignored") {
    CHECK(http::decode_all("gzip", "this is no gzip").status == decode_status::corrupt);
    CHECK(http::decode_all("zstd", "this is no zstd").status == decode_status::corrupt);
    CHECK(http::decode_all("br", "\xff\xff\xff\xff\xff\xff").status == decode_status::corrupt);
    for (const auto& one : all_codings("hello")) {
        const auto out = http::decode_all(one.encoding, one.bytes + std::string(3, '\0') + "x");
        CHECK(out.status == decode_status::done);
        CHECK(out.bytes == "hello");
    }
}

TEST_CASE("a zstd frame with less than its header tells is judged alike, whole or in pieces") {
    // Magic number, a header that tells 42 bytes, an empty block, an empty last block.
    const std::string frame{"\x28\xb5\x2f\xfd\x30\x2a\0\0\0\x01\0\0", 12};
    const auto whole = http::decode_all("zstd", frame);
    for (std::size_t step = 1; step < frame.size(); ++step) {
        CAPTURE(step);
        http::decoder decoder{"zstd"};
        std::string out;
        for (std::size_t at = 0; at < frame.size(); at += step) {
            decoder.feed(std::string_view{frame}.substr(at, step), out);
        }
        CHECK(decoder.finish() == whole.status);
        CHECK(out == whole.bytes);
    }
}

TEST_CASE("unknown codings are told and identity is none") {
    CHECK(http::decode_all("compress", "x").status == decode_status::unknown_coding);
    CHECK(http::decode_all("gzip,gzip,gzip,gzip,gzip,gzip", "x").status == decode_status::unknown_coding);
    CHECK(http::decode_all("gzip", "").status == decode_status::done);
    CHECK(http::is_identity(" identity , "));
    CHECK_FALSE(http::is_identity("identity, br"));
}

TEST_CASE("room is asked for before it is taken and a refusal ends the work") {
    const auto text = sample(200000);
    std::size_t granted = 0;
    const auto limited = http::decode_all("gzip", gzipped(text), {}, [&](std::size_t more) {
        if (granted + more > 100000) {
            return false;
        }
        granted += more;
        return true;
    });
    CHECK(limited.status == decode_status::refused);
    CHECK(limited.reserved_bytes == granted);
    CHECK(limited.bytes.size() <= granted);
}

}  // namespace tapes::http::content_coding_test
