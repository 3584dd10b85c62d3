#pragma once

#include "text/text_query.hpp"

#include <tapes/sqlite/connection.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tapes::catalogue {

/// A part of a node that is searched, as a bit.
enum class text_part_bit : unsigned { text = 1, tool_arguments = 2, tool_results = 4, thinking = 8 };

/// A node in which something was found.
struct text_hit {
    std::int64_t node = 0;
    double rank = 0;  ///< bm25, lower is better; 0 where hits are not ranked
};

struct text_choice {
    unsigned parts = 15;      ///< of text_part_bit
    std::size_t most = 50;    ///< hits
    bool ranked = false;      ///< best first, else newest first
    std::int64_t before = 0;  ///< only nodes with smaller ids; 0: all
};

/// Finds nodes in the text index of a catalogue, generation by generation, the newest first. Nothing where
/// there is no index. Throws sqlite_error.
std::vector<text_hit> find_text(sqlite::connection& db, const text_query& query,
                                const text_choice& choice = {});

}  // namespace tapes::catalogue
