// The stream of one API, whose path is FUZZ_API_PATH: its reducer and the watch for its end.
#include "mapped.hpp"

#include <utility>

namespace {

using namespace tapes;
using fuzz::require;
using llm::end_kind;
using llm::end_mark;

const llm::api& fuzzed() {
    static const llm::api& one = *llm::find_api("POST", FUZZ_API_PATH);
    return one;
}

std::pair<std::string, bool> reduce(std::string_view bytes, std::size_t longest) {
    const auto reducer = fuzzed().make_reducer();
    fuzz::each_piece(bytes, longest, [&](std::string_view piece, std::size_t) {
        reducer->feed(piece);
        (void)reducer->held_bytes();
    });
    auto answer = reducer->finish();
    return {std::move(answer), reducer->failed()};
}

void check_answer(std::string_view answer) {
    std::string form;
    const auto failed = merkle::canonicalize(answer, form);
    require(failed != merkle::canonical_error::not_json, "a stream folds into JSON");
    llm::answer mapped;
    const auto error = fuzzed().map_answer(answer, mapped);
    require(error == llm::map_error::none || error == llm::map_error::empty ||
                error == llm::map_error::provider_error || failed == merkle::canonical_error::too_deep,
            "a folded stream maps, or says nothing");
    if (error == llm::map_error::none) {
        fuzz::require_storable(mapped);
    }
}

struct watched {
    std::size_t held = end_mark::npos;   ///< the first end is held from this byte of the stream on
    std::size_t piece = end_mark::npos;  ///< where the piece began that it was told with
    std::size_t piece_end = end_mark::npos;
    end_kind ended = end_kind::none;  ///< at the end of the stream, nothing being said since
    bool refuted = false;
};

watched watch(std::string_view bytes, std::size_t longest, std::size_t choices) {
    int asked = 0;
    const auto watch = fuzzed().make_end_watch([&] {
        ++asked;
        return choices;
    });
    watched result;
    fuzz::each_piece(bytes, longest, [&](std::string_view piece, std::size_t begin) {
        const auto mark = watch->feed(piece);
        require((mark.kind == end_kind::none) == (mark.from == end_mark::npos), "an end has a place");
        require(mark.from == end_mark::npos || mark.from < piece.size(), "what is held is in the piece");
        result.refuted = result.refuted || mark.refuted;
        if (mark.refuted) {
            result.ended = end_kind::none;
        }
        if (mark.kind != end_kind::none) {
            require(mark.kind > result.ended, "an end is told once");
            result.ended = mark.kind;
            if (result.held == end_mark::npos) {
                result.held = begin + mark.from;
                result.piece = begin;
                result.piece_end = begin + piece.size();
            }
        }
    });
    require(asked <= 1, "the number of choices is asked for once");
    return result;
}

void check_watch(std::string_view bytes, std::size_t choices) {
    const auto whole = watch(bytes, fuzz::uncut, choices);
    const auto single = watch(bytes, 1, choices);
    for (const std::size_t longest : {std::size_t{9}, std::size_t{200}}) {
        const auto cut = watch(bytes, longest, choices);
        require(cut.ended == whole.ended && cut.ended == single.ended && cut.refuted == whole.refuted &&
                    cut.refuted == single.refuted,
                "a stream has ended, or gone on, in any split");
        if (cut.held != end_mark::npos && !whole.refuted) {
            require(cut.piece <= single.piece && single.piece < cut.piece_end,
                    "an end is found with its last byte");
            require(cut.held == std::max(whole.held, cut.piece), "an end begins where its event does");
        }
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    const auto answer =
        fuzz::same_in_any_split(bytes, "a stream folds into the same in any split", [&](std::size_t longest) {
            return reduce(bytes, longest);
        }).first;
    if (!answer.empty()) {
        check_answer(answer);
    }
    check_watch(bytes, 1);
    check_watch(bytes, 2);
    return 0;
}
