#include <tapes/read/transcript_page.hpp>

#include <algorithm>
#include <variant>

namespace tapes::read {
namespace {

/// The turn that an entry belongs to: that of the message before, for what is none.
std::uint64_t turn_of(const entry& one, std::uint64_t before) {
    const auto* const said = std::get_if<message>(&one);
    return said == nullptr ? before : std::max(before, said->turn);
}

transcript_request with_turns(transcript_request request, const page_start& start, std::uint64_t turns) {
    // With the turn before, so that what came back for its calls stands there and not at the top of this
    // page.
    request.first_turn = std::max<std::uint64_t>(start.turn, 2) - 1;
    request.last_turn = start.turn + turns - 1;
    return request;
}

}  // namespace

transcript_page::transcript_page(sources& from, transcript_request request, const page_start& start,
                                 std::uint64_t turns)
    : transcript_page{from, with_turns(request, start, turns), start} {}

transcript_page::transcript_page(sources& from, const transcript_request& request, const page_start& start)
    : told_{from, request},
      start_{start},
      at_{request.head, request.first_turn, 0},
      end_turn_{request.last_turn + 1},
      last_{request.last_turn >= told_.turns()} {
    if (last_) {
        told_.go_to_end();
    }
}

std::optional<entry> transcript_page::next() {
    while (auto one = told_.next()) {
        at_.behind += is_begun_ ? 1 : 0;
        is_begun_ = true;
        const auto turn = turn_of(*one, at_.turn);
        at_ = turn == at_.turn ? at_ : page_start{at_.head, turn, 0};
        if (at_.turn > start_.turn || (at_.turn == start_.turn && at_.behind >= start_.behind)) {
            return one;
        }
    }
    return std::nullopt;
}

void transcript_page::end_before_last() noexcept {
    is_cut_ = true;
}

std::string transcript_page::next_place() const {
    if (last_ && !is_cut_) {
        return {};
    }
    const auto place = is_cut_ ? at_ : page_start{at_.head, end_turn_, 0};
    return std::to_string(place.head) + "-" + std::to_string(place.turn) + "-" + std::to_string(place.behind);
}

}  // namespace tapes::read
