#include "content_agreement.hpp"
#include "earlier_turns.hpp"
#include "request_reader.hpp"

#include <tapes/record/request_place.hpp>
#include <tapes/record/volatile_sets.hpp>
#include <tapes/store/reader.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace tapes::record {

namespace {

volatile_patterns compile_patterns(const std::vector<std::string>& texts) {
    volatile_patterns made;
    for (const auto& text : texts) {
        made.push_back(std::make_unique<re2::RE2>(text, re2::RE2::Quiet));
        if (!made.back()->ok()) {
            throw std::invalid_argument{"record.volatile: " + text +
                                        " is no pattern: " + made.back()->error()};
        }
    }
    return made;
}

/// Follows the messages behind `place.above` as far as they are stored.
void follow_known(store::history& history, const merkle::identity& identity,
                  std::optional<store::known_node> above, request_place& place) {
    const auto& messages = place.request.messages;
    auto link = above ? std::optional{above->position} : std::nullopt;
    if (above) {
        place.ends = {above->id};
    }
    while (place.known < messages.size()) {
        const auto& next = messages[place.known];
        link = merkle::make_node(link, identity, next).position;
        if (const auto exact = history.find(link->hash)) {
            place.ends = {exact->id};
        } else {
            place.ends.clear();
            // Of an answer the match was looked at before, together with what it says besides.
            const auto found =
                is_answer(next) ? std::vector<store::known_node>{} : history.find_match(link->match);
            std::ranges::transform(found, std::back_inserter(place.ends), &store::known_node::id);
            place.by_hash = place.by_hash && place.ends.empty();
        }
        if (place.ends.empty()) {
            return;
        }
        place.above = place.ends.front();
        ++place.known;
    }
}

}  // namespace

class request_places::impl {
public:
    impl(const std::string& path, const std::vector<std::string>& volatile_system)
        : earlier{path, store::history::newest::from_rows} {
        const auto note = store::reader{path}.note(volatile_sets_note).value_or(std::string{});
        std::vector<std::vector<std::string>> known;
        for (const auto& set : possible_volatile_sets(note, volatile_system)) {
            if (std::ranges::find(known, set) == known.end()) {
                known.push_back(set);
                sets.push_back(compile_patterns(set));
            }
        }
    }

    request_place find(const llm::api& api, std::string_view path, std::string_view body,
                       const merkle::identity& identity, const volatile_patterns& patterns) {
        request_reader reader{api, llm::facts_of(api, path), body, identity, patterns};
        auto placed = reader.read(nullptr, &earlier);
        request_place made;
        made.mapped = placed.whole;
        made.request = std::move(placed.request);
        if (!made.mapped) {
            return made;
        }
        made.named = !placed.from_history && placed.from.above.has_value();
        made.known = placed.from.first_new;
        made.above = placed.from.above ? placed.from.above->id : 0;
        made.by_hash = true;
        auto whole = identity;
        whole.model = made.request.model;
        follow_known(earlier.history, whole, placed.from.above, made);
        return made;
    }

    earlier_turns earlier;
    std::vector<volatile_patterns> sets;
};

request_places::request_places(const std::string& store_path, const std::vector<std::string>& volatile_system)
    : impl_{std::make_unique<impl>(store_path, volatile_system)} {}
request_places::~request_places() = default;
request_places::request_places(request_places&&) noexcept = default;

request_place request_places::find(const llm::api& api, std::string_view path, std::string_view body,
                                   const merkle::identity& identity) {
    request_place best;
    for (const auto& patterns : impl_->sets) {
        auto made = impl_->find(api, path, body, identity, patterns);
        if (!best.mapped || !made.ends.empty() || made.known > best.known) {
            best = std::move(made);
        }
        if (!best.ends.empty()) {
            break;
        }
    }
    return best;
}

}  // namespace tapes::record
