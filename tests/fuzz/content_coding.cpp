// Content codings. The first line is the value of Content-Encoding, the rest the coded body.
#include "fuzz.hpp"

#include <tapes/http/content_coding.hpp>

#include <string>

namespace {

using namespace tapes;
using fuzz::require;
using status = http::decode_status;

constexpr std::size_t most = 64 * 1024;
constexpr http::decode_limits limits{most, 20};

bool failed(status what) {
    return what == status::corrupt || what == status::too_large;
}

struct outcome {
    status what = status::ok;
    std::string bytes;

    bool operator==(const outcome& other) const {
        if (what == other.what && bytes == other.bytes) {
            return true;
        }
        // At a fault, br and zstd give more of what came before it the less came at once; then a layer may
        // meet its limit.
        const bool prefix = bytes.starts_with(other.bytes) || other.bytes.starts_with(bytes);
        return prefix && failed(what) && failed(other.what);
    }
};

outcome feed_all(std::string_view encoding, std::string_view coded, std::size_t longest) {
    http::decoder decoder{encoding, limits};
    outcome result;
    bool failed = false;
    fuzz::each_piece(coded, longest, [&](std::string_view piece, std::size_t) {
        const auto before = result.bytes.size();
        const auto now = decoder.feed(piece, result.bytes);
        require(!failed || (now != status::ok && now != status::done && result.bytes.size() == before),
                "an error is final");
        failed = failed || (now != status::ok && now != status::done);
    });
    result.what = decoder.finish();
    require(result.what != status::ok && result.what != status::refused, "a finished body has an outcome");
    require(result.bytes.size() <= most || http::is_identity(encoding), "what is decoded is bounded");
    return result;
}

void check_reserve(std::string_view encoding, std::string_view coded, const outcome& expected) {
    std::size_t granted = 0;
    const auto result = http::decode_all(encoding, coded, limits, [&](std::size_t bytes) {
        granted += bytes;
        return true;
    });
    require(outcome{result.status, result.bytes} == expected, "decode_all is the decoder");
    require(result.reserved_bytes == granted, "what was granted is told");
    require(result.bytes.capacity() <= std::max<std::size_t>(granted, 32),
            "no byte is taken without a grant");
    constexpr std::size_t some = 40 * 1024;
    granted = 0;
    const auto refused = http::decode_all(encoding, coded, limits, [&](std::size_t bytes) {
        const bool fits = granted + bytes <= some;
        granted += fits ? bytes : 0;
        return fits;
    });
    require(refused.bytes.size() <= some && expected.bytes.starts_with(refused.bytes),
            "a refusal ends the work with what fitted");
    require(refused.reserved_bytes == granted, "a refused reservation is not counted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto coded = fuzz::text_of(data, size);
    const auto encoding = fuzz::take_line(coded);
    const auto whole =
        fuzz::same_in_any_split(coded, "a body decodes to the same in any split",
                                [&](std::size_t longest) { return feed_all(encoding, coded, longest); });
    check_reserve(encoding, coded, whole);
    if (http::is_identity(encoding)) {
        require(whole.what == status::done && whole.bytes == coded, "no coding changes nothing");
    }
    return 0;
}
