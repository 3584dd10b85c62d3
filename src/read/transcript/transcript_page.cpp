#include <tapes/read/transcript_page.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>
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

/// Takes a number and what stands behind it, "-" or the end, off the front. False where there is none.
template <class Number>
bool take_number(std::string_view& from, Number& number, bool last) noexcept {
    const auto* const end = from.data() + from.size();
    const auto read = std::from_chars(from.data(), end, number);
    if (read.ec != std::errc{} || (last ? read.ptr != end : read.ptr == end || *read.ptr != '-')) {
        return false;
    }
    from.remove_prefix(static_cast<std::size_t>(read.ptr - from.data()) + (last ? 0 : 1));
    return true;
}

}  // namespace

std::optional<page_start> page_start_from(std::string_view text) noexcept {
    page_start made;
    const bool whole = take_number(text, made.head, false) && take_number(text, made.turn, false) &&
                       take_number(text, made.behind, true);
    return whole && made.head > 0 && made.turn > 0 ? std::optional{made} : std::nullopt;
}

bool go_on_at(sources& from, const page_start& start, transcript_request& request) {
    if (start.head == request.head) {
        return true;
    }
    const auto head = request.session == 0 ? std::nullopt : from.chains.row(start.head);
    const auto now = from.chains.row(request.head);
    if (!head || !now || head->root != now->root) {
        return false;
    }
    request.head = start.head;
    return true;
}

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
