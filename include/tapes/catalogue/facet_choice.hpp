#pragma once

#include <tapes/catalogue/reader.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapes::catalogue {

/// What nodes are chosen by without a look at them. The agent is that of the exchange with which a node was
/// new, else the program that sent it. Of tools only those are left out of which it is sure that no call or
/// result of the node is theirs.
enum class node_facet { role, model, provider, project, agent, tool };

struct facet_condition {
    node_facet facet = node_facet::role;
    std::string value;
    bool negated = false;
};

/// Chooses nodes by their facets, which the catalogue has in blocks: no node is looked at, and where no node
/// of a block is chosen, none of it is. As the reader that it uses: one thread at a time, no transaction
/// between calls, std::runtime_error with SQLite's message.
class facet_choice {
public:
    /// Of several conditions on the same facet one must hold, and all that are negated; those of all facets
    /// together; a tool is never negated. `from` must outlive it.
    facet_choice(reader& from, const std::vector<facet_condition>& all);
    ~facet_choice();
    facet_choice(const facet_choice&) = delete;
    facet_choice& operator=(const facet_choice&) = delete;

    /// The newest node that is chosen among those from `first` to `last`; 0: none.
    std::int64_t newest(std::int64_t first, std::int64_t last);
    bool chooses(std::int64_t node);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::catalogue
