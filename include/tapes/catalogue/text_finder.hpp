#pragma once

#include <tapes/catalogue/node_text.hpp>
#include <tapes/catalogue/reader.hpp>
#include <tapes/catalogue/text_query.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::catalogue {

/// A node in which something was found.
struct text_match {
    std::int64_t node = 0;
    double score = 0;  ///< bm25, higher is better; 0 where it is not asked for
};

/// Which nodes of the text index are looked at.
struct text_span {
    unsigned parts = all_text_parts;  ///< see text_part
    std::int64_t first = 1;           ///< the node with the smallest id
    std::int64_t last = 0;            ///< and with the largest
    bool scored = false;
    /// Is asked now and then whether to go on, with the node down to which all have been looked at; not asked
    /// where it is empty.
    std::function<bool(std::int64_t)> goes_on{};
};

/// Where a phrase of a query stands in a part of a node.
struct text_place {
    text_part part = text_part::text;
    std::size_t first = 0, end = 0;  ///< bytes of the part
    std::size_t phrase = 0;          ///< of the query
};

/// What a query finds in one node.
struct text_evidence {
    bool found = false;              ///< the node has what the query looks for
    std::vector<text_place> places;  ///< of what is to be there, part by part, ascending by their ends
};

/// Finds words in the text index of a catalogue, and where they stand in the text of a node, as the index
/// splits it. One thread at a time. Throws std::runtime_error with SQLite's message.
class text_finder {
public:
    /// `from` must outlive it.
    text_finder(reader& from, text_query query);

    /// False where the catalogue has no text index.
    bool has_index();
    /// False where nothing that is to be there has a letter or a digit.
    bool has_words() const;

    /// Takes a match, and returns the id of the node up to which it goes on; 0: it is enough.
    using visitor = std::function<std::int64_t(const text_match&)>;
    /// Visits the nodes that have what the query looks for, the newest first. Holds a read transaction until
    /// it returns.
    void visit(const text_span& span, const visitor& each);

    /// Whether a place in a part counts.
    using chooser = std::function<bool(text_part part, std::size_t first)>;
    /// Looks at the text of a node: at the chosen parts, or all places of them.
    text_evidence look(const node_text& text, unsigned parts, const chooser& counts = {}) const;

private:
    /// A phrase as words of the index.
    struct phrase_words {
        std::vector<std::string> words;
        bool is_beginning = false;
        bool ends_in_pair = false;  ///< with the first of a pair of characters
        bool excluded = false;
        std::size_t alternative = 0;
    };
    class part_reader;

    reader& from_;
    text_query query_;
    std::vector<phrase_words> phrases_;
    std::size_t longest_ = 0;  ///< words of a phrase
};

}  // namespace tapes::catalogue
