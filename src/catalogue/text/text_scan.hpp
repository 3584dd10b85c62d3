#pragma once

#include "text/word_score.hpp"
#include "text/word_splitter.hpp"

#include <tapes/catalogue/text_finder.hpp>
#include <tapes/sqlite/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tapes::catalogue {

/// Goes through the nodes of the text index of a catalogue that have what a query looks for, the newest
/// first, generation by generation. On a connection of the catalogue, which it must not outlive; one thread.
/// Throws sqlite_error.
class text_scan {
public:
    explicit text_scan(sqlite::connection& db);
    text_scan(const text_scan&) = delete;
    text_scan& operator=(const text_scan&) = delete;

    /// False where the catalogue has no text index.
    bool has_index();
    using visitor = text_finder::visitor;
    void visit(const text_query& query, const text_span& span, const visitor& each);

    const word_splitter& splitter() const noexcept { return splitter_; }

private:
    struct generation {
        std::int64_t id = 0, first = 0;
    };
    struct statements {
        std::unique_ptr<sqlite::statement> plain, scored;
    };

    std::vector<generation> generations();
    std::int64_t last_of(std::int64_t generation);  ///< the node with the largest id
    sqlite::statement& statement_of(std::int64_t generation, bool scored);
    /// How far a statement looks at once: what it passes without a hit takes time, too.
    struct pace {
        std::int64_t nodes = 0;
        int most_passed = 0;  ///< rows that are not wanted, before it begins anew at the next one that is
    };
    /// These return false where it is enough.
    bool visit_generation(std::int64_t generation, const text_span& span, pace& at, const visitor& each);
    static bool visit_rows(sqlite::statement& query, const text_span& span, int most_passed,
                           const visitor& each);
    std::vector<double> weights_of(const text_query& query, const text_span& span,
                                   const std::vector<generation>& all);
    double rarity(const text_phrase& phrase, bool several, const text_span& span,
                  const std::vector<generation>& all);

    sqlite::connection& db_;
    word_splitter splitter_;
    word_score score_;
    std::map<std::int64_t, statements> statements_;  ///< by generation
};

}  // namespace tapes::catalogue
