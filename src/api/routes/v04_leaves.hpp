#pragma once

#include "routes/asked.hpp"

#include <tapes/store/chain_reader.hpp>

#include <string>
#include <vector>

/// Sessions as tapes v0.4 understood them: nodes without a child, the newest first.
namespace tapes::api {

struct leaf_page {
    struct leaf {
        store::node_row node;
        std::string behind;  ///< the cursor of a page that begins behind it
    };
    std::vector<leaf> leaves;
    std::string next;  ///< the cursor of the next page; "": this is the last one
};

/// The parameters by which leaves are chosen and paged, those of v0.4.
std::vector<parameter_about> leaf_parameters();

/// Finds the leaves that a request with these parameters asks for. Throws std::invalid_argument where one of
/// them is wrong, and a refusal where there is no catalogue.
leaf_page find_leaves(const asked& from, record& record);

}  // namespace tapes::api
