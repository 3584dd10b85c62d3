#pragma once

#include <tapes/sqlite/connection.hpp>

#include <vector>

namespace tapes::catalogue {

/// The function `tapes_score(TABLE)` of a connection: bm25 (Robertson and Zaragoza, The Probabilistic
/// Relevance Framework, 2009, §3.3) of the row, higher is better. SQLite's own bm25() counts all rows with
/// each phrase first, of each table for itself; here it is told how much each phrase tells, and rows of all
/// generations compare.
class word_score {
public:
    /// Registers the function. Lives as long as the connection is used.
    explicit word_score(sqlite::connection& db);
    word_score(const word_score&) = delete;
    word_score& operator=(const word_score&) = delete;

    /// How much each phrase tells, in the order of the query, those without a word left out.
    void weigh(std::vector<double> weights);

private:
    struct context {
        std::vector<double> weights;
    };
    static void score(const Fts5ExtensionApi* api, Fts5Context* row, sqlite3_context* result, int,
                      sqlite3_value**);

    context* context_;  ///< the connection's
};

}  // namespace tapes::catalogue
