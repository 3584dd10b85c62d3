// The chunked coding: the same data, last chunk, end or error in any split.
#include "fuzz.hpp"

#include <tapes/http/chunked.hpp>

#include <string>

namespace {

using namespace tapes;
using event = http::chunked_scanner::event;
using fuzz::require;

struct outcome {
    std::string data;
    std::size_t last_chunk_line = 0;  ///< where the last chunk's size line begins
    std::size_t last_chunk_call = 0;  ///< where the bytes of that call begin
    std::size_t end = 0;
    bool has_last = false;
    bool ended = false;
    bool failed = false;

    bool operator==(const outcome& other) const {
        // Data before an error comes as soon as it is there, whatever follows.
        return data == other.data && has_last == other.has_last && ended == other.ended && end == other.end &&
               failed == other.failed;
    }
};

outcome scan(std::string_view bytes, std::size_t longest) {
    outcome result;
    http::chunked_scanner scanner;
    fuzz::each_piece(bytes, longest, [&](std::string_view piece, std::size_t begin) {
        std::size_t at = 0;
        while (at < piece.size() && !result.ended && !result.failed) {
            const auto rest = piece.substr(at);
            const auto step = scanner.next(rest);
            require(step.consumed <= rest.size() && step.line <= rest.size(),
                    "a step stays within its bytes");
            switch (step.kind) {
                case event::more:
                    require(step.consumed == rest.size(), "`more` has consumed all");
                    break;
                case event::data:
                    require(!step.data.empty() && step.data.data() >= rest.data() &&
                                step.data.data() + step.data.size() == rest.data() + step.consumed,
                            "data lies at the end of what was consumed");
                    require(rest.data() + step.line <= step.data.data(),
                            "a size line stands before its data");
                    result.data.append(step.data);
                    break;
                case event::last_chunk:
                    require(!result.has_last, "there is one last chunk");
                    result.has_last = true;
                    result.last_chunk_line = begin + at + step.line;
                    result.last_chunk_call = begin + at;
                    break;
                case event::end:
                    require(result.has_last, "the last chunk comes before the end");
                    result.ended = true;
                    result.end = begin + at + step.consumed;
                    break;
                case event::error:
                    result.failed = true;
                    break;
            }
            at += step.consumed;
        }
    });
    return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    const auto whole = fuzz::same_in_any_split(bytes, "a chunked body reads the same in any split",
                                               [&](std::size_t longest) { return scan(bytes, longest); });
    const auto cut = scan(bytes, 9);
    if (whole.has_last) {
        require(bytes[whole.last_chunk_line] == '0', "the last chunk's line begins with its size");
        require(cut.last_chunk_line == std::max(whole.last_chunk_line, cut.last_chunk_call),
                "the last chunk begins at the same byte, or with the call");
    }
    return 0;
}
