#include "query/reader_impl.hpp"
#include "text/index_words.hpp"

#include <tapes/catalogue/text_finder.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <utility>

namespace tapes::catalogue {

namespace {

/// So many places of a query are told of one node.
constexpr std::size_t most_places = 4096;

}  // namespace

/// Reads one part of a node, word by word.
class text_finder::part_reader {
public:
    part_reader(const std::vector<phrase_words>& phrases, std::size_t longest)
        : phrases_{phrases}, recent_(std::max<std::size_t>(longest, 1)), found_(phrases.size()) {}

    void begin(text_part part, const chooser& counts) {
        part_ = part;
        counts_ = &counts;
        read_ = 0;
    }
    void take(std::string_view word, std::size_t first, std::size_t end) {
        auto& newest = recent_[read_++ % recent_.size()];
        newest.word.assign(word);
        newest.first = first;
        for (std::size_t i = 0; i < phrases_.size(); ++i) {
            if (const auto* const its = ends_here(phrases_[i]); its != nullptr) {
                // Of a pair of characters only the one that was looked for.
                const bool of_pair = phrases_[i].ends_in_pair;
                note(i, its->first, of_pair ? std::min(end, first + phrases_[i].words.back().size()) : end);
            }
        }
    }
    std::vector<text_place>& places() { return places_; }

    /// Whether one of the alternatives is there.
    bool is_found() const {
        std::size_t at = 0;
        while (at < phrases_.size()) {
            bool all = true;
            bool any = false;
            const auto alternative = phrases_[at].alternative;
            for (; at < phrases_.size() && phrases_[at].alternative == alternative; ++at) {
                const auto& one = phrases_[at];
                // FTS5 leaves out what has no word, unless nothing else is to be there.
                any = any || (!one.excluded && !one.words.empty());
                all = all && (one.words.empty() || found_[at] != one.excluded);
            }
            if (all && any) {
                return true;
            }
        }
        return false;
    }

private:
    struct recent_word {
        std::string word;
        std::size_t first = 0;
    };

    /// The first word of the phrase, where the newest word is its last.
    const recent_word* ends_here(const phrase_words& phrase) const {
        const auto count = phrase.words.size();
        if (count == 0 || count > read_) {
            return nullptr;
        }
        const recent_word* at = nullptr;
        for (std::size_t back = 0; back < count; ++back) {
            at = &recent_[(read_ - 1 - back) % recent_.size()];
            const auto& wanted = phrase.words[count - 1 - back];
            const bool same =
                back == 0 && phrase.is_beginning ? at->word.starts_with(wanted) : at->word == wanted;
            if (!same) {
                return nullptr;
            }
        }
        return at;
    }
    void note(std::size_t phrase, std::size_t first, std::size_t end) {
        if (phrases_[phrase].excluded) {
            found_[phrase] = true;
        } else if (!*counts_ || (*counts_)(part_, first)) {
            found_[phrase] = true;
            if (places_.size() < most_places) {
                places_.push_back({part_, first, end, phrase});
            }
        }
    }

    const std::vector<phrase_words>& phrases_;
    std::vector<recent_word> recent_;  ///< a ring
    std::vector<bool> found_;
    std::vector<text_place> places_;
    text_part part_ = text_part::text;
    const chooser* counts_ = nullptr;
    std::size_t read_ = 0;
};

text_finder::text_finder(reader& from, text_query query) : from_{from}, query_{std::move(query)} {
    const auto& splitter = from_.inside().text().splitter();
    for (const auto& one : query_.phrases) {
        auto& made = phrases_.emplace_back();
        made.is_beginning = one.is_beginning;
        made.excluded = one.excluded;
        made.alternative = one.alternative;
        splitter.split_words(one.words, [&](std::string_view word, std::size_t, std::size_t) {
            made.words.emplace_back(word);
        });
        longest_ = std::max(longest_, made.words.size());
        made.ends_in_pair = made.is_beginning && !made.words.empty() &&
                            is_unspaced(text::first_utf8(made.words.back()).point);
    }
}

bool text_finder::has_index() {
    return from_.inside().reading([&] { return from_.inside().text().has_index(); });
}

bool text_finder::has_words() const {
    return std::ranges::any_of(phrases_,
                               [](const phrase_words& one) { return !one.excluded && !one.words.empty(); });
}

void text_finder::visit(const text_span& span, const visitor& each) {
    from_.inside().reading([&] {
        auto& scan = from_.inside().text();
        const reader::impl::pin pin{from_.inside()};
        scan.visit(query_, span, each);
        return true;
    });
}

text_evidence text_finder::look(const node_text& text, unsigned parts, const chooser& counts) const {
    const auto& splitter = from_.inside().text().splitter();
    const reader::impl::pin pin{from_.inside()};
    part_reader words{phrases_, longest_};
    const auto all = text.parts();
    for (std::size_t i = 0; i < all.size(); ++i) {
        if ((parts >> i & 1U) != 0) {
            words.begin(static_cast<text_part>(i), counts);
            splitter.split(*all[i], [&](std::string_view word, std::size_t first, std::size_t end) {
                words.take(word, first, end);
            });
        }
    }
    return {words.is_found(), std::move(words.places())};
}

}  // namespace tapes::catalogue
