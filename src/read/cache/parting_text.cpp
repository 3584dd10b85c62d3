#include "cache/parting_text.hpp"

#include "request/stored_request.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace tapes::read {

namespace {

constexpr std::size_t most_compared = std::size_t{16} << 20;
constexpr std::size_t words_before = 120;
constexpr std::size_t words_behind = 240;

/// Cuts what is shown out of a text that differs from `at` on.
void show_around(const std::string& all, std::size_t at, std::uint64_t bytes, parting& to) {
    const auto begin = text::character_start(all, at > words_before ? at - words_before : 0);
    const auto end = text::character_start(all, std::min(all.size(), at + words_behind));
    to.from = begin;
    to.at = at - begin;
    to.text = {all.substr(begin, end - begin), bytes};
}

std::string_view json_of(std::string_view body, const request_part& part) {
    return part.offset > body.size() ? std::string_view{} : body.substr(part.offset, part.length);
}

bool same_but_for_order(std::string_view one, std::string_view other) {
    std::string first;
    std::string second;
    return one.size() == other.size() && merkle::canonicalize(one, first) == merkle::canonical_error::none &&
           merkle::canonicalize(other, second) == merkle::canonical_error::none && first == second;
}

}  // namespace

void read_parting_texts(sources& from, std::int64_t before, std::int64_t now, request_difference& to) {
    const auto body_before = to.before ? request_body_of(from, before) : std::string{};
    const auto body_now = to.now ? request_body_of(from, now) : std::string{};
    const auto old_text = to.before ? part_text(body_before, to.before->part, most_compared) : excerpt{};
    const auto new_text = to.now ? part_text(body_now, to.now->part, most_compared) : excerpt{};
    std::size_t at = 0;
    if (to.before && to.now) {
        const auto shorter = std::min(old_text.text.size(), new_text.text.size());
        const auto* const first = old_text.text.data();
        at = static_cast<std::size_t>(std::mismatch(first, first + shorter, new_text.text.data()).first -
                                      first);
        at = text::character_start(old_text.text, at);
        to.order_only =
            same_but_for_order(json_of(body_before, to.before->part), json_of(body_now, to.now->part));
    }
    if (to.before) {
        show_around(old_text.text, at, old_text.bytes, *to.before);
    }
    if (to.now) {
        show_around(new_text.text, at, new_text.bytes, *to.now);
    }
}

}  // namespace tapes::read
