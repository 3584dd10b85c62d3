#include "text/word_score.hpp"

#include "text/word_splitter.hpp"

#include <memory>
#include <utility>

namespace tapes::catalogue {

namespace {

// The usual values, and a length of nodes that stays the same while nodes are added: pages follow each other.
constexpr double saturation = 1.2;
constexpr double length_share = 0.75;
constexpr double usual_words = 100;
constexpr int most_counted = 32;  ///< of one phrase in a row

}  // namespace

word_score::word_score(sqlite::connection& db) {
    auto made = std::make_unique<context>();
    context_ = made.get();
    auto& api = fts5_of(db);
    const int code = api.xCreateFunction(&api, "tapes_score", made.release(), score,
                                         [](void* its) { delete static_cast<context*>(its); });
    if (code != SQLITE_OK) {
        db.fail(code);
    }
}

void word_score::weigh(std::vector<double> weights) {
    context_->weights = std::move(weights);
}

void word_score::score(const Fts5ExtensionApi* api, Fts5Context* row, sqlite3_context* result, int,
                       sqlite3_value**) {
    const auto& weights = static_cast<const context*>(api->xUserData(row))->weights;
    int words = 0;
    api->xColumnSize(row, -1, &words);
    const double length = saturation * (1 - length_share + length_share * words / usual_words);
    double sum = 0;
    std::size_t next = 0;
    for (int phrase = 0; phrase < api->xPhraseCount(row); ++phrase) {
        if (api->xPhraseSize(row, phrase) == 0) {
            continue;
        }
        const double weight = next < weights.size() ? weights[next] : 1;
        ++next;
        int count = 0;
        Fts5PhraseIter at{};
        int column = 0;
        int offset = 0;
        if (weight == 0 || api->xPhraseFirst(row, phrase, &at, &column, &offset) != SQLITE_OK) {
            continue;
        }
        for (; column >= 0 && count < most_counted; api->xPhraseNext(row, &at, &column, &offset)) {
            ++count;
        }
        sum += weight * count * (saturation + 1) / (count + length);
    }
    sqlite3_result_double(result, sum);
}

}  // namespace tapes::catalogue
