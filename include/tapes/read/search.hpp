#pragma once

#include <tapes/catalogue/node_text.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/read/search_query.hpp>
#include <tapes/read/sources.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

/// How much a search does at most.
struct search_limits {
    /// When it looks at no more nodes; what it has found is told.
    std::chrono::milliseconds time{2000};
    std::size_t snippet_bytes = 240;
    /// The best of so many hits come first, and are looked for among so many nodes with the words; of an
    /// eighth where blocks have to be looked at, for a tool or errors.
    std::size_t ranked_hits = 1024;
    std::size_t ranked_nodes = 4096;
};

struct search_request {
    search_query query;
    unsigned parts = catalogue::all_text_parts;  ///< of nodes, see catalogue::text_part
    bool newest = false;                         ///< the newest first, else the best
    std::size_t most = 20;                       ///< hits
    std::string after;                           ///< search_page::next of the page before; "": the first
    search_limits limits;
};

/// The surroundings of what was found, from one block. Not cut within a character.
struct search_snippet {
    struct mark {
        std::size_t first = 0, size = 0;  ///< bytes of `text`
        bool operator==(const mark&) const = default;
    };
    std::string text;
    std::vector<mark> marks;  ///< what was looked for: ascending, apart from each other
    bool more_before = false, more_behind = false;
};

/// A node in which something was found. It stands for all histories that it is part of; where it was said
/// first is told.
struct search_hit {
    std::int64_t node = 0;
    merkle::digest hash{};
    std::string role, model, provider, agent_name, project;
    std::int64_t created_at_us = 0;
    catalogue::text_part part = catalogue::text_part::text;
    std::size_t place = 0;     ///< of the block in the content, from 0
    std::string tool;          ///< of a call or a result; "": not known
    bool error = false;        ///< a result that was marked as one
    std::string exchange;      ///< UUID of the one with which it was new; "": it came without one
    std::int64_t seq = 0;      ///< of that
    std::uint64_t turn = 0;    ///< from 1, within its chain; 0: it was not counted
    std::int64_t session = 0;  ///< of the catalogue; 0: none
    std::string session_name, session_title;
    std::size_t thread = 0;  ///< within the session, from 1; 0: not known
    double score = 0;        ///< higher is better; 0 where hits are the newest first
    search_snippet snippet;
};

struct search_page {
    std::vector<search_hit> hits;
    std::string next;  ///< for search_request::after; "": there are no more
    /// Hits are the best of a part of the nodes that have the words, the newest; `next` goes on behind it. So
    /// it is where very many have them, or the time was over.
    bool partial = false;
    std::int64_t searched_to = 0;  ///< the oldest node that was looked at; 0: all
    std::string unknown_session;   ///< that the search asks for, and no session is called; "": there is none
    std::string problem;           ///< what is wrong with the request, in a sentence; "": nothing
};

/// The sentence for a catalogue without a text index.
inline constexpr std::string_view no_text_index =
    "there is no text index: set catalogue.text to true (the default), and it is made with the next command";

/// Finds what was said. Ranked by bm25, and by age: what is old counts for half as much in the end (after a
/// month three quarters). Very many hits are ranked in portions, the newest first
/// (search_limits::ranked_hits). Pages hold while nodes are added: those do not come up in them. Throws
/// std::runtime_error with SQLite's message.
search_page search(sources& from, const search_request& request);

}  // namespace tapes::read
