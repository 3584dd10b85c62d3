#pragma once

#include "search/node_filter.hpp"

#include <tapes/catalogue/text_finder.hpp>
#include <tapes/read/search.hpp>
#include <tapes/read/sources.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tapes::read {

/// Tells of nodes what was found in them, and where they stand.
class hit_maker {
public:
    /// All must outlive it.
    hit_maker(sources& from, const catalogue::text_finder& finder, node_filter& filter,
              const search_request& request)
        : from_{from}, finder_{finder}, filter_{filter}, request_{request}, places_{*from.catalogue} {}

    /// Whether a node has what is looked for in the blocks that the filter chooses.
    bool has_chosen_blocks(std::int64_t node);
    /// Nothing where the node is gone, or does not have what is looked for.
    std::optional<search_hit> make(std::int64_t node);

private:
    /// The text of a node, and where in it is what is looked for.
    struct read_node {
        catalogue::node_text text;
        catalogue::text_outline outline;
        catalogue::text_evidence evidence;
    };
    struct known_session {
        catalogue::session about;
        std::vector<catalogue::thread> threads;
    };

    std::optional<read_node> look(std::int64_t node);
    void place(search_hit& hit, std::int64_t depth);
    const known_session* session(std::int64_t id);

    sources& from_;
    const catalogue::text_finder& finder_;
    node_filter& filter_;
    const search_request& request_;
    catalogue::node_places places_;
    std::map<std::int64_t, known_session> sessions_;
    std::size_t links_ = 0;  ///< counted in vain so far
};

}  // namespace tapes::read
